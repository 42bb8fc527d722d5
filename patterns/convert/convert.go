// Package convert makes packs of other detectors' rules: Presidio's recognisers (YAML) and gitleaks' rules (TOML). What
// cannot be carried over it says, rule by rule, and leaves out rather than guess.
//
// A pack asks for examples, and those formats have none, so they are made from the patterns, and each is tried. They show that
// a rule finds what its pattern says, not that the pattern is right: real ones belong in their place.
package convert

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
)

// A Note says what of a rule was not carried over, or not as it was.
type Note struct {
	Rule string // as the source calls it; "" for the file
	Text string
}

func (n Note) String() string {
	if n.Rule == "" {
		return n.Text
	}
	return n.Rule + ": " + n.Text
}

// Options say what the sources do not.
type Options struct {
	Pack   string                   // name of the pack
	Tokens map[detect.Entity]string // names in tokens that entities have already
}

// A converter gathers rules.
type converter struct {
	opts  Options
	pack  *patterns.Pack
	notes []Note
	ids   map[string]int
}

func newConverter(title string, opts Options) *converter {
	return &converter{opts: opts, pack: &patterns.Pack{Name: opts.Pack, Version: 1, Title: title}, ids: map[string]int{}}
}

func (c *converter) note(rule, format string, args ...any) {
	c.notes = append(c.notes, Note{rule, fmt.Sprintf(format, args...)})
}

// done returns the pack, if it has rules.
func (c *converter) done() (*patterns.Pack, []Note, error) {
	if len(c.pack.Rules) == 0 {
		return nil, c.notes, errors.New("convert: no rule could be carried over")
	}
	return c.pack, c.notes, nil
}

// maxLen is the longest match of a pattern that says none.
const maxLen = 512

// add adds a rule that has patterns, an entity and a tier, or notes why it does not.
func (c *converter) add(source, title, reference string, rule detect.Rule) {
	base := c.opts.Pack + "." + slug(source)
	c.ids[base]++
	rule.ID = fmt.Sprintf("%s.%d", base, c.ids[base])
	det, err := detect.New([]detect.Rule{rule}, nil)
	if err != nil && rule.MaxLen == 0 { // mostly since nothing bounds it
		rule.MaxLen = maxLen
		if det, err = detect.New([]detect.Rule{rule}, nil); err == nil {
			c.note(source, "its pattern has no bound: matches longer than %d bytes are cut there", maxLen)
		}
	}
	if err != nil {
		var wrong *detect.RuleError
		if errors.As(err, &wrong) {
			err = wrong.Err
		}
		c.note(source, "left out: %v", err)
		return
	}
	for _, p := range det.Plan() {
		if p.Slow {
			c.note(source, "pattern %d has no anchor, and is slow: see mcpveil patterns check", p.Pattern)
		}
	}
	r := patterns.Rule{
		Rule: rule, Token: c.token(rule.Entity), Title: title, References: []string{reference}, Profile: patterns.Strict,
		Description: "Imported. The examples were made from the pattern: put real ones in their place.",
	}
	found := func(text string) bool {
		return len(det.Append(nil, detect.Text{Raw: []byte(text), Final: true})) > 0
	}
	if r.Examples = examples(&rule, found); len(r.Examples) < 2 {
		c.note(source, "left out: no examples could be made from its pattern; write the rule by hand")
		return
	}
	r.Negatives = []string{"nothing to be found", "see the attached file"}
	if slices.ContainsFunc(r.Negatives, found) {
		c.note(source, "left out: its pattern matches ordinary words")
		return
	}
	c.pack.Rules = append(c.pack.Rules, r)
}

// token returns what an entity is called in tokens.
func (c *converter) token(e detect.Entity) string {
	if name, ok := c.opts.Tokens[e]; ok {
		return name
	}
	name := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(string(e)))
	name = name[:min(len(name), 18)]
	taken := func(s string) bool {
		for _, t := range c.opts.Tokens {
			if t == s {
				return true
			}
		}
		return false
	}
	for try, n := name, 2; ; n++ {
		if try != "" && !taken(try) {
			if c.opts.Tokens == nil {
				c.opts.Tokens = map[detect.Entity]string{}
			}
			c.opts.Tokens[e] = try
			return try
		}
		try = fmt.Sprintf("%s%d", name, n)
	}
}

var (
	notSlug   = regexp.MustCompile(`[^a-z0-9]+`)
	notEntity = regexp.MustCompile(`[^A-Z0-9]+`)
)

// slug is a name as a part of an id.
func slug(name string) string {
	s := strings.Trim(notSlug.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if s == "" {
		return "rule"
	}
	return s[:min(len(s), 50)]
}

// entity is a name as an entity's.
func entity(name string) detect.Entity {
	s := strings.Trim(notEntity.ReplaceAllString(strings.ToUpper(name), "_"), "_")
	if s == "" || s[0] <= '9' {
		s = "X_" + s
	}
	return detect.Entity(s[:min(len(s), 64)])
}

// pattern makes a pattern of expr. What asserts an end of the text at an end of the pattern is dropped, since a value may stand
// anywhere. If value is not negative, that capture is what is found.
func pattern(expr string, value int) (p detect.Pattern, dropped bool, err error) {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return detect.Pattern{Expr: expr, Engine: detect.Regexp2, Guard: detect.GuardNone}, false, nil
	}
	first, last := trim(re, true), trim(re, false)
	guard := detect.GuardNone
	if first || last {
		guard = detect.GuardWord
	}
	if value > 0 {
		name(re, value)
	}
	return detect.Pattern{Expr: re.String(), Guard: guard}, first || last, nil
}

// trim drops an assertion that re, a concatenation, begins or ends with, and a choice that has one.
func trim(re *syntax.Regexp, start bool) bool {
	if re.Op == syntax.OpCapture {
		return trim(re.Sub[0], start)
	}
	if re.Op != syntax.OpConcat || len(re.Sub) < 2 {
		return false
	}
	i := len(re.Sub) - 1
	if start {
		i = 0
	}
	if asserts(re.Sub[i]) {
		re.Sub = slices.Delete(re.Sub, i, i+1)
		return true
	}
	return trim(re.Sub[i], start)
}

// asserts reports whether re is an end of the text, or a choice of one and of what separates words.
func asserts(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText:
		return true
	case syntax.OpAlternate:
		return slices.ContainsFunc(re.Sub, asserts) && !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !asserts(sub) && !separates(sub) })
	case syntax.OpCapture:
		return asserts(re.Sub[0])
	}
	return false
}

// separates reports whether re begins with what is no letter and no digit, and is short.
func separates(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpCharClass:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			for _, c := range "aA0" {
				if re.Rune[i] <= c && c <= re.Rune[i+1] {
					return false
				}
			}
		}
		return true
	case syntax.OpLiteral:
		return !unicode.IsLetter(re.Rune[0]) && !unicode.IsDigit(re.Rune[0])
	case syntax.OpConcat:
		return len(re.Sub) == 2 && separates(re.Sub[0])
	}
	return false
}

func name(re *syntax.Regexp, value int) {
	if re.Op == syntax.OpCapture {
		if re.Name = ""; re.Cap == value {
			re.Name = "value"
		}
	}
	for _, sub := range re.Sub {
		name(sub, value)
	}
}

// examples returns texts that rule finds something in, made of its patterns.
func examples(rule *detect.Rule, found func(string) bool) (texts []string) {
	r := rand.New(rand.NewPCG(4, 0x65))
	for range 200 {
		for _, p := range rule.Patterns {
			re, err := syntax.Parse(lookAround.ReplaceAllString(p.Expr, ""), syntax.Perl)
			if err != nil {
				continue
			}
			var b strings.Builder
			generate(&b, re, r)
			text := b.String()
			if len(rule.Context) > 0 && rule.Tier != detect.ByItself {
				text = rule.Context[0] + " " + text
			}
			if strings.TrimSpace(text) == text && found(text) && !slices.Contains(texts, text) {
				if texts = append(texts, text); len(texts) == 2 {
					return texts
				}
			}
		}
	}
	return texts
}

// lookAround is what .NET's syntax has and a generator can do without.
var lookAround = regexp.MustCompile(`\(\?<?[=!][^()]*\)`)

// generate writes a text that re matches, if its assertions hold.
func generate(b *strings.Builder, re *syntax.Regexp, r *rand.Rand) {
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(pick(re.Rune, r))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte("abcdefghijklmnopqrstuvwxyz0123456789"[r.IntN(36)])
	case syntax.OpAlternate:
		generate(b, re.Sub[r.IntN(len(re.Sub))], r)
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range re.Sub {
			generate(b, sub, r)
		}
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		least, most := re.Min, re.Max
		switch re.Op {
		case syntax.OpStar:
			least, most = 0, -1
		case syntax.OpPlus:
			least, most = 1, -1
		case syntax.OpQuest:
			least, most = 0, 1
		}
		if most < 0 || most > least+2 {
			most = least + 2
		}
		for range least + r.IntN(most-least+1) {
			generate(b, re.Sub[0], r)
		}
	}
}

// pick returns a rune of a class, a plain one if there are any.
func pick(ranges []rune, r *rand.Rand) rune {
	var plain []rune
	for i := 0; i+1 < len(ranges); i += 2 {
		for c := max(ranges[i], ' '); c <= min(ranges[i+1], '~'); c++ {
			if unicode.IsLetter(c) || unicode.IsDigit(c) {
				plain = append(plain, c)
			}
		}
	}
	if len(plain) > 0 {
		return plain[r.IntN(len(plain))]
	}
	return ranges[0]
}
