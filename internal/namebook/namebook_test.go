package namebook

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// all returns what t finds in text, a star behind what is only a part of a name.
func all(t *Table, text string, escaped bool) (found []string) {
	for at := 0; ; {
		start, end, whole, ok := t.Find([]byte(text), at, len(text), escaped)
		if !ok {
			return found
		}
		s := text[start:end]
		if !whole {
			s += "*"
		}
		found = append(found, s)
		at = end
	}
}

func TestFind(t *testing.T) {
	for _, tt := range []struct{ names, text, want string }{
		{"Jane Doe", "Jane Doe called.", "Jane Doe"},
		{"Jane Doe", "please call jane doe, or JANE DOE", "jane doe|JANE DOE"},
		{"Jane Doe", "Doe, Jane (42); Doe Jane", "Doe, Jane|Doe Jane"},
		{"Jane Quinn Doe", "Jane Doe; Jane Q. Doe; Jane Quinn Doe; Doe Jane Quinn", "Jane Doe|Jane*|Jane Quinn Doe|Doe Jane Quinn"},
		{"Jane Doe", "Jane's sister, and Mr. Jane-Doe", "Jane*|Jane-Doe"},
		{"Jane Doe", "Janet Doe, Doesn't, doe, a jane", ""},
		{"Jane Doe", "jane.doe@example.com and /home/Jane, Jane() and x.Jane", "jane.doe"},
		{"Jane Doe", "Jane_Doe Jane2 2Jane", ""},
		{"Dr. Anna Müller", "Frau Müller und ANNA MÜLLER, Müllers", "Müller*|ANNA MÜLLER"},
		{"José García López", "josé garcía lópez; García", "josé garcía lópez"},
		{"Seán O'Brien", "Seán O’Brien and Brien", "Seán O’Brien|Brien*"},
		{"Иван Петров", "Письмо для Иван Петров, ПЕТРОВ ИВАН", "Иван Петров|ПЕТРОВ ИВАН"},
		{"Will Baker", "Will you go to the Baker? will baker", "will baker"},
		{"Jane", "ask Jane, not jane", "Jane*"},
		{"Bo", "Bo is short", ""},
		{"Will", "Will it", ""},
		{"김민수", "담당자 김민수님이 김민수에게", "김민수|김민수"},
		{"김민수", "김민 김민정", ""},
		{"山田 太郎", "山田太郎様、山田 太郎さん、山田", "山田太郎|山田 太郎"},
		{"王伟", "联系 王伟 电话", "王伟*"},
		{"王伟", "王伟大", ""},
		{"Acme Support Team", "Acme Support Team", ""},
		{"Jane Doe 3", "Jane Doe 3", ""},
		{"octocat/hello", "octocat/hello", ""},
		{"A B C D E F", "A B C D E F", ""},
		{strings.Repeat("Long", 40), strings.Repeat("Long", 40), ""},
		{"", "x", ""},
		{"Jane Doe|Jane Roe", "Jane Roe and Jane Doe", "Jane Roe|Jane Doe"},
	} {
		var b Book
		for name := range strings.SplitSeq(tt.names, "|") {
			b.Add([]byte(name))
		}
		if got := strings.Join(all(b.Table(), tt.text, false), "|"); got != tt.want {
			t.Errorf("of %q, in %q: %q, want %q", tt.names, tt.text, got, tt.want)
		}
	}
}

func TestFindEscaped(t *testing.T) {
	var b Book
	b.Add([]byte("Nina Trent"))
	for text, want := range map[string]string{
		`hi\nNina Trent`:             "Nina Trent",
		`hi\Nina Trent`:              "Trent*", // an escape that is none
		`\\Nina Trent`:               "Nina Trent",
		`\u0041Nina Trent`:           "Nina Trent",
		`\tTrent, Nina\r`:            "Trent, Nina",
		`{\"n\":\"Nina Trent\"}`:     "Nina Trent",
		`Nina\u0020Trent`:            "Nina*|Trent*", // a view shows it
		`Nina Tren\u0074 or Trent\u`: "Nina*|Trent*",
	} {
		if got := strings.Join(all(b.Table(), text, true), "|"); got != want {
			t.Errorf("in %q: %q, want %q", text, got, want)
		}
	}
}

// TestBounded adds many names: the last ones are found, and no more than two generations are held.
func TestBounded(t *testing.T) {
	var b Book
	name := func(i int) []byte { return fmt.Appendf(nil, "Zed%s Quu%s", letters(i), letters(i*7+1)) }
	var names [][]byte
	for i := range 20_000 {
		names = append(names, name(i))
	}
	for chunk := range slices.Chunk(names[:10_000], 100) {
		b.Add(chunk...)
	}
	b.Add(names[10_000:]...) // one message may hold as many
	table := b.Table()
	if n := len(table.forms); n > 3*maxForms {
		t.Errorf("%d hashes are held, want %d or so", n, 2*maxForms)
	}
	for i := 19_900; i < 20_000; i++ {
		if got := all(table, string(name(i)), false); len(got) != 1 || got[0] != string(name(i)) {
			t.Fatalf("%q: found %q", name(i), got)
		}
	}
	if got := all(table, string(name(0)), false); len(got) != 0 {
		t.Errorf("the first is still found: %q", got)
	}
}

func letters(i int) string {
	var b strings.Builder
	for i += 26 * 26; i > 0; i /= 26 {
		b.WriteByte('a' + byte(i%26))
	}
	return b.String()
}

// TestKeyed has two books learn a name: their hashes of it differ.
func TestKeyed(t *testing.T) {
	var a, b Book
	a.Add([]byte("Jane Doe"))
	b.Add([]byte("Jane Doe"))
	for h := range a.Table().forms {
		if _, ok := b.Table().forms[h]; ok {
			t.Fatalf("hash %x stands in both", h)
		}
	}
	if a.Table() == nil || (*Book)(nil).Table() != nil {
		t.Error("a book that learnt has no table, or none has one")
	}
}

// TestSnapshot takes a Table and goes on learning.
func TestSnapshot(t *testing.T) {
	var b Book
	b.Add([]byte("Jane Doe"))
	was := b.Table()
	b.Add([]byte("Ann Lee"))
	if got := all(was, "Ann Lee and Jane Doe", false); len(got) != 1 {
		t.Errorf("a Table changed: it finds %q", got)
	}
	if got := all(b.Table(), "Ann Lee and Jane Doe", false); len(got) != 2 {
		t.Errorf("the next finds %q", got)
	}
}

// FuzzFind cuts a text in two: what begins before and what begins behind the cut is what begins in the whole.
func FuzzFind(f *testing.F) {
	f.Add("Jane Doe", `call \nJane Doe, Doe Jane\u0041 김민수`, uint(8), true)
	f.Add("김민수", "김민수님 김민수", uint(4), false)
	f.Add("Seán O'Brien", "Seán O’Brien, é", uint(3), false)
	f.Fuzz(func(t *testing.T, name, text string, cut uint, escaped bool) {
		var b Book
		b.Add([]byte(name), []byte("Jane Doe"), []byte("山田 太郎"))
		table := b.Table()
		at := int(cut % uint(len(text)+1))
		type hit struct{ start, end int }
		find := func(from, to int) (hits []hit, last int) {
			for {
				start, end, _, ok := table.Find([]byte(text), from, to, escaped)
				if !ok {
					return hits, max(from, to)
				}
				if start < from || start >= to || end <= start || end > len(text) || end-start > 2*Reach {
					t.Fatalf("[%d,%d) of %d, asked for [%d,%d)", start, end, len(text), from, to)
				}
				hits = append(hits, hit{start, end})
				from = end
			}
		}
		want, _ := find(0, len(text))
		got, next := find(0, at)
		more, _ := find(next, len(text))
		if got = append(got, more...); !slices.Equal(got, want) {
			t.Errorf("cut at %d: %v, whole: %v", at, got, want)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	var book Book
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		book.Add(fmt.Appendf(nil, "%s %s", strings.ToUpper(letters(r.IntN(1e6))[:1])+letters(r.IntN(1e6)), "Q"+letters(r.IntN(1e6))))
	}
	text := bytes.Repeat([]byte("The quick brown fox jumps over the lazy dog while Judge Smith of Boston reads 42 pages aloud. "), 1000)
	t := book.Table()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		for at := 0; ; {
			_, end, _, ok := t.Find(text, at, len(text), true)
			if !ok {
				break
			}
			at = end
		}
	}
}
