package convert

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
)

// gitleaksFile is what of a file of rules is understood.
type gitleaksFile struct {
	Title string         `toml:"title"`
	Rules []gitleaksRule `toml:"rules"`
}

type gitleaksRule struct {
	ID          string   `toml:"id"`
	Description string   `toml:"description"`
	Regex       string   `toml:"regex"`
	Path        string   `toml:"path"`
	SecretGroup int      `toml:"secretGroup"`
	Entropy     float64  `toml:"entropy"`
	Keywords    []string `toml:"keywords"`
}

// secret is the entity of what gitleaks finds.
const secret detect.Entity = "API_KEY"

// Gitleaks makes a pack of a file of gitleaks' rules. A rule whose keywords stand in its pattern finds by itself, another one
// with one of them near.
func Gitleaks(data []byte, opts Options) (*patterns.Pack, []Note, error) {
	var f gitleaksFile
	meta, err := toml.Decode(string(data), &f)
	if err != nil {
		var syntax toml.ParseError
		if errors.As(err, &syntax) {
			return nil, nil, fmt.Errorf("convert: is no file of gitleaks' rules: line %d is no TOML", syntax.Position.Line)
		}
		return nil, nil, errors.New("convert: is no file of gitleaks' rules: a field is not as gitleaks has it")
	}
	if len(f.Rules) == 0 {
		return nil, nil, errors.New("convert: is no file of gitleaks' rules: it has no rules")
	}
	c := newConverter("Imported from gitleaks", opts)
	seen := map[string]bool{}
	for _, key := range meta.Undecoded() {
		name := key[0]
		if len(key) > 1 && name == "rules" {
			name += "." + key[1]
		}
		if !seen[name] && name != "rules.tags" && name != "minVersion" {
			seen[name] = true
			c.note("", "%s: not carried over", name)
		}
	}
	for i := range f.Rules {
		c.gitleaks(&f.Rules[i], i)
	}
	return c.done()
}

func (c *converter) gitleaks(r *gitleaksRule, i int) {
	source := r.ID
	if source == "" {
		source = fmt.Sprintf("rules[%d]", i)
	}
	if r.Regex == "" {
		c.note(source, "left out: it has no pattern, but goes by paths of files")
		return
	}
	if r.Path != "" {
		c.note(source, "the path is not carried over: messages have none")
	}
	re, err := syntax.Parse(r.Regex, syntax.Perl)
	if err != nil {
		c.note(source, "left out: its pattern does not compile")
		return
	}
	value := r.SecretGroup
	if value == 0 && re.MaxCap() == 1 { // as gitleaks has it
		value = 1
	}
	p, dropped, err := pattern(r.Regex, value)
	if err != nil {
		c.note(source, "left out: %v", err)
		return
	}
	if dropped {
		c.note(source, "what asserts an end of the text, or what may stand there, is replaced by the guard word")
	}
	rule := detect.Rule{Entity: secret, Tier: detect.ByItself, Patterns: []detect.Pattern{p}}
	if r.Entropy > 0 {
		rule.Checks = []detect.Check{{Name: "entropy"}}
		c.note(source, "entropy %v is the check entropy now, which has a threshold of its own", r.Entropy)
	}
	if len(r.Keywords) > 0 && !holdsKeyword(r.Regex, r.Keywords) {
		rule.Tier, rule.Context = detect.WithContext, r.Keywords
		c.note(source, "none of its keywords stands in its pattern: one must stand near a match")
	}
	title := r.Description
	if title == "" {
		title = source
	}
	c.add(source, title, "https://github.com/gitleaks/gitleaks", rule)
}

// holdsKeyword reports whether each match has one of words in it, as far as can be seen.
func holdsKeyword(expr string, words []string) bool {
	plain := strings.ToLower(strings.NewReplacer(`\`, "", "(?i)", "").Replace(expr))
	for _, w := range words {
		if strings.Contains(plain, strings.ToLower(w)) {
			return true
		}
	}
	return false
}
