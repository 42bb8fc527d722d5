package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/config"
)

// testScanner is made once: compiling the packs takes a while.
var testScanner = sync.OnceValues(func() (*scanner, error) {
	return newScanner(config.Default(), bufio.NewWriter(new(bytes.Buffer)))
})

func scanText(t *testing.T, text string, slow bool) string {
	t.Helper()
	s, err := testScanner()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s.out = bufio.NewWriter(&out)
	r := bufio.NewReader(strings.NewReader(text))
	if slow {
		r = bufio.NewReader(iotest.OneByteReader(strings.NewReader(text)))
	}
	if err := s.file(t.Context(), "f", r); err != nil {
		t.Fatal(err)
	}
	s.out.Flush()
	return out.String()
}

// A long text is looked at window by window, and what is found is what stands in it, each once, wherever
// the windows end.
func TestTextWindows(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	var want []string
	line, col := 1, 1
	put := func(s string) {
		text.WriteString(s)
		if i := strings.LastIndexByte(s, '\n'); i >= 0 {
			line, col = line+strings.Count(s, "\n"), 1
			s = s[i+1:]
		}
		col += len([]rune(s))
	}
	for text.Len() < 3*window {
		put(strings.Repeat("größer lorem\n", rng.IntN(60)) + strings.Repeat("x ", rng.IntN(300)))
		if left := window - text.Len()%window; left < 2000 { // one that straddles the border
			put(strings.Repeat("y ", left/2-4))
		}
		want = append(want, fmt.Sprintf("f:%d:%d: EMAIL_ADDRESS", line, col))
		put(fmt.Sprintf("u%d@example.com ", 100000+rng.IntN(100000)))
	}
	for _, slow := range []bool{false, true} {
		var got []string
		for l := range strings.Lines(scanText(t, text.String(), slow)) {
			at, _, _ := strings.Cut(l, " (")
			got = append(got, at)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("scanning %d bytes, byte by byte %t (-want +got):\n%.2000s", text.Len(), slow, d)
		}
	}
}

func TestResolve(t *testing.T) {
	a, b := &detect.Rule{ID: "a"}, &detect.Rule{ID: "b"}
	for _, test := range []struct {
		name     string
		in, want []detect.Finding
	}{
		{"none", nil, nil},
		{"apart", []detect.Finding{{Rule: a, Start: 5, End: 9}, {Rule: b, Start: 0, End: 5}}, []detect.Finding{{Rule: b, Start: 0, End: 5}, {Rule: a, Start: 5, End: 9}}},
		{"the higher score", []detect.Finding{{Rule: a, Start: 0, End: 9, Score: .6}, {Rule: b, Start: 5, End: 7, Score: .9}}, []detect.Finding{{Rule: b, Start: 5, End: 7, Score: .9}}},
		{"the longer", []detect.Finding{{Rule: a, Start: 2, End: 5}, {Rule: b, Start: 0, End: 9}}, []detect.Finding{{Rule: b, Start: 0, End: 9}}},
		{"the first", []detect.Finding{{Rule: a, Start: 2, End: 5}, {Rule: b, Start: 0, End: 3}}, []detect.Finding{{Rule: b, Start: 0, End: 3}}},
		{"one between two", []detect.Finding{{Rule: a, Start: 0, End: 4, Score: .9}, {Rule: b, Start: 3, End: 9, Score: .8}, {Rule: a, Start: 8, End: 12, Score: .9}},
			[]detect.Finding{{Rule: a, Start: 0, End: 4, Score: .9}, {Rule: a, Start: 8, End: 12, Score: .9}}},
	} {
		if d := cmp.Diff(test.want, append([]detect.Finding(nil), resolve(test.in)...)); d != "" {
			t.Errorf("resolve, %s (-want +got):\n%s", test.name, d)
		}
	}
}

func TestMasked(t *testing.T) {
	for in, want := range map[string]string{
		"jane.doe@example.com":  "****.***@*******.***",
		"+1 (202) 555-0143":     "+* (***) ***-****",
		"김민수":                   "***",
		"a\nb":                  "* *",
		"\x1b[31m\x00":          "*[***",
		"x\xff":                 "**",
		strings.Repeat("7", 99): strings.Repeat("*", maxMasked) + "…",
	} {
		if got := masked([]byte(in)); got != want && !(in == "\x1b[31m\x00" && !strings.ContainsAny(got, "31m\x1b\x00")) {
			t.Errorf("masked(%q) = %q, want %q", in, got, want)
		}
	}
}

// What encoding/json reads of a line, parseLine reads; and the line that answers is JSON with the same id.
func FuzzParseLine(f *testing.F) {
	for _, l := range []string{`{"id":1,"text":"a"}`, `{"text":"\u00e9\ud83d\ude00","id":{"a":[1,2]}}`, `{"id":"x","text":"\ud800"}`, `{"text":1}`, `[]`, `{"id":1.0e5 , "x":{"text":"no"},"text":"yes"}`, "{\"id\":\"\xff\",\"text\":\"\xff\"}", `{"te\u0078t":"a\u0041"}`} {
		f.Add([]byte(l))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		id, text, err := parseLine(line, nil)
		var want map[string]json.RawMessage
		if json.Unmarshal(line, &want) != nil || want == nil {
			if err == nil {
				t.Errorf("parseLine(%q) succeeds on what is no object", line)
			}
			return
		}
		if err != nil {
			return
		}
		var s string
		if raw, ok := want["text"]; ok && json.Unmarshal(raw, &s) == nil && s != string(text) && !bytes.Contains(line, []byte(`,`)) {
			t.Errorf("parseLine(%q): text %q, want %q", line, text, s)
		}
		if answer := appendLine(nil, id, nil); !json.Valid(answer) || bytes.Count(answer, []byte{'\n'}) != 1 {
			t.Errorf("the answer to %q is %q, want one line of JSON", line, answer)
		}
	})
}
