package bytescan

import (
	"math/bits"
	"regexp/syntax"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/corpus"
)

// typical are anchors as rules have them: in their order whether a word must begin there,
// or digits, whether a run must, whether one is inside; then a class or a byte for each
// place.
var typical = strings.Split(`any in  @ [-0-9A-Za-z] [-.0-9A-Za-z] [-.0-9A-Za-z] [-.0-9A-Za-z]
any in  : [0-9A-Fa-f] [:0-9A-Fa-f] [:0-9A-Fa-f] [:0-9A-Fa-f] [:0-9A-Fa-f]
word    [0-9A-Fa-f] [0-9A-Fa-f] [-:] [0-9A-Fa-f] [0-9A-Fa-f] [-:] [0-9A-Fa-f] [0-9A-Fa-f]
word run [2456] [0-9] [0-9] [0-9] [-\x20] [0-9] [0-9] [0-9]
word run 3 [47] [0-9] [0-9] [-\x20] [0-9] [0-9] [0-9]
word run [0-9] [0-9] [0-9] [-.\x20] [0-9] [0-9] [-.\x200-9] [0-9]
word run [0-9] [0-9] [0-9] [-.\x20] [0-9] [0-9] [0-9] [-.\x20]
word run [0-9] [0-9] \. [0-9] \. [0-9] [.0-9] [.0-9]
digit run [0-9] [0-9] [0-9] [0-9] [\x200-9] [0-9] [0-9] [0-9]
digit   \+ [0-9] [-.\x20()0-9] [-.\x20()0-9] [-.\x20()0-9] [-.\x20()0-9]
digit   \( [0-9] [0-9] [0-9] \) [-.\x200-9]
word    [A-Z] [A-Z] [0-9] [0-9] [\x200-9A-Z] [0-9A-Z] [0-9A-Z] [0-9A-Z]
word    [A-Z] [A-Z] [A-Z] [A-Z] [A-Z0-9] [0-9] [0-9] [0-9]
word    g h [oprsu] _
word    g i t h u b _ p
word    g l p a t -
word    [rs] k _ [lt] [ie] [vs] [et] _
word    x o x [abprs] -
word    A [KS] I A [0-9A-Z] [0-9A-Z] [0-9A-Z] [0-9A-Z]
word    A I z a
word    e y J [-_0-9A-Za-z] [-_0-9A-Za-z]
word    S G \. [-_0-9A-Za-z]
word    S K [0-9a-f] [0-9a-f] [0-9a-f] [0-9a-f] [0-9a-f] [0-9a-f]
word    s k - [ap] [nr] [to] [-j]
word    n p m _
word    h f _ [0-9A-Za-z]
word    - - - - - B E G
word    : / / [^\x20] [^\x20]
word    [Pp] [Aa] [Ss] [Ss]
word    [Aa] [Pp] [Ii] [-_Kk\x20]
word    [Ss] [Ee] [Cc] [Rr] [Ee] [Tt]
word    [Bb] [Ee] [Aa] [Rr] [Ee] [Rr] \x20
word    [Dd] [Rr] [Ii] [Vv] [Ee] [Rr]
word    [Aa] [Cc] [Cc] [Oo] [Uu] [Nn] [Tt]
word    [Cc] [Vv] [Vv] [^0-9A-Za-z_]
word    [Nn] [Hh] [Ss] [^0-9A-Za-z_]
word    [Dd] [Oo] [Bb] [^0-9A-Za-z_]`, "\n")

// class returns the bytes that a regular expression of one byte matches.
func class(expr string) (set Set) {
	re, err := syntax.Parse(expr, syntax.Perl|syntax.DotNL)
	if err != nil {
		panic(err)
	}
	ranges := re.Rune
	switch re.Op {
	case syntax.OpAnyChar:
		return fullSet
	case syntax.OpLiteral:
		ranges = []rune{re.Rune[0], re.Rune[0]}
	}
	for k := 0; k < len(ranges); k += 2 {
		for c := ranges[k]; c <= min(ranges[k+1], 0xff); c++ {
			set.Add(byte(c))
		}
	}
	return set
}

// typicalTables has the typical anchors.
func typicalTables() *Tables {
	t := New()
	none := class("[^0-9A-Za-z_]")
	for n, line := range typical {
		a := Anchor{Before: &none}
		k := 0
		for _, word := range strings.Fields(line) {
			switch word {
			case "any":
				a.Before = &fullSet
			case "word":
				a.Where = WordStart
			case "digit":
				a.Where, a.Before = DigitStart, &fullSet
			case "in":
				a.Inside = true
			case "run":
				a.Run = true
			default:
				a.Sets[k] = class(word)
				k++
			}
		}
		for ; k < Depth; k++ {
			a.Sets[k] = fullSet
		}
		t.Add(n, &a)
	}
	t.Build()
	return t
}

// candidates counts the places that the exact filter looks at.
func candidates(t *Tables, text []byte, h *Hits) (n int) {
	for i := 0; i < len(text); i += stride {
		end := min(i+stride, len(text))
		if t.by == generic {
			n += t.sieve.run(text, i, end, h)
			continue
		}
		t.Next(text, i, end, true, h)
		for _, m := range h.vectors.candidates[:(end-i+63)/64] {
			n += bits.OnesCount64(m)
		}
	}
	return n
}

// BenchmarkNext says how fast candidates are found in traffic, and how many there are
// before the exact filter and behind it.
func BenchmarkNext(b *testing.B) {
	for _, kind := range corpus.Kinds {
		texts := corpus.Generate(kind, 0, 1<<20, 1).Messages
		b.Run(kind, func(b *testing.B) {
			eachBench(b, func(b *testing.B) {
				t := typicalTables()
				h := new(Hits)
				size, hits, before := 0, 0, 0
				for _, text := range texts {
					size += len(text)
					before += candidates(t, text, h)
				}
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					hits = 0
					for _, text := range texts {
						for i := 0; i < len(text); {
							i = t.Next(text, i, len(text), true, h)
							hits += h.N
						}
					}
				}
				b.ReportMetric(float64(before)*1024/float64(size), "candidates/KB")
				b.ReportMetric(float64(hits)*1024/float64(size), "hits/KB")
			})
		})
	}
}

// BenchmarkKernel is of the kernels alone, without the exact filter: what they do for each lane.
func BenchmarkKernel(b *testing.B) {
	text := corpus.Generate("blob", 0, 1<<20, 1).Messages[0][:Block]
	eachBench(b, func(b *testing.B) {
		t := typicalTables()
		if t.by == generic {
			b.Skip("plain Go has none")
		}
		h := new(Hits)
		h.classes.Read(text, 0, Block, true)
		b.SetBytes(Block)
		for b.Loop() {
			t.look(text, 0, Block, nil, &h.vectors)
			t.combine(text, &h.classes, 0, blocks, &h.vectors)
		}
	})
}

func BenchmarkBuild(b *testing.B) {
	eachBench(b, func(b *testing.B) {
		for b.Loop() {
			typicalTables()
		}
	})
}
