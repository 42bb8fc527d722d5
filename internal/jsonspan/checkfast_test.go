package jsonspan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/bytescan"
	"github.com/mcpveil/mcpveil/internal/corpus"
)

// A verdict is what a Checker says.
type verdict struct {
	offset int64
	reason string
	hides  bool
}

// ask gives text to a Checker in pieces; nil is whole.
func ask(text []byte, kernel string, routing bool, pieces func() int) verdict {
	defer bytescan.SetKernel(kernel)()
	var c Checker
	c.Reset(20)
	if routing {
		c.levels = RoutingLevels
	}
	var err error
	if pieces == nil {
		err = c.check(text)
	} else {
		for rest := text; len(rest) > 0 && err == nil; {
			n := min(pieces(), len(rest))
			_, err = c.Write(rest[:n])
			rest = rest[n:]
		}
		if err == nil {
			err = c.Close()
		}
	}
	if err != nil {
		e := err.(*SyntaxError)
		return verdict{e.Offset, e.Reason, false}
	}
	return verdict{0, "", c.Hides()}
}

// alike fails t where anything depends on the kernel or on how text is split, or where fast
// does not see for itself that a text is well formed.
func alike(t *testing.T, text []byte, r *rand.Rand) {
	t.Helper()
	alikeRest(t, text)
	for _, routing := range []bool{false, true} {
		want := ask(text, "generic", routing, nil)
		for _, kernel := range bytescan.Kernels() {
			if got := ask(text, kernel, routing, nil); got != want {
				t.Fatalf("%s, routing %v: %q\n got %v\nwant %v", kernel, routing, text, got, want)
			}
			undo := bytescan.SetKernel(kernel)
			var c Checker
			c.Reset(20)
			if c.whole, c.stack = true, c.room[:]; routing {
				c.levels = RoutingLevels
			}
			if len(text) > 0 {
				n, ok := c.fast(text)
				if !ok && want.reason == "" {
					t.Fatalf("%s, routing %v: fast refuses %q", kernel, routing, text)
				}
				if reason := ""; ok && n == len(text) {
					if err := c.Close(); err != nil {
						reason = err.(*SyntaxError).Reason
					}
					if reason != want.reason {
						t.Fatalf("%s, routing %v: fast says %q of %q, want %q", kernel, routing, reason, text, want.reason)
					}
				}
			}
			undo()
			for _, size := range []int{70, 300, 5000} {
				got := ask(text, kernel, routing, func() int { return 1 + r.IntN(size) })
				if want.hides && !got.hides {
					t.Fatalf("%s, pieces of up to %d: %q hides something, and is not seen to", kernel, size, text)
				}
				if got.hides = want.hides; got != want {
					t.Fatalf("%s, routing %v, pieces of up to %d: %q\n got %v\nwant %v", kernel, routing, size, text, got, want)
				}
			}
		}
	}
}

// alikeRest fails t where CheckRest does not say what Check does, or does not see by what was kept alone that a text
// that is not long is well formed.
func alikeRest(t *testing.T, text []byte) {
	t.Helper()
	var whole, rest Checker
	rest.Keep()
	for _, kernel := range bytescan.Kernels() {
		undo := bytescan.SetKernel(kernel)
		want := whole.Check(text, 20)
		if rest.CheckRouting(text, 20) == nil {
			kept := rest.keeps(text)
			top := bytes.TrimSpace(text)[0] // of a scalar alone the end may not be seen
			if fast := bytescan.FastStructure() && len(text) >= minFast && len(text) <= keptText; kept != fast && (top == '{' || top == '[') {
				t.Fatalf("%s: kept %v of %q", kernel, kept, text)
			}
			if kept && rest.inOrder(text) != (want == nil) {
				t.Fatalf("%s: in order is %v of %q, want %v", kernel, want != nil, text, want)
			}
			if got := rest.CheckRest(text, 20); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%s: %v of %q, want %v", kernel, got, text, want)
			}
		} else if rest.keeps(text) {
			t.Fatalf("%s: kept %q, which is wrong", kernel, text)
		}
		undo()
	}
}

// A maker makes JSON texts, and breaks some.
type maker struct {
	*rand.Rand
	text []byte
}

func (m *maker) pick(s ...string) { m.text = append(m.text, s[m.IntN(len(s))]...) }

func (m *maker) blank() {
	if m.IntN(4) == 0 {
		m.pick(" ", "\n", "\t", "\r\n", strings.Repeat(" ", m.IntN(80)))
	}
}

func (m *maker) string() {
	m.pick(`"`)
	for range m.IntN(6) {
		m.pick("a", "key", "/", "u0041", "é", "한국어", "😀", `\n`, `\\`, `\"`, `\/`, `\u0041`, `\u003c`, `\\u0041`, `\\\\u003e`, `\\\u0041`, `\\/`, `\ud83d\ude00`, "[{,:}]",
			"\x7f", strings.Repeat(`\`, 2*m.IntN(40)), strings.Repeat("한", m.IntN(40)), strings.Repeat(`\uac00`, m.IntN(20)), strings.Repeat("x", m.IntN(100)))
		if m.IntN(60) == 0 {
			m.pick(strings.Repeat("long ", 1000), strings.Repeat(`\\\n`, 1500))
		}
	}
	m.pick(`"`)
}

func (m *maker) value(depth int) {
	m.blank()
	switch k := m.IntN(10); {
	case depth > 0 && k < 5:
		object := k < 3
		if object {
			m.pick("{")
		} else {
			m.pick("[")
		}
		m.blank()
		for i := range m.IntN(5) {
			if i > 0 {
				m.pick(",")
				m.blank()
			}
			if object {
				m.string()
				m.blank()
				m.pick(":")
			}
			m.value(depth - 1)
		}
		if object {
			m.pick("}")
		} else {
			m.pick("]")
		}
	case k < 8:
		m.string()
	default:
		m.pick("true", "false", "null", "0", "-0", "12", "-3.50", "1e5", "2E-7", "0.0e+0", "123456789012345")
	}
	m.blank()
}

// spoil changes a byte or some.
func (m *maker) spoil() {
	bad := []string{`"`, `\`, `{`, `}`, `[`, `]`, `,`, `:`, "0", "-", ".", "e", "t", "x", " ", "\x00", "\x1f", "\x0c", "\x1a", "\x80", "\xc3", "\xed\xa0\x80", "\xf5", `\x`, `\u12`, `\ud800`, `\udc00`, "é"}
	for range 1 + m.IntN(2) {
		at := m.IntN(len(m.text) + 1)
		end := at
		if m.IntN(2) == 0 {
			end = min(at+m.IntN(3), len(m.text))
		}
		with := ""
		if m.IntN(3) > 0 {
			with = bad[m.IntN(len(bad))]
		}
		m.text = append(append(append([]byte(nil), m.text[:at]...), with...), m.text[end:]...)
	}
}

// What random texts seldom have.
func TestCheckerKernelsRefuse(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	pad := strings.Repeat("x", 70)
	for text, want := range map[string]string{
		`["` + pad + `","\udc00\udc00"]`:                           "surrogate",
		`["` + pad + `\udfff\ud800\udc00"]`:                        "surrogate",
		`["` + pad + `\ud800\ud800\udc00"]`:                        "surrogate",
		`["` + pad + `\ud800\udc00\udc00"]`:                        "surrogate",
		`["` + pad + `",` + strings.Repeat("1", MaxNumber+1) + `]`: "number too long",
		`["` + pad + `",` + strings.Repeat("1", MaxNumber) + `]`:   "",
		`["` + pad + `",[[1,2}]]`:                                  "closing bracket",
		`["` + pad + `",[[{]}]]`:                                   "closing bracket",
	} {
		if got := ask([]byte(text), "generic", true, nil); (got.reason == "") != (want == "") {
			t.Errorf("%.90q…: %q, want %q", text, got.reason, want)
		}
		alike(t, []byte(text), r)
	}
}

func TestCheckerKernelsAgree(t *testing.T) {
	m := &maker{Rand: rand.New(rand.NewPCG(11, 4))}
	valid := 0
	for i := range 8000 {
		m.text = m.text[:0]
		m.value(1 + i%6)
		if i%3 > 0 {
			m.spoil()
		}
		alike(t, m.text, m.Rand)
		if json.Valid(m.text) {
			valid++
		}
	}
	if valid < 2400 {
		t.Errorf("%d of the texts were valid, want more", valid)
	}
}

func FuzzCheckerKernels(f *testing.F) {
	m := &maker{Rand: rand.New(rand.NewPCG(1, 1))}
	for range 30 {
		m.text = m.text[:0]
		m.value(5)
		f.Add(bytes.Clone(m.text), uint64(1))
	}
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		alike(t, text, rand.New(rand.NewPCG(seed, 0)))
	})
}

// routed is CheckRouting said in another way: where every bracket below the routing levels
// is looked into for itself and left out, the rest passes Check.
func routed(text []byte, maxDepth int) bool {
	var rest []byte
	var open []byte
	for i := 0; i < len(text); i++ {
		b := text[i]
		start, end := i, i+1
		if b == '"' {
			for end < len(text) && text[end] != '"' {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			if end = min(end+1, len(text)); new(Checker).Check(text[i:end], 0) != nil {
				return false
			}
			i = end - 1
		}
		inside := len(open) > RoutingLevels
		switch b {
		case '{', '[':
			open = append(open, b+2)
			if len(open) > maxDepth {
				return false
			}
		case '}', ']':
			if len(open) == 0 || open[len(open)-1] != b {
				return false
			}
			open = open[:len(open)-1]
		}
		if !inside && len(open) > RoutingLevels {
			rest = append(rest, "[]"...)
		} else if !inside {
			rest = append(rest, text[start:end]...)
		} else if b != '"' && (b >= 0x80 || b == '\\' || b < 0x20 && !blank(b)) {
			return false
		}
	}
	return len(open) == 0 && new(Checker).Check(rest, 0) == nil
}

func TestCheckRouting(t *testing.T) {
	m := &maker{Rand: rand.New(rand.NewPCG(2, 9))}
	more := 0
	for i := range 8000 {
		m.text = m.text[:0]
		m.pick(`{"id":1,"params":`)
		m.value(1 + i%6)
		m.pick("}")
		if i%4 > 0 {
			m.spoil()
		}
		for _, kernel := range bytescan.Kernels() {
			undo := bytescan.SetKernel(kernel)
			var c Checker
			full, routing := c.Check(m.text, 5) == nil, c.CheckRouting(m.text, 5) == nil
			undo()
			if want := routed(m.text, 5); routing != want {
				t.Fatalf("%s: CheckRouting(%q) = %v, want %v", kernel, m.text, routing, want)
			}
			if full && !routing {
				t.Fatalf("%s: CheckRouting refuses what Check accepts: %q", kernel, m.text)
			}
			if routing && !full {
				more++
			}
		}
	}
	if more < 15 {
		t.Errorf("CheckRouting accepted %d texts that Check refuses, want more of them", more)
	}
	for text, want := range map[string]bool{
		`{"a":{"b":{"c" 1}}}`: true, `{"a":{"b":[1 02,,:xyz]}}`: true, `[[[-]]]`: true, "[[[\x7f]]]": true,
		`{"a":{"b" 1}}`: false, `{"a":[1 2]}`: false, `{"a":{"b":[}}}`: false, `{"a":{"b":["\x"]}}`: false, "{\"a\":{\"b\":[\"\x01\"]}}": false,
		"{\"a\":{\"b\":[\x01]}}": false, "{\"a\":{\"b\":[é]}}": false, `{"a":{"b":[\]}}`: false, `{"a":{"b":["]}}`: false, `[[[[[[]]]]]]`: false,
	} {
		for _, kernel := range bytescan.Kernels() {
			undo := bytescan.SetKernel(kernel)
			for _, pad := range []string{"", strings.Repeat(" ", 64)} {
				var c Checker
				if got := c.CheckRouting([]byte(text+pad), 5) == nil; got != want {
					t.Errorf("%s: CheckRouting(%q) = %v, want %v", kernel, text+pad, got, want)
				}
			}
			undo()
		}
	}
}

func TestCheckerAllocatesNothing(t *testing.T) {
	text := []byte(fmt.Sprintf(`{"a":[{"b":%s}],"c":"%s"}`, strings.Repeat("[", 100)+strings.Repeat("]", 100), strings.Repeat("x", 5000)))
	var c Checker
	for _, kernel := range bytescan.Kernels() {
		undo := bytescan.SetKernel(kernel)
		if n := testing.AllocsPerRun(10, func() {
			if c.Check(text, 0) != nil || c.CheckRouting(text, 0) != nil || c.Check(text[:len(text)-1], 0) == nil {
				t.Error("wrong")
			}
			c.Reset(0)
			c.Write(text[:2000])
			c.Write(text[2000:])
		}); n != 0 {
			t.Errorf("%s: %v allocations", kernel, n)
		}
		undo()
	}
}

// The ratio to json.Valid is what to look at: it is measured in the same run.
func BenchmarkChecker(b *testing.B) {
	for _, kind := range corpus.Kinds {
		c := corpus.Generate(kind, 0, 1<<20, 1)
		run := func(name string, check func(msg []byte) bool) {
			b.Run(kind+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(c.Bytes))
				for b.Loop() {
					for _, msg := range c.Messages {
						if !check(msg) {
							b.Fatal("refused")
						}
					}
				}
			})
		}
		run("json.Valid", json.Valid)
		var check Checker
		for _, kernel := range bytescan.Kernels() {
			undo := bytescan.SetKernel(kernel)
			run("full/"+kernel, func(msg []byte) bool { return check.Check(msg, 0) == nil })
			run("routing/"+kernel, func(msg []byte) bool { return check.CheckRouting(msg, 0) == nil })
			undo()
		}
	}
}

// As deep as bits of a word go, and deeper, each bracket must be of the kind of the one that it ends.
func TestKindsOfBracketsDeep(t *testing.T) {
	for _, kernel := range bytescan.Kernels() {
		undo := bytescan.SetKernel(kernel)
		for _, depth := range []int{2, 62, 63, 64, 65, 66, 127, 128, 129, 130, DefaultDepth} {
			for wrong := range depth + 1 { // which of the closing ones is of the other kind; none if it is depth
				var text, ends []byte
				for n := range depth {
					end := byte('}')
					if open := `{"a":`; n%3 == 1 {
						text, end = append(text, '['), ']'
					} else {
						text = append(text, open...)
					}
					if n == wrong {
						end ^= '}' ^ ']'
					}
					ends = append(ends, end)
				}
				text = append(text, '1')
				slices.Reverse(ends)
				text = append(text, ends...)
				var c Checker
				c.Keep()
				ok := wrong == depth
				if got := c.Check(text, 0) == nil; got != ok {
					t.Fatalf("%s: %d deep, wrong at %d: well formed is %v", kernel, depth, wrong, got)
				}
				if got := c.CheckRouting(text, 0) == nil && c.CheckRest(text, 0) == nil; got != ok {
					t.Fatalf("%s: %d deep, wrong at %d: well formed is %v, of what CheckRouting left", kernel, depth, wrong, got)
				}
				c.Reset(0)
				for rest := text; len(rest) > 0; {
					n := min(len(rest), 100)
					if _, err := c.Write(rest[:n]); err != nil {
						break
					}
					rest = rest[n:]
				}
				if got := c.Close() == nil; got != ok {
					t.Fatalf("%s: %d deep, wrong at %d: well formed is %v, in pieces", kernel, depth, wrong, got)
				}
			}
		}
		undo()
	}
}
