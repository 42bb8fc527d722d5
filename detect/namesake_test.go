package detect

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// What is kept of a name is what is found by looking it up, whatever was met before.
func TestNamesake(t *testing.T) {
	rules := append(testRules(), Rule{ID: "person", Entity: "P", Tier: ByField, Fields: []string{"name"}, Parents: []string{"customer"}, Siblings: []string{"phone", "e-mail"}})
	d, err := New(rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	parts := []string{"name", "Name", "e", "-", "mail", "ssn", "SSN", "customer", "s", "_", "phone", "전화", "é", "1", " ", "x", "structuredContent", "'", "\\", "\x00", "\xff", "\n"}
	s := &scan{d: d}
	for seed := range uint64(30000) {
		r := rand.New(rand.NewPCG(seed, 3))
		var b strings.Builder
		b.WriteString(strings.Repeat(" ", r.IntN(30)))
		quote := "\"'"[r.IntN(2)]
		b.WriteByte(quote)
		for range r.IntN(6) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		s.raw = []byte(b.String())
		end := len(s.raw)
		s.raw = append(s.raw, quote, ':')
		from := strings.LastIndexByte(string(s.raw[:end]), quote) + 1
		name := s.raw[from:end]
		e := s.namesake(end, quote)
		if e == nil {
			if len(name) > 0 && len(name) < maxNamesake {
				t.Fatalf("no namesake of %q in %q", name, s.raw)
			}
			continue
		}
		if f := d.fields.find(name); e.field != f {
			t.Fatalf("field of %q in %q is %v, want %v", name, s.raw, e.field, f)
		}
		f := uint16(0)
		if d.kin.mayEnd(s.raw, end, quote) {
			f = d.familyOf(name)
		}
		if e.family != f {
			t.Fatalf("families of %q in %q are %b, want %b", name, s.raw, e.family, f)
		}
		if v := d.anyValues(e.field); e.values != v {
			t.Fatalf("values of %q in %q: %v, want %v", name, s.raw, e.values, v)
		}
	}
}

// Names that differ in their first bytes only are not taken for each other.
func TestNamesakeBeginnings(t *testing.T) {
	d, err := New([]Rule{{ID: "a", Entity: "A", Tier: ByField, Fields: []string{"xa structured content b", "a structured content b"}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &scan{d: d}
	for i := range 20_000 {
		name := "structuredContentB"
		for range i%5 + 1 {
			name = string(" ax_-"[i%5]) + name
			i /= 5
		}
		s.raw = []byte(`"` + name + `":`)
		e := s.namesake(len(s.raw)-2, '"')
		if len(name) >= maxNamesake {
			continue
		}
		if f := d.fields.find([]byte(name)); e.field != f {
			t.Fatalf("field of %q is %v, want %v", name, e.field, f)
		}
	}
}
