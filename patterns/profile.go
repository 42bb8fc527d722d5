package patterns

import (
	"fmt"

	"github.com/mcpveil/mcpveil/detect"
)

// A Profile says how readily a value is taken for what it seems: which rules are on,
// and what a finding must score.
type Profile uint8

const (
	Strict   Profile = 1 + iota // a check that few random strings pass, or two things that speak for it: score .8
	Balanced                    // the default: what is unmistakable, or has a word or a field's name with it: .5
	Recall                      // also what is often no secret, such as plain dates, and what is doubtful: .3
)

var profiles = [...]struct {
	name     string
	minScore float32
}{Strict: {"strict", .8}, Balanced: {"balanced", .5}, Recall: {"recall", .3}}

// ParseProfile reads "strict", "balanced" or "recall".
func ParseProfile(s string) (Profile, error) {
	for p := Strict; p <= Recall; p++ {
		if profiles[p].name == s {
			return p, nil
		}
	}
	return 0, fmt.Errorf("patterns: %q is no profile, want strict, balanced or recall", s)
}

func (p Profile) String() string {
	if p < Strict || p > Recall {
		return fmt.Sprintf("Profile(%d)", uint8(p))
	}
	return profiles[p].name
}

// MinScore is what a finding must score under p.
func (p Profile) MinScore() float32 { return profiles[p].minScore }

// Has reports whether r is on under p.
func (p Profile) Has(r *Rule) bool { return max(r.Profile, Strict) <= p }

// Select returns the rules of packs that are on under p, and the options to compile
// them with.
func Select(p Profile, packs ...*Pack) ([]detect.Rule, *detect.Options) {
	var rules []detect.Rule
	for _, pack := range packs {
		for i := range pack.Rules {
			if p.Has(&pack.Rules[i]) {
				rules = append(rules, pack.Rules[i].Rule)
			}
		}
	}
	return rules, &detect.Options{MinScore: p.MinScore()}
}

// Rules returns the rules of packs that are on by default, under [Balanced], ready
// for detect.New.
func Rules(packs ...*Pack) []detect.Rule {
	rules, _ := Select(Balanced, packs...)
	return rules
}
