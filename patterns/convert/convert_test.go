package convert_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
	"github.com/mcpveil/mcpveil/patterns/convert"
)

// Each rule of gitleaks' becomes a pattern that finds the same, or is left out and told of.
func TestGitleaks(t *testing.T) {
	for _, tt := range []struct{ rule, expr, guard, note string }{
		{`regex = 'AKIA[0-9A-Z]{16}'`, "AKIA[0-9A-Z]{16}", "none", ""},
		{`regex = 'key_([0-9a-f]{32})'`, "key_(?P<value>[0-9a-f]{32})", "none", ""},
		{"regex = '''\\b(key_[0-9a-f]{32})(?:[\\x60'\"\\s;]|\\\\[nr]|$)'''", `\b(?P<value>key_[0-9a-f]{32})`, "word", "replaced by the guard word"},
		{`regex = '^key_[0-9a-f]{32}$'`, "key_[0-9a-f]{32}", "word", "replaced by the guard word"},
		{`regex = '(a|b)_(key_[0-9a-f]{32})'` + "\nsecretGroup = 2", "", "none", ""},  // two groups, one of them named
		{`regex = 'key_[0-9a-f]{32}(?:abc|$)'`, "", "", "left out: pattern has ^, $"}, // what stands there matters
		{`regex = 'key_[0-9a-f]{32,}'`, "key_[0-9a-f]{32,}", "none", "no bound"},
		{`regex = '[a-z]+'`, "", "", "left out"},
		{`regex = '('`, "", "", "left out: its pattern does not compile"},
		{`path = 'x'`, "", "", "left out: it has no pattern"},
	} {
		pack, notes, err := convert.Gitleaks([]byte("[[rules]]\nid = \"r\"\n"+tt.rule+"\n"), convert.Options{Pack: "p"})
		var said []string
		for _, n := range notes {
			said = append(said, n.String())
		}
		got := strings.Join(said, "\n")
		if tt.note == "" && got != "" || !strings.Contains(got, tt.note) {
			t.Errorf("%s: says %q, want %q", tt.rule, got, tt.note)
		}
		if tt.guard == "" {
			if err == nil {
				t.Errorf("%s: carried over as %q, want it left out", tt.rule, pack.Rules[0].Patterns[0].Expr)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v, %s", tt.rule, err, got)
			continue
		}
		p := pack.Rules[0].Patterns[0]
		guard := map[detect.Guard]string{detect.GuardNone: "none", detect.GuardWord: "word"}[p.Guard]
		if tt.expr != "" && p.Expr != tt.expr || guard != tt.guard {
			t.Errorf("%s: pattern %q with guard %s, want %q with %s", tt.rule, p.Expr, guard, tt.expr, tt.guard)
		}
		loads(t, pack)
	}
}

// loads writes pack, reads it and runs its tests.
func loads(t *testing.T, pack *patterns.Pack) {
	t.Helper()
	text, err := pack.YAML()
	if err != nil {
		t.Fatal(err)
	}
	packs, err := patterns.Load(fstest.MapFS{"p.yaml": {Data: text}}, "*.yaml")
	if err == nil {
		err = patterns.Check(packs...)
	}
	if err != nil {
		t.Errorf("what was imported does not pass its tests: %v\n%s", err, text)
	}
}

// What is in no such file is an error that repeats nothing of it.
func TestRefuses(t *testing.T) {
	for name, read := range map[string]func([]byte, convert.Options) (*patterns.Pack, []convert.Note, error){"presidio": convert.Presidio, "gitleaks": convert.Gitleaks} {
		for _, in := range []string{"", "secret", "secret: [", "[[rules]]\nid = 7 # secret", "rules = 'secret'", "recognizers: secret", "recognizers: [{name: [secret]}]", "\x00"} {
			if _, _, err := read([]byte(in), convert.Options{Pack: "p"}); err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s of %q: %v", name, in, err)
			}
		}
	}
}

// FuzzConvert: whatever a file holds, what comes out is a pack that passes its tests, or an error.
func FuzzConvert(f *testing.F) {
	for _, file := range []string{"../testdata/good.yaml"} {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("[[rules]]\nid = \"a\"\nregex = '(x|y)_[0-9]{4,}$'\nkeywords = [\"z\"]\n"))
	f.Add([]byte("recognizers:\n- {name: n, supported_entity: E, patterns: [{name: p, regex: '\\b[0-9]{5}\\b', score: 0.1}], context: [zip]}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 2000 {
			return
		}
		for _, read := range []func([]byte, convert.Options) (*patterns.Pack, []convert.Note, error){convert.Presidio, convert.Gitleaks} {
			if pack, _, err := read(data, convert.Options{Pack: "p"}); err == nil {
				loads(t, pack)
			}
		}
	})
}
