package patterns_test

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/testenv"
	"github.com/mcpveil/mcpveil/patterns"
)

// labels maps what the labelled sets call a value to our entity.
var labels = map[string]detect.Entity{
	"EMAIL_ADDRESS": "EMAIL_ADDRESS", "CORREO_ELECTRONICO": "EMAIL_ADDRESS",
	"PHONE_NUMBER": "PHONE_NUMBER", "NUMERO_TELEFONO": "PHONE_NUMBER", "NUMERO_FAX": "PHONE_NUMBER",
	"SOCIAL_SECURITY_NUMBER": "US_SSN", "US_SSN": "US_SSN", "IP_ADDRESS": "IP_ADDRESS", "CREDIT_CARD": "CREDIT_CARD", "IBAN_CODE": "IBAN_CODE",
	"DOMAIN_NAME": "URL", "DATE_TIME": "DATE_TIME", "FECHAS": "DATE_TIME",
}

// measured are the entities that are counted. A date of birth is a date too.
var measured = map[detect.Entity]detect.Entity{
	"EMAIL_ADDRESS": "EMAIL_ADDRESS", "PHONE_NUMBER": "PHONE_NUMBER", "US_SSN": "US_SSN", "IP_ADDRESS": "IP_ADDRESS",
	"CREDIT_CARD": "CREDIT_CARD", "IBAN_CODE": "IBAN_CODE", "URL": "URL", "DATE_TIME": "DATE_TIME", "DATE_OF_BIRTH": "DATE_TIME",
}

type span struct {
	S, E int
	T    string
}

type record struct {
	Text  string
	Spans []span
}

type tally struct{ hit, wrong, missed int }

func (t tally) precision() float64 { return float64(t.hit) / float64(max(1, t.hit+t.wrong)) }
func (t tally) recall() float64    { return float64(t.hit) / float64(max(1, t.hit+t.missed)) }
func (t tally) f1() float64        { return 2 * float64(t.hit) / float64(max(1, 2*t.hit+t.wrong+t.missed)) }

// A labelledSet is a file of labelled texts, and what is to be reached on it.
type labelledSet struct {
	name                  string
	entities              []detect.Entity // counted; all others are left out on both sides
	precision, recall, f1 float64
}

var (
	contact = []detect.Entity{"EMAIL_ADDRESS", "PHONE_NUMBER", "US_SSN", "IP_ADDRESS"}
	eight   = append([]detect.Entity{"CREDIT_CARD", "IBAN_CODE", "URL", "DATE_TIME"}, contact...)
)

// TestQuality measures what is found in labelled texts: same entity, and half of the
// bytes of both in common. Under recall dates and URLs are counted too, by default they are not found.
// The floors are below what is reached and above what the best of the detectors that were measured beforehand
// did; they may not fall.
func TestQuality(t *testing.T) {
	for _, test := range []struct {
		profile patterns.Profile
		sets    []labelledSet
	}{
		{patterns.Balanced, []labelledSet{
			{"presidio_synth_v2", slices.DeleteFunc(slices.Clone(eight), func(e detect.Entity) bool { return e == "URL" || e == "DATE_TIME" }), .97, .95, .97},
			{"piianon_test_adversarial", contact, .99, .98, .985},
			{"meddocan_dev", contact, .99, .97, .98},
		}},
		{patterns.Recall, []labelledSet{
			{"presidio_synth_v2", eight, .97, .95, .96},
			{"piianon_test_adversarial", contact, .99, .98, .985},
			{"meddocan_dev", []detect.Entity{"EMAIL_ADDRESS", "PHONE_NUMBER", "DATE_TIME"}, .97, .93, .95},
		}},
	} {
		det, err := detect.New(patterns.Select(test.profile, all(t)...))
		if err != nil {
			t.Fatal(err)
		}
		for _, set := range test.sets {
			t.Run(test.profile.String()+"/"+set.name, func(t *testing.T) {
				by := map[detect.Entity]*tally{}
				for _, e := range set.entities {
					by[e] = &tally{}
				}
				for _, r := range readLabelled(t, "data/dev/"+set.name+".jsonl.gz") {
					count(by, det, r)
				}
				var sum tally
				for _, entity := range set.entities {
					c := by[entity]
					t.Logf("%-14s P %.3f R %.3f of %d", entity, c.precision(), c.recall(), c.hit+c.missed)
					sum.hit, sum.wrong, sum.missed = sum.hit+c.hit, sum.wrong+c.wrong, sum.missed+c.missed
				}
				t.Logf("%-14s P %.3f R %.3f F1 %.3f", "all", sum.precision(), sum.recall(), sum.f1())
				if sum.precision() < set.precision || sum.recall() < set.recall || sum.f1() < set.f1 {
					t.Errorf("P %.3f R %.3f F1 %.3f, want %.3f, %.3f and %.3f at least", sum.precision(), sum.recall(), sum.f1(), set.precision, set.recall, set.f1)
				}
			})
		}
	}
}

// month tells the labels of dates that are counted: those that have the number or the name of a
// month or a day in them. What is labelled with a bare year, or a weekday, is nothing that patterns could find.
var month = regexp.MustCompile(`(?i)[0-9]{1,2}[-/. ]|[-/. ][0-9]{1,2}\b|jan|ene|feb|mar|a[pb]r|ma[yi]|ju[nl]|aug|ago|sep|set|o[ck]t|nov|de[cz]|dic`)

func undated(s span, text string) bool {
	return labels[s.T] == "DATE_TIME" && !month.MatchString(text[s.S:s.E])
}

// verbose prints what is missed and what is wrong: for the people who write rules, by hand.
var verbose = os.Getenv("QUALITY_VERBOSE") != ""

// count adds to by what det finds in r and what it does not.
func count(by map[detect.Entity]*tally, det *detect.Detector, r record) {
	taken := make([]bool, len(r.Spans))
	for _, f := range strongest(det.Append(nil, detect.Text{Raw: []byte(r.Text), Final: true})) {
		hit, left := false, false
		entity := measured[f.Rule.Entity]
		for i, s := range r.Spans {
			common := min(s.E, f.End) - max(s.S, f.Start)
			left = left || common > 0 && undated(s, r.Text)
			if !taken[i] && !hit && labels[s.T] == entity && 2*common >= max(s.E, f.End)-min(s.S, f.Start) {
				taken[i], hit = true, true
			}
		}
		c := by[entity]
		switch {
		case c == nil || left:
		case hit:
			c.hit++
		default:
			c.wrong++
			if verbose {
				fmt.Printf("wrong %s %s %q\n", f.Rule.ID, entity, r.Text[max(0, f.Start-30):min(len(r.Text), f.End+10)])
			}
		}
	}
	for i, s := range r.Spans {
		if c := by[labels[s.T]]; c != nil && !taken[i] && !undated(s, r.Text) {
			c.missed++
			if verbose {
				fmt.Printf("missed %s %q\n", s.T, r.Text[max(0, s.S-30):min(len(r.Text), s.E+10)])
			}
		}
	}
}

// strongest leaves of findings that overlap the one with the higher score, then the longer.
func strongest(all []detect.Finding) (kept []detect.Finding) {
	slices.SortStableFunc(all, func(a, b detect.Finding) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.End-b.Start, a.End-a.Start))
	})
	for _, f := range all {
		if !slices.ContainsFunc(kept, func(k detect.Finding) bool { return f.Start < k.End && k.Start < f.End }) {
			kept = append(kept, f)
		}
	}
	return kept
}

func readLabelled(t *testing.T, rel string) (records []record) {
	t.Helper()
	file, err := os.Open(testenv.Shared(t, rel))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var r record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	if lines.Err() != nil || len(records) == 0 {
		t.Fatalf("%s: %d records, %v", rel, len(records), lines.Err())
	}
	return records
}
