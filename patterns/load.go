package patterns

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mcpveil/mcpveil/detect"
)

// parse reads one pack and returns it, or all that is wrong with it.
func parse(file string, data []byte) (*Pack, []error) {
	d := &decoder{file: file}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		line, text := yamlError(err)
		return nil, []error{&Error{File: file, Line: line, Err: text}}
	}
	if len(doc.Content) != 1 {
		return nil, []error{&Error{File: file, Err: errors.New("the file is empty")}}
	}
	return d.read(doc.Content[0])
}

// parseBuiltin is parse for a pack that comes with this package: see plainNodes.
func parseBuiltin(file string, data []byte) (*Pack, []error) {
	n, ok := plainNodes(string(data))
	if !ok {
		return parse(file, data)
	}
	return (&decoder{file: file, tested: true}).read(n)
}

// read reads the pack that n is.
func (d *decoder) read(n *yaml.Node) (*Pack, []error) {
	pack := d.pack(n)
	if d.errs != nil {
		return nil, d.errs
	}
	if _, err := TokenNames(pack); err != nil {
		return nil, unjoin(err)
	}
	return pack, nil
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// yamlError takes the line out of an error of the YAML package, which has it in the text only.
func yamlError(err error) (line int, text error) {
	s := err.Error()
	m := yamlLine.FindStringSubmatch(s)
	if m == nil {
		return 0, err
	}
	line, _ = strconv.Atoi(m[1])
	text = fmt.Errorf("not YAML: %s", s[len(m[0]):])
	if strings.Contains(s, "unknown anchor") { // it quotes the text
		text = errors.New("not YAML: unknown anchor")
	}
	return line, text
}

// maxQuotedExpr is the longest part of a pattern that an error quotes: a pattern may be a list of values.
const maxQuotedExpr = 12

var plainWord = regexp.MustCompile(`^[A-Za-z_.-]{1,24}$`)

// quoted returns s in quotes, behind a blank, if it is a plain word, and nothing if it may be an example that stands in a
// wrong place: errors go to logs.
func quoted(s string) string {
	if !plainWord.MatchString(s) {
		return ""
	}
	return " " + strconv.Quote(s)
}

// A decoder reads the nodes of one file. It goes on after a mistake, so that all are
// reported at once.
type decoder struct {
	file string
	rule string // id of the rule being read
	errs []error

	tested bool // the patterns are known to compile
}

func (d *decoder) errorf(n *yaml.Node, format string, args ...any) {
	d.errs = append(d.errs, &Error{File: d.file, Line: n.Line, RuleID: d.rule, Err: fmt.Errorf(format, args...)})
}

// fields hands each member of a mapping to the function of its name. It reports the
// names that are not among them, those that stand twice and those that are missing.
func (d *decoder) fields(n *yaml.Node, what string, required []string, known map[string]func(*yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		d.errorf(n, "%s must be a mapping of fields", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, ok := known[key.Value]
		switch {
		case !ok:
			d.errorf(key, "unknown field%s in %s", quoted(key.Value), what)
		case seen[key.Value]:
			d.errorf(key, "field %q stands twice", key.Value)
		default:
			seen[key.Value] = true
			read(value)
		}
	}
	for _, name := range required {
		if !seen[name] {
			d.errorf(n, "%s lacks the field %q", what, name)
		}
	}
}

func (d *decoder) pack(n *yaml.Node) *Pack {
	p := &Pack{place: place{d.file, n.Line}}
	d.fields(n, "the pack", []string{"pack", "version", "rules"}, map[string]func(*yaml.Node){
		"pack":        func(n *yaml.Node) { p.Name = d.word(n, packName, "a pack's name is of a-z, 0-9 and hyphens") },
		"version":     func(n *yaml.Node) { p.Version = d.integer(n, 1) },
		"title":       func(n *yaml.Node) { p.Title = d.text(n) },
		"description": func(n *yaml.Node) { p.Description = d.text(n) },
		"rules": func(n *yaml.Node) {
			lines := map[string]int{}
			for _, item := range d.items(n) {
				r := d.readRule(item)
				if line := lines[r.ID]; r.ID != "" && line > 0 {
					d.rule = r.ID
					d.errorf(item, "there is a rule of that id already, in line %d", line)
					d.rule = ""
				}
				lines[r.ID] = item.Line
				p.Rules = append(p.Rules, r)
			}
		},
	})
	return p
}

var (
	packName   = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	ruleID     = regexp.MustCompile(`^[a-z][a-z0-9_.-]{0,79}$`)
	checkName  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	entityName = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)
)

const checkWant = "a check's name is of a-z, 0-9 and hyphens"

// maxPatternLen and maxItems bound what a pack can ask the compiler for.
const (
	maxPatternLen = 4096
	maxItems      = 2000
)

func (d *decoder) readRule(n *yaml.Node) Rule {
	r := Rule{place: place{d.file, n.Line}}
	if n.Kind != yaml.MappingNode {
		d.errorf(n, "the rule must be a mapping of fields")
		return r
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "id" {
			if id := n.Content[i+1].Value; ruleID.MatchString(id) {
				d.rule = id
			}
		}
	}
	defer func() { d.rule = "" }()
	r.Tier, r.Profile = detect.WithContext, Strict
	guard, engine := detect.GuardWord, detect.RE2
	var short *yaml.Node
	d.fields(n, "the rule", []string{"id", "entity", "token", "title", "references", "examples", "negatives"}, map[string]func(*yaml.Node){
		"id": func(n *yaml.Node) { r.ID = d.word(n, ruleID, "an id is of a-z, 0-9, dots, hyphens and underscores") },
		"entity": func(n *yaml.Node) {
			r.Entity = detect.Entity(d.word(n, entityName, "an entity is of A-Z, 0-9 and underscores"))
		},
		"token":       func(n *yaml.Node) { r.Token = d.text(n) },
		"title":       func(n *yaml.Node) { r.Title = d.text(n) },
		"description": func(n *yaml.Node) { r.Description = d.text(n) },
		"references":  func(n *yaml.Node) { r.References = d.texts(n, 1) },
		"pattern":     func(n *yaml.Node) { short = n },
		"guard":       func(n *yaml.Node) { guard = choose(d, n, guards) },
		"engine":      func(n *yaml.Node) { engine = choose(d, n, engines) },
		"patterns": func(n *yaml.Node) {
			for _, item := range d.items(n) {
				r.Patterns = append(r.Patterns, d.pattern(item))
			}
		},
		"checks": func(n *yaml.Node) {
			for _, item := range d.items(n) {
				r.Checks = append(r.Checks, d.check(item))
			}
		},
		"context":   func(n *yaml.Node) { r.Context = d.texts(n, 1) },
		"against":   func(n *yaml.Node) { r.Against = d.texts(n, 1) },
		"fields":    func(n *yaml.Node) { r.Fields = d.texts(n, 1) },
		"parents":   func(n *yaml.Node) { r.Parents = d.texts(n, 1) },
		"siblings":  func(n *yaml.Node) { r.Siblings = d.texts(n, 1) },
		"profile":   func(n *yaml.Node) { r.Profile = choose(d, n, levels) },
		"tier":      func(n *yaml.Node) { r.Tier = choose(d, n, tiers) },
		"max_len":   func(n *yaml.Node) { r.MaxLen = d.integer(n, 1) },
		"examples":  func(n *yaml.Node) { r.Examples = d.texts(n, 2) },
		"negatives": func(n *yaml.Node) { r.Negatives = d.texts(n, 2) },
	})
	if short != nil {
		if r.Patterns != nil {
			d.errorf(short, `a rule has either "pattern" or "patterns"`)
		}
		r.Patterns = []detect.Pattern{{Expr: d.expr(short, engine), Guard: guard, Engine: engine}}
	}
	if r.Patterns == nil && (r.Tier != detect.ByField || r.Fields == nil) {
		d.errorf(n, `the rule has no pattern, so it must have "tier: field" and "fields"`)
	}
	if r.Tier == detect.WithContext && r.Context == nil && r.Fields == nil {
		d.errorf(n, `the rule needs "context" or "fields", or "tier: alone"`)
	}
	if (r.Parents != nil || r.Siblings != nil) && r.Fields == nil {
		d.errorf(n, `"parents" and "siblings" narrow "fields", of which there are none`)
	}
	return r
}

func (d *decoder) pattern(n *yaml.Node) detect.Pattern {
	p := detect.Pattern{Guard: detect.GuardWord}
	if n.Kind == yaml.ScalarNode {
		p.Expr = d.expr(n, p.Engine)
		return p
	}
	var expr *yaml.Node
	d.fields(n, "the pattern", []string{"expr"}, map[string]func(*yaml.Node){
		"expr":   func(n *yaml.Node) { expr = n },
		"guard":  func(n *yaml.Node) { p.Guard = choose(d, n, guards) },
		"engine": func(n *yaml.Node) { p.Engine = choose(d, n, engines) },
	})
	if expr != nil {
		p.Expr = d.expr(expr, p.Engine)
	}
	return p
}

// expr reads a pattern, and says at its own line if it does not compile: what the
// detector says of it later has no line.
func (d *decoder) expr(n *yaml.Node, engine detect.Engine) string {
	text := d.text(n)
	if len(text) > maxPatternLen {
		d.errorf(n, "the pattern is longer than %d bytes", maxPatternLen)
		return ""
	}
	expr := plain(text)
	if engine == detect.RE2 && !d.tested {
		if _, err := syntax.Parse(expr, syntax.Perl); err != nil {
			hint := ""
			if strings.Contains(expr, "(?=") || strings.Contains(expr, "(?!") || strings.Contains(expr, "(?<") {
				hint = ` (look-around needs "engine: regexp2")`
			}
			if e, ok := errors.AsType[*syntax.Error](err); ok && len(e.Expr) > maxQuotedExpr { // it quotes the pattern
				err = fmt.Errorf("error parsing regexp: %s", e.Code)
			}
			d.errorf(n, "%w%s", err, hint)
			return ""
		}
	}
	return expr
}

func (d *decoder) check(n *yaml.Node) detect.Check {
	var c detect.Check
	if n.Kind == yaml.ScalarNode {
		c.Name = d.word(n, checkName, checkWant)
		return c
	}
	d.fields(n, "the check", []string{"name"}, map[string]func(*yaml.Node){
		"name": func(n *yaml.Node) { c.Name = d.word(n, checkName, checkWant) },
		"mode": func(n *yaml.Node) { c.Mode = choose(d, n, modes) },
	})
	return c
}

var (
	guards  = map[string]detect.Guard{"none": detect.GuardNone, "word": detect.GuardWord, "digit": detect.GuardDigit}
	engines = map[string]detect.Engine{"re2": detect.RE2, "regexp2": detect.Regexp2}
	modes   = map[string]detect.CheckMode{"require": detect.Require, "boost": detect.Boost}
	levels  = map[string]Profile{"strict": Strict, "balanced": Balanced, "recall": Recall}
	tiers   = map[string]detect.Tier{"alone": detect.ByItself, "context": detect.WithContext, "field": detect.ByField}
)

func choose[T any](d *decoder, n *yaml.Node, values map[string]T) T {
	v, ok := values[n.Value]
	if n.Kind != yaml.ScalarNode || !ok {
		var names []string
		for name := range values {
			names = append(names, name)
		}
		slices.Sort(names)
		d.errorf(n, "the text%s is none of %s", quoted(n.Value), strings.Join(names, ", "))
	}
	return v
}

func (d *decoder) word(n *yaml.Node, form *regexp.Regexp, want string) string {
	s := d.text(n)
	if s != "" && !form.MatchString(s) {
		d.errorf(n, "the text%s: %s", quoted(s), want)
	}
	return s
}

// text reads a string. Numbers and such must be quoted, or an example like 0123
// would not be what it looks like.
func (d *decoder) text(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.AliasNode:
		d.errorf(n, "aliases are not allowed")
	case n.Kind != yaml.ScalarNode:
		d.errorf(n, "here must stand a text")
	case n.Tag != "!!str":
		d.errorf(n, "a number, date or the like must be quoted to be a text")
	case n.Value == "":
		d.errorf(n, "the text is empty")
	default:
		return n.Value
	}
	return ""
}

func (d *decoder) integer(n *yaml.Node, least int) int {
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || err != nil || v < least || v > 1<<20 {
		d.errorf(n, "here must stand a number from %d to %d", least, 1<<20)
	}
	return v
}

func (d *decoder) items(n *yaml.Node) []*yaml.Node {
	switch {
	case n.Kind != yaml.SequenceNode:
		d.errorf(n, "here must stand a list")
		return nil
	case len(n.Content) > maxItems:
		d.errorf(n, "the list has more than %d items", maxItems)
		return nil
	case len(n.Content) == 0:
		d.errorf(n, "the list is empty")
	}
	return n.Content
}

func (d *decoder) texts(n *yaml.Node, least int) []string {
	var texts []string
	for _, item := range d.items(n) {
		texts = append(texts, d.text(item))
	}
	if len(texts) > 0 && len(texts) < least {
		d.errorf(n, "the list needs at least %d items", least)
	}
	return texts
}
