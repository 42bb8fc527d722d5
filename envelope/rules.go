package envelope

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpveil/mcpveil/detect"
)

// Rules returns the rules that find the tokens of names (see [Options.Names]), one for
// each name, for a Detector: tokens are found as anything else is. A match is a
// token's look-alike until Unseal has opened it. Its entity is the plain one.
func Rules(names map[detect.Entity]string) []detect.Rule {
	entities := slices.SortedFunc(maps.Keys(names), func(a, b detect.Entity) int { return strings.Compare(names[a], names[b]) })
	rules := make([]detect.Rule, 0, len(names))
	for _, entity := range entities {
		expr := intro + names[entity] + "-(?:1[02-9ac-hj-np-z]{" + strconv.Itoa(minData) + ",}|2[02-9ac-hj-np-z]{" + strconv.Itoa(aliasData) + `})(?:@pii\.invalid)?`
		rules = append(rules, detect.Rule{
			ID: "mcpveil.token." + names[entity], Entity: entity, Sealed: true,
			// No guard: a token says itself where it ends, and an ending or a particle
			// may be glued to it ("…는"). What opens is authentic wherever it stands.
			Patterns: []detect.Pattern{{Expr: expr}, {Expr: upperExpr(expr)}},
			Tier:     detect.ByItself, MaxLen: MaxToken + len(markMail),
		})
	}
	return rules
}

// Rules returns the rules that find this keyring's tokens.
func (k *Keyring) Rules() []detect.Rule { return Rules(k.names.all()) }

// upperExpr is expr for a text that was put in capitals. It has no escapes of letters.
func upperExpr(expr string) string { return strings.ToUpper(expr) }

// Name makes up a token name for an entity that no pack names: its letters and digits
// in lower case, the first 20. It may collide with another's: [Options.Names] are
// checked for that.
func Name(entity detect.Entity) string {
	name := make([]byte, 0, maxName)
	for _, c := range []byte(entity) {
		if c = lower(c); nameByte(c) && len(name) < maxName {
			name = append(name, c)
		}
	}
	return string(name)
}
