package detect

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// contextWords are of all the kinds that heads tells apart.
var contextWords = []string{"ssn", "n.i.f", "b 12", "c é", "z-날", "ip", "IPs", "téléphone", "né le", "card number", "전화", "전화번호", "x", "e-mail", "date of birth", "дата рождения", "2fa", "手机", "ÉtÉ", "form 16", "rue", "id číslo"}

func contextDetector(t testing.TB) *Detector {
	rules := make([]Rule, 70) // more than one word of bits
	for i := range rules {
		rules[i] = Rule{ID: fmt.Sprint(i), Entity: "E", Tier: WithContext, Patterns: []Pattern{{Expr: fmt.Sprintf("@@@%d@", i)}},
			Context: contextWords[i%len(contextWords) : i%len(contextWords)+1], Against: contextWords[(i+3)%len(contextWords) : (i+3)%len(contextWords)+1]}
	}
	d, err := New(rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// plainMentions returns the phrases in raw whose first word begins in raw[from:to].
func plainMentions(x *lexicon, raw []byte, escaped bool, from, to int) (all []mention) {
	for i := 0; ; {
		w := nextWord(raw, i, len(raw))
		if w.start < 0 {
			return all
		}
		i = w.end
		start := w.start
		if escaped && inEscape(raw, w.start) {
			if raw[w.start-1] != '\\' {
				if n := escapeEnd(raw, w.start); n < w.end {
					i = n // the letters behind an escape are a word, though its last digit is a letter
				}
				continue
			}
			n := escapeEnd(raw, w.start)
			if n >= w.end {
				continue // the letter of an escape is no word
			}
			w = nextWord(raw, n, w.end)
		}
		if start < from || start >= to || w.start < 0 {
			continue
		}
		for k := range x.phrases {
			p := &x.phrases[k]
			if p.words[0] != w.hash && p.words[0] != w.singular {
				continue
			}
			if p.words[0] != w.hash && slices.ContainsFunc(x.phrases, func(q phrase) bool { return q.words[0] == w.hash }) {
				continue // the word as it is comes first
			}
			if end := x.match(p, raw, w); end >= 0 {
				all = append(all, mention{int32(start), int32(end), int32(k)})
			}
		}
	}
}

// checkContext compares what is read in one go, in steps and around places with what
// plainMentions finds.
func checkContext(t *testing.T, d *Detector, raw []byte, escaped bool, r *rand.Rand) {
	t.Helper()
	s := new(scan)
	s.begin(d, &Text{Raw: raw, Escaped: escaped}, nil)
	x := d.lexicon
	e := &s.pro
	if r.IntN(2) == 0 {
		x, e = d.against, &s.con
	}
	all := plainMentions(x, raw, escaped, 0, len(raw))
	for range 4 {
		from := r.IntN(len(raw) + 1)
		m := &e.mentions[0]
		m.from, m.to, m.n, m.last = 0, 0, 0, 0
		s.read(e, m, from, from)
		for to := from; to < len(raw); {
			to = min(len(raw), to+r.IntN(90))
			s.read(e, m, from, to)
		}
		var want []mention
		for _, e := range all {
			if int(e.start) >= from {
				want = append(want, e)
			}
		}
		got := slices.Clone(m.ring[:min(m.n, maxMentions)])
		if m.n > maxMentions {
			got = append(slices.Clone(m.ring[m.n%maxMentions:]), m.ring[:m.n%maxMentions]...)
			want = want[max(0, len(want)-maxMentions):]
		}
		order := func(a, b mention) int {
			return int(a.start-b.start)<<20 + int(a.phrase-b.phrase)
		}
		slices.SortFunc(got, order)
		slices.SortFunc(want, order)
		if !slices.Equal(got, want) {
			t.Fatalf("phrases in %q from %d on, escaped %v: %v, want %v", raw, from, escaped, got, want)
		}
	}
	e.begin(x)
	for start := 0; start < len(raw); start += 1 + r.IntN(20) {
		end := min(len(raw), start+1+r.IntN(100))
		spoken := make([]bool, len(d.rules))
		quiet := true
		for _, w := range all {
			a, b := int(w.start), int(w.end)
			if a >= start-contextBefore && b <= start || a >= end && b <= end+contextAfter {
				quiet = false
				for k := range d.rules {
					spoken[k] = spoken[k] || x.rules(w.phrase)[k>>6]>>(k&63)&1 != 0
				}
			}
		}
		if got := s.quiet(e, start, end); got != quiet {
			t.Fatalf("quiet(%d, %d) in %q = %v, want %v", start, end, raw, got, quiet)
		}
		for k := range d.rules {
			if got := s.spoken(e, start, end, int32(k)); got != spoken[k] {
				t.Fatalf("spoken(%d, %d, %d) in %q = %v, want %v", start, end, k, raw, got, spoken[k])
			}
		}
	}
}

// Reading by the hashes of words finds what reading word by word does.
func TestContextAgainstPlain(t *testing.T) {
	d := contextDetector(t)
	parts := []string{"n", ".", "i", "f", "b", "12", "c", "z", "날", "ssn", "SSNs", "SSN", "ips", "IP", "IPs", "IPx", "ipx", "té", "téléphone", "lé", "card", "Card", "Number", "numbers", "전화", "번호", "x", "xs", "X", "e", "E-Mail", "mail", "date", "of", "birth", "Of",
		"É", "é", "été", "ДАТА", "рождения", "né", "le", "1", "2", "fa", "2fa", "手", "机", " ", " ", "_", "-", "\\n", "\\u00e9", "\\u", "\\", "\xff", "\xc3", "A", "B", "s", "{", "[", "@", "form", "16", "rue", "id", "ID", "č", "číslo", "\u0301", "K", "İ", "ſ", "                                                                ", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzz "}
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 9))
		var b bytes.Buffer
		for range 1 + r.IntN(40) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		checkContext(t, d, b.Bytes(), seed&1 == 0, r)
	}
}

// Wherever a block ends, a word behind an escape is found.
func TestContextAtBlockEnds(t *testing.T) {
	d := contextDetector(t)
	for _, text := range []string{`\nssn `, `\nx `, `\tIPs`, `\u003ccard number `, `\u003ex `, `\rнé le téléphone`} {
		for pad := range 140 {
			raw := append(bytes.Repeat([]byte("."), pad), text...)
			s := new(scan)
			s.begin(d, &Text{Raw: raw, Escaped: true}, nil)
			s.read(&s.pro, &s.pro.mentions[0], 0, len(raw))
			if want := plainMentions(d.lexicon, raw, true, 0, len(raw)); s.pro.mentions[0].n != len(want) || len(want) == 0 {
				t.Errorf("%d phrases in %q, want %d and some", s.pro.mentions[0].n, raw, len(want))
			}
		}
	}
}

func FuzzContext(f *testing.F) {
	d := contextDetector(f)
	f.Add([]byte("000000000000000000000000000000XAa"), uint64(2))
	f.Add([]byte("0A\xb8X000000"), uint64(1))
	f.Add([]byte(`{"text":"ssn 123\\nIPs: card-Numbers téléphone 전화번호 x e-mail"}`), uint64(1))
	f.Fuzz(func(t *testing.T, raw []byte, seed uint64) {
		if len(raw) > 1<<12 {
			return
		}
		checkContext(t, d, raw, seed&1 == 0, rand.New(rand.NewPCG(seed, 1)))
	})
}

// Every context word of a lexicon is found where it stands, however it is written.
func TestHeads(t *testing.T) {
	d := contextDetector(t)
	for _, w := range contextWords {
		for _, form := range []string{w, w + "s", string(bytes.ToUpper([]byte(w))), string(bytes.Title([]byte(w)))} {
			for _, around := range []string{"%", "% ", " %", "a_%_a", "%5", "(%)"} {
				raw := bytes.ReplaceAll([]byte(around), []byte("%"), []byte(form))
				s := new(scan)
				s.begin(d, &Text{Raw: raw}, nil)
				s.read(&s.pro, &s.pro.mentions[0], 0, len(raw))
				if want := plainMentions(d.lexicon, raw, false, 0, len(raw)); s.pro.mentions[0].n != len(want) {
					t.Errorf("%d phrases in %q, want %d", s.pro.mentions[0].n, raw, len(want))
				} else if form == w && len(want) == 0 && utf8.ValidString(w) && around == "%" {
					t.Errorf("%q is not found", raw)
				}
			}
		}
	}
}

// Words are heard whatever stands between two of them, as far as it may, and in Turkish capitals.
func TestPhrasesAsTheyStand(t *testing.T) {
	x := newLexicon(1)
	for _, w := range []string{"kimlik", "vergi no", "id", "tax number"} {
		if !x.add(w, 0) {
			t.Fatal(w)
		}
	}
	for text, want := range map[string]int{
		"kimlik": 1, "KİMLİK": 1, "KIMLİK": 1, "KİMLIK": 1, "KİMLİKLER": 0, "vergi no": 1, "VERGİ NO": 1, "VERGİ-NO": 1, "İD": 1, "x İDs": 1,
		"tax number": 1, "tax - number": 1, "taxNumbers": 1, "tax_number": 1, "tax: \"number": 1, "tax 10 number": 0, "tax  -  number": 0, "tax — number": 0, "tax—number": 1,
	} {
		for pad := range 70 {
			raw := append(bytes.Repeat([]byte("."), pad), text...)
			s := new(scan)
			s.begin(&Detector{lexicon: x, against: x}, &Text{Raw: raw}, nil)
			s.read(&s.pro, &s.pro.mentions[0], 0, len(raw))
			if s.pro.mentions[0].n != want || len(plainMentions(x, raw, false, 0, len(raw))) != want {
				t.Errorf("%d phrases in %q, want %d", s.pro.mentions[0].n, raw, want)
			}
		}
	}
}

// What it costs to ask about a place at which nothing speaks, in a log.
func BenchmarkQuiet(b *testing.B) {
	d := testDetector(b)
	line := `2020-05-15T21:59:45.803772Z WARN [http-35] req=81696df349ba082b dur=268.959ms GET /api/v1/users/10205 status=327 bytes=6618531 retrying upstream\n`
	raw := bytes.Repeat([]byte(line), 100)
	s := new(scan)
	s.begin(d, &Text{Raw: raw, Escaped: true}, nil)
	b.Run("new place", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			start := len(line) * (i & 63)
			s.quiet(&s.pro, start, start+10)
		}
	})
	b.Run("same place", func(b *testing.B) {
		for b.Loop() {
			s.quiet(&s.pro, 1000, 1010)
		}
	})
}

// Whether it is asked before a match or behind it what speaks for it, the answer is the
// same, be there more phrases behind it than are kept.
func TestAskedFirst(t *testing.T) {
	d, err := New([]Rule{
		{ID: "a", Entity: "A", Tier: WithContext, Context: []string{"born"}, Patterns: []Pattern{{Expr: `[0-9]{6}(?:-[0-9]{1,240})?`, Guard: GuardWord}}},
		{ID: "b", Entity: "B", Tier: WithContext, Context: []string{"a"}, Fields: []string{"weight"}, Patterns: []Pattern{{Expr: `[0-9]{7}`, Guard: GuardWord}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.asleep) == 0 {
		t.Fatal("nothing sleeps")
	}
	none := strings.Repeat("123456 ", 40)
	for text, want := range map[string]int{
		"born 123456 born 123456 " + strings.Repeat("a ", 200): 2,
		none:               0,
		none + "1234567 a": 1,
		none + strings.Repeat(".", 50) + "born 123456 1234567": 1,
		none + `{"weight":"1234567"}`:                          1,
		none + `{"height":"1234567"}`:                          0,
	} {
		for range 2 { // the second time around what was learned is used
			if found := d.Append(nil, Text{Raw: []byte(text), Final: true}); len(found) != want {
				t.Errorf("%d findings, want %d, in …%s", len(found), want, text[max(0, len(text)-40):])
			}
		}
	}
}

// The digits of an escape are no words: the cc of \ub9cc speaks for no card.
func TestContextNotOfEscapes(t *testing.T) {
	d, err := New([]Rule{{ID: "card", Entity: "E", Tier: WithContext, Context: []string{"cc", "날"}, Patterns: []Pattern{{Expr: `[0-9]{4}-[0-9]{4}`, Guard: GuardDigit}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{
		`만 4111-1111`: 0, `\ub9cc 4111-1111`: 0, `\\ub9cc 4111-1111`: 0, `x\ub9cc](/a) 4111-1111`: 0, `4111-1111 \ub9cc`: 0,
		`cc 4111-1111`: 1, `\ub9cc cc 4111-1111`: 1, `\ub9cccc 4111-1111`: 1, `\u003ccc\u003e4111-1111`: 1, `\u003Ecc 4111-1111`: 1, `\u003ECC 4111-1111`: 1, `\u0026cc 4111-1111`: 1, `\\u003ccc 4111-1111`: 1, `u003ccc 4111-1111`: 0, `\ncc 4111-1111`: 1, `날 4111-1111`: 1,
	} {
		for pad := range 130 { // wherever blocks end
			raw := append(bytes.Repeat([]byte("."), pad), text...)
			if found := d.Append(nil, Text{Raw: raw, Escaped: true, Final: true}); len(found) != want {
				t.Fatalf("%d findings in %q, want %d", len(found), raw, want)
			}
		}
	}
}
