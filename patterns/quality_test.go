package patterns_test

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"os"
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

// TestQuality measures what is found in labelled texts: same entity, and half of the
// bytes of both in common. The floors are what the best of the detectors that were
// measured beforehand reached; ours are higher, and may not fall.
func TestQuality(t *testing.T) {
	det, err := detect.New(patterns.Rules(all(t)...), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range []struct {
		name              string
		precision, recall float64
	}{
		{"presidio_synth_v2", 0.97, 0.95},
		{"piianon_test_adversarial", 0.99, 0.98},
		{"meddocan_dev", 0.99, 0.97},
	} {
		t.Run(set.name, func(t *testing.T) {
			by := map[detect.Entity]*tally{}
			var sum tally
			for _, r := range readLabelled(t, "data/dev/"+set.name+".jsonl.gz") {
				count(by, det, r)
			}
			for entity, c := range by {
				t.Logf("%-14s P %.3f R %.3f of %d", entity, c.precision(), c.recall(), c.hit+c.missed)
				sum.hit, sum.wrong, sum.missed = sum.hit+c.hit, sum.wrong+c.wrong, sum.missed+c.missed
			}
			t.Logf("%-14s P %.3f R %.3f F1 %.3f", "all", sum.precision(), sum.recall(), sum.f1())
			if sum.precision() < set.precision || sum.recall() < set.recall {
				t.Errorf("P %.3f R %.3f, want %.2f and %.2f at least", sum.precision(), sum.recall(), set.precision, set.recall)
			}
		})
	}
}

// count adds to by what det finds in r and what it does not.
func count(by map[detect.Entity]*tally, det *detect.Detector, r record) {
	of := func(e detect.Entity) *tally {
		if by[e] == nil {
			by[e] = &tally{}
		}
		return by[e]
	}
	taken := make([]bool, len(r.Spans))
	for _, f := range strongest(det.Append(nil, detect.Text{Raw: []byte(r.Text), Final: true})) {
		hit := false
		for i, s := range r.Spans {
			common := min(s.E, f.End) - max(s.S, f.Start)
			if !taken[i] && !hit && labels[s.T] == f.Rule.Entity && 2*common >= max(s.E, f.End)-min(s.S, f.Start) {
				taken[i], hit = true, true
			}
		}
		switch {
		case hit:
			of(f.Rule.Entity).hit++
		case slices.Contains([]detect.Entity{"EMAIL_ADDRESS", "PHONE_NUMBER", "US_SSN", "IP_ADDRESS", "CREDIT_CARD", "IBAN_CODE"}, f.Rule.Entity):
			of(f.Rule.Entity).wrong++
		}
	}
	for i, s := range r.Spans {
		if e, ok := labels[s.T]; ok && !taken[i] {
			of(e).missed++
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
