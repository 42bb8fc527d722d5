package patterns

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// All built-in packs are as plain as that, and read as the YAML parser reads them.
func TestPlainNodes(t *testing.T) {
	for _, folder := range [...]string{usual, optional} {
		for _, name := range list(folder) {
			data, err := fs.ReadFile(builtin, folder+name+".yaml")
			if err != nil {
				t.Fatal(err)
			}
			if !samePlain(t, data) {
				t.Errorf("pack %s is not as plain as that: it takes long to read", name)
			}
		}
	}
}

// samePlain compares what plainNodes makes of data with what the YAML parser does, and reports whether it was plain.
func samePlain(t *testing.T, data []byte) bool {
	t.Helper()
	n, ok := plainNodes(string(data))
	if !ok {
		return false
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil || len(doc.Content) != 1 {
		t.Fatalf("%q was taken for plain: %v, %d nodes", data, err, len(doc.Content))
	}
	if diff := differ(n, doc.Content[0]); diff != "" {
		t.Fatalf("%.2000q: %s", data, diff)
	}
	return true
}

// differ says what differs in two nodes.
func differ(a, b *yaml.Node) string {
	if a.Kind != b.Kind || a.Tag != b.Tag || a.Value != b.Value || a.Line != b.Line || len(a.Content) != len(b.Content) || b.Anchor != "" {
		return fmt.Sprintf("line %d: kind %d, %s %q, %d inside; want line %d: kind %d, %s %q, %d inside", a.Line, a.Kind, a.Tag, a.Value, len(a.Content), b.Line, b.Kind, b.Tag, b.Value, len(b.Content))
	}
	for i := range a.Content {
		if diff := differ(a.Content[i], b.Content[i]); diff != "" {
			return diff
		}
	}
	return ""
}

var plainSeeds = []string{
	"a: b\n", "a: |\n  x\n   y\n\n  z\n\nb: >-\n  one\n  two\nc: [x, 'y''s', \"\\x41\\n\", 3,]\n", "- a\n- 'b' # c\n- d: 1\n  e: x\n-   f:\n    - g\n", "a:\n- b\n- c: d\n", "a: b\n  c\n", "a: [b]\n c: d\n",
	"a: x # y\nb: 'x' #y\nc: x#y\n", "a: |\n\n  x\n", "a: >-\n  x\n\n  y\n", "a: >-\n  x\n   y\n", "a: |\n  x\n # c\nb: c\n", "a:\n  b: c\n # d\n  e: f\n", "a: b: c\n", "a: b:\n", "- - a\n", "a: null\nb: True\n", "a: 012\nb: 1.5\nc: 2024-01-01\n",
	"a: 'x\n  y'\n", "a: \"x\\\n  y\"\n", "a: *b\n", "a: &c d\n", "a: !!str b\n", "? a\n: b\n", "a: {b: c}\n", "a: [b: c]\n", "a: [[b]]\n", "a: @b\n", "a: b\na: c\n", "---\na: b\n", "a: b\n---\nc: d\n", "a: \u2028\n", "a: '\u00a0'\n", "a:b\n", "a:  b  \n", "a: [b , c]  # d\n",
	"a: [b #c\n  ]\n", "a: |\n  x\n  \n   \nb: c\n", "a: \"\\u00e9\\U0001f600\\ud800\"\n", " a: b\n", "a: ''\nb: \"\"\n", "a: 'b'c\n", "a: |  \n  x\n", "a: >-\n  x\n  \n", "a: |\n  x\n\n# d\n\nb: c\n", "yes: no\n", "a: ...\n... \n", "- a\nb: c\n", "a: b\n- c\n", "a: |\n # x\nb: c\n",
}

// Nothing is taken for plain that YAML reads otherwise.
func FuzzPlainNodes(f *testing.F) {
	for _, s := range plainSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) { samePlain(t, data) })
}

// Nor in packs in which something is changed.
func TestPlainMutated(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	pieces := []string{" ", "  ", "\n", "\n\n", "#", " #", "- ", ": ", ":", "'", "\"", "[", "]", "{", "}", ",", "|", ">-", "\\", "\t", "a", "0", "-", "\u00e9", "\u0085", "---\n", "key: "}
	plain, odd := 0, 0
	for _, name := range [...]string{"is", "lu", "cl", "mt"} {
		data, err := fs.ReadFile(builtin, usual+name+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		for range 700 {
			text := string(data[:1+r.IntN(len(data))])
			text = text[:strings.LastIndexByte(text, '\n')+1]
			for range r.IntN(3) {
				at := r.IntN(len(text) + 1)
				to := min(len(text), at+r.IntN(3))
				text = text[:at] + pieces[r.IntN(len(pieces))] + text[to:]
			}
			if samePlain(t, []byte(text)) {
				plain++
			} else {
				odd++
			}
		}
	}
	if plain < 300 || odd < 300 {
		t.Errorf("%d texts were taken for plain, %d not, want more", plain, odd)
	}
}
