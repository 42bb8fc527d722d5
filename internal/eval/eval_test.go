package eval_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/eval"
	"github.com/mcpveil/mcpveil/patterns"
)

func TestRead(t *testing.T) {
	const set = `{"id":7,"lang":"de","text":"Größe: a@b.example","spans":[{"s":9,"e":20,"t":"MAIL","v":"a@b.example"}]}

{"id":"b","text":"nothing","spans":[]}
`
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(set))
	_ = z.Close()
	for _, in := range []string{set, packed.String()} {
		got, err := eval.Read("f.jsonl", strings.NewReader(in))
		if err != nil || len(got) != 2 {
			t.Fatalf("Read = %d records, %v", len(got), err)
		}
		if r := got[0]; string(r.ID) != "7" || r.Lang != "de" || r.Line != 1 || len(r.Spans) != 1 || r.Spans[0].Start != 9 || r.Spans[0].Label != "MAIL" {
			t.Errorf("Read: first record is %+v", r)
		}
		if r := got[1]; r.Line != 3 || r.Text != "nothing" {
			t.Errorf("Read: second record is %+v", r)
		}
	}
}

// What is wrong with a set is told with file and line, and never with its text.
func TestReadRefuses(t *testing.T) {
	for in, want := range map[string]string{
		``:                      "f: holds no labelled text",
		`{"text":"secret"`:      "f:1: is no labelled text, ",
		`{"text":"secret"}`:     "f:1: lacks text or spans, ",
		`{"spans":[]}`:          "f:1: lacks text or spans, ",
		`{"text":1,"spans":[]}`: "f:1: is no labelled text, ",
		"{\"text\":\"\",\"spans\":[]}\n{\"text\":\"secret\",\"spans\":[{\"s\":0,\"e\":7,\"t\":\"X\"}]}": "f:2: spans[0] is from 0 to 7, of a text of 6 bytes",
		`{"text":"secret","spans":[{"s":1,"e":1,"t":"X"}]}`:                                             "f:1: spans[0] is from 1 to 1, ",
		`{"text":"secret","spans":[{"s":0,"e":1}]}`:                                                     "f:1: spans[0] has no label t",
		`{"text":"ö secret","spans":[{"s":2,"e":8,"t":"X","v":"secret"}]}`:                              "f:1: spans[0]: v is not what stands there: s and e count bytes of UTF-8",
		`{"text":"ö secret","spans":[{"s":1,"e":8,"t":"X"}]}`:                                           "f:1: spans[0] cuts through a character",
		"\x1f\x8bsecret": "f: ",
	} {
		_, err := eval.Read("f", strings.NewReader(in))
		if err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(want, "f: ")) || strings.Contains(err.Error(), "secret") {
			t.Errorf("Read(%q) = %v, want %s", in, err, want)
		}
	}
}

func TestLabels(t *testing.T) {
	known := []detect.Entity{"PERSON", "EMAIL_ADDRESS", "US_SSN", "GB_NHS", "EMPLOYEE"}
	l := eval.NewLabels(known)
	l.Set("Ticket-No", "EMPLOYEE")
	l.Set("name", "")
	for _, tt := range []struct {
		label, want string
		ok          bool
	}{
		{"EMAIL_ADDRESS", "EMAIL_ADDRESS", true},
		{"emailAddress", "EMAIL_ADDRESS", true},
		{"B-EMAIL", "EMAIL_ADDRESS", true},
		{"CORREO_ELECTRONICO", "EMAIL_ADDRESS", true},
		{"USSocialSecurityNumber", "US_SSN", true},
		{"SOCIAL_SECURITY_NUMBER", "US_SSN", true},
		{"I-PER", "PERSON", true},
		{"GIVENNAME2", "PERSON", true},
		{"NHS", "GB_NHS", true},             // what rules call it goes before what we would
		{"KOREA_RRN", "KR_RRN", true},       // no rule, still it is known what is meant
		{"employee", "EMPLOYEE", true},      // an entity of one's own
		{"TICKET_NO", "EMPLOYEE", true},     // what was set
		{"NAME", "", true},                  // left out
		{"FIRSTNAME", "PERSON", true},       // but not its synonyms
		{"ID_SUJETO_ASISTENCIA", "", false}, // may be anything
		{"", "", false}, {"12", "", false}, {"B-", "", false},
	} {
		if e, ok := l.Entity(tt.label); string(e) != tt.want || ok != tt.ok {
			t.Errorf("Entity(%q) = %q, %v, want %q, %v", tt.label, e, ok, tt.want, tt.ok)
		}
	}
}

// fixed is a detector that finds letters: a run of one letter is an entity of that name.
func fixed(t *testing.T, rules ...detect.Rule) *eval.Finder {
	t.Helper()
	det, err := detect.New(rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	return eval.NewFinder(det)
}

func rule(id, entity, expr string) detect.Rule {
	return detect.Rule{ID: id, Entity: detect.Entity(entity), Tier: detect.ByItself, Patterns: []detect.Pattern{{Expr: expr}}}
}

// A Finder finds what stands in the text and what an escape of nested JSON hides, and says where in the text.
func TestFinder(t *testing.T) {
	f := fixed(t, rule("a.1", "NUMBER", "N-[0-9]{4}"), rule("a.2", "NUMBER", "N-[0-9]{4}"), rule("a.3", "CODE", "N-[0-9]{3}"))
	for _, tt := range []struct{ text, want string }{
		{"nothing", ""},
		{"ö N-1234", "CODE N-123|NUMBER N-1234"},
		{"\"q\"\n\tN-1234\\", "CODE N-123|NUMBER N-1234"},
		{`{"a":"ö N-12\u0033\u0034 \"}`, `CODE N-12\u0033|NUMBER N-12\u0033\u0034`},
	} {
		var got []string
		for _, h := range f.Find(nil, tt.text) {
			got = append(got, fmt.Sprintf("%s %s", h.Entity, tt.text[h.Start:h.End]))
		}
		slices.Sort(got)
		if s := strings.Join(got, "|"); s != tt.want {
			t.Errorf("Find(%q) = %q, want %q", tt.text, s, tt.want)
		}
	}
}

func hit(start, end int, entity string, score float32) eval.Hit {
	return eval.Hit{Start: start, End: end, Entity: detect.Entity(entity), Rule: strings.ToLower(entity), Score: score}
}

func span(start, end int, label string) eval.Span {
	return eval.Span{Start: start, End: end, Label: label}
}

// Each row is a sentence: what was labelled, what was found, and what counts. The numbers are right, false, missed.
func TestScore(t *testing.T) {
	type counts = [3]int
	for _, tt := range []struct {
		name             string
		spans            []eval.Span
		hits             []eval.Hit
		half, exact, top counts
	}{
		{"found", []eval.Span{span(0, 10, "A")}, []eval.Hit{hit(0, 10, "A", .9)}, counts{1, 0, 0}, counts{1, 0, 0}, counts{1, 0, 0}},
		{"half of it", []eval.Span{span(0, 10, "A")}, []eval.Hit{hit(5, 10, "A", .9)}, counts{1, 0, 0}, counts{0, 1, 1}, counts{1, 0, 0}},
		{"less than half", []eval.Span{span(0, 10, "A")}, []eval.Hit{hit(6, 10, "A", .9)}, counts{0, 1, 1}, counts{0, 1, 1}, counts{0, 1, 1}},
		{"too much around it", []eval.Span{span(10, 20, "A")}, []eval.Hit{hit(0, 21, "A", .9)}, counts{0, 1, 1}, counts{0, 1, 1}, counts{0, 1, 1}},
		{"as another entity", []eval.Span{span(0, 10, "A")}, []eval.Hit{hit(0, 10, "B", .9)}, counts{0, 1, 1}, counts{0, 1, 1}, counts{0, 1, 1}},
		{"twice, once right", []eval.Span{span(0, 10, "A")}, []eval.Hit{hit(0, 10, "A", .5), hit(0, 10, "B", .9)}, counts{1, 0, 0}, counts{1, 0, 0}, counts{0, 1, 1}},
		{"twice, the right one is stronger", []eval.Span{span(0, 10, "A")}, []eval.Hit{hit(0, 10, "A", .9), hit(0, 10, "B", .5)}, counts{1, 0, 0}, counts{1, 0, 0}, counts{1, 0, 0}},
		{"two readings, both wrong", nil, []eval.Hit{hit(0, 10, "A", .9), hit(5, 12, "B", .5)}, counts{0, 1, 0}, counts{0, 1, 0}, counts{0, 1, 0}},
		{"two wrong ones side by side", nil, []eval.Hit{hit(0, 10, "A", .9), hit(10, 12, "A", .5)}, counts{0, 2, 0}, counts{0, 2, 0}, counts{0, 2, 0}},
		{"one for two", []eval.Span{span(0, 10, "A"), span(10, 20, "A")}, []eval.Hit{hit(0, 20, "A", .9)}, counts{1, 0, 1}, counts{0, 1, 2}, counts{1, 0, 1}},
		{"two for one", []eval.Span{span(0, 20, "A")}, []eval.Hit{hit(0, 10, "A", .9), hit(10, 20, "A", .9)}, counts{1, 1, 0}, counts{0, 2, 1}, counts{1, 1, 0}},
		{"the better of two", []eval.Span{span(0, 10, "A")}, []eval.Hit{hit(0, 6, "A", .9), hit(0, 10, "A", .6)}, counts{1, 0, 0}, counts{1, 0, 0}, counts{1, 0, 0}},
		{"left out", []eval.Span{span(0, 10, "OUT")}, []eval.Hit{hit(0, 10, "A", .9)}, counts{}, counts{}, counts{}},
		{"half in what is left out", []eval.Span{span(0, 10, "OUT")}, []eval.Hit{hit(5, 15, "A", .9)}, counts{}, counts{}, counts{}},
		{"less than half in it", []eval.Span{span(0, 10, "OUT")}, []eval.Hit{hit(6, 15, "A", .9)}, counts{0, 1, 0}, counts{0, 1, 0}, counts{0, 1, 0}},
		{"in what nobody knows", []eval.Span{span(0, 10, "WHATEVER")}, []eval.Hit{hit(0, 10, "A", .9)}, counts{0, 1, 0}, counts{0, 1, 0}, counts{0, 1, 0}},
		{"what is not scored", []eval.Span{span(0, 10, "C")}, []eval.Hit{hit(0, 10, "C", .9)}, counts{}, counts{}, counts{}},
		{"what is not scored is no name for it", []eval.Span{span(0, 10, "C")}, []eval.Hit{hit(0, 10, "A", .9)}, counts{0, 1, 0}, counts{0, 1, 0}, counts{0, 1, 0}},
		{"left out by what stands there", []eval.Span{span(20, 26, "A")}, []eval.Hit{hit(20, 26, "A", .9)}, counts{}, counts{}, counts{}},
	} {
		labels := eval.NewLabels([]detect.Entity{"A", "B", "C"})
		labels.Set("OUT", "")
		s := eval.NewScorer(labels, []detect.Entity{"A", "B"})
		s.LeaveOut(func(_ eval.Span, value string) bool { return value == "Monday" })
		miss, wrong := 0, 0
		s.OnMistake(func(m eval.Mistake) {
			if m.Miss {
				miss++
			} else {
				wrong++
			}
		})
		s.Add(&eval.Record{Text: strings.Repeat(".", 20) + "Monday" + strings.Repeat(".", 4), Spans: tt.spans}, tt.hits)
		r := s.Report()
		of := func(t eval.Tally) counts { return counts{t.Right, t.False, t.Missed} }
		if of(r.Half) != tt.half || of(r.Exact) != tt.exact || of(r.StrongestHalf) != tt.top {
			t.Errorf("%s: half %v, exact %v, strongest %v, want %v, %v, %v", tt.name, of(r.Half), of(r.Exact), of(r.StrongestHalf), tt.half, tt.exact, tt.top)
		}
		if wrong != tt.half[1] || miss != tt.half[2] {
			t.Errorf("%s: told of %d false hits and %d misses, want %d and %d", tt.name, wrong, miss, tt.half[1], tt.half[2])
		}
		if r.Bytes != 30 || r.PerMB(r.Half.False) != float64(r.Half.False)*1e6/30 {
			t.Errorf("%s: %d bytes, %v false a MB", tt.name, r.Bytes, r.PerMB(r.Half.False))
		}
	}
}

func TestTally(t *testing.T) {
	c := eval.Tally{Right: 6, False: 2, Missed: 4}
	if c.Precision() != .75 || c.Recall() != .6 || c.F1() != 12./18 {
		t.Errorf("P %v R %v F1 %v, want .75, .6 and %v", c.Precision(), c.Recall(), c.F1(), 12./18)
	}
}

// What labels are taken for, beside what the packs find: a label of each scheme means an entity that there is.
func TestLabelsOfPacks(t *testing.T) {
	var known []detect.Entity
	for _, name := range patterns.Names() {
		p, err := patterns.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		known = append(known, p.Entities()...)
	}
	l := eval.NewLabels(known)
	for label, want := range map[string]detect.Entity{
		"INTERNATIONAL_BANK_ACCOUNT_NUMBER": "IBAN_CODE", "CreditCardNumber": "CREDIT_CARD", "KOREA_RRN": "KR_RRN", "UK_NHS": "UK_NHS",
		"NUMERO_FAX": "PHONE_NUMBER", "PHONENUMBER": "PHONE_NUMBER", "IPV6": "IP_ADDRESS", "PERSON_NAME": "PERSON", "CALLE": "STREET_ADDRESS",
		"JSON_WEB_TOKEN": "JSON_WEB_TOKEN", "DATEOFBIRTH": "DATE_OF_BIRTH", "INDIA_AADHAAR_INDIVIDUAL": "IN_AADHAAR", "CPF": "BR_CPF",
	} {
		if e, ok := l.Entity(label); !ok || e != want || !l.Known(e) {
			t.Errorf("Entity(%s) = %s, %v, known %v, want %s", label, e, ok, l.Known(e), want)
		}
	}
	for _, e := range known { // an entity's own name means it
		if got, ok := l.Entity(string(e)); !ok || got != e {
			t.Errorf("Entity(%s) = %s, %v", e, got, ok)
		}
	}
}

func TestEntities(t *testing.T) {
	l := eval.NewLabels([]detect.Entity{"EMAIL_ADDRESS", "PERSON"})
	l.Set("NOISE", "")
	records := []eval.Record{
		{Text: "xxxx", Spans: []eval.Span{span(0, 1, "MAIL"), span(1, 2, "NOISE"), span(2, 3, "WHATEVER")}},
		{Text: "xxxx", Spans: []eval.Span{span(0, 1, "E-Mail"), span(1, 2, "AGE")}},
	}
	if d := cmp.Diff([]detect.Entity{"EMAIL_ADDRESS"}, eval.Entities(records, l)); d != "" {
		t.Errorf("Entities (-want +got):\n%s", d)
	}
}

// No label stands in two lines: it would mean the first in silence.
func TestSynonyms(t *testing.T) {
	lines := map[string]int{}
	for i, line := range eval.Synonyms {
		for name := range strings.FieldsSeq(line) {
			plain := eval.PlainLabel(name)
			if before, ok := lines[plain]; ok && before != i {
				t.Errorf("%s stands in line %d and in line %d", name, before, i)
			}
			lines[plain] = i
		}
	}
	if len(lines) < 400 {
		t.Errorf("only %d labels", len(lines))
	}
}
