package detect

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// checkExplained compares what Explain says is reported with what Append reports, and the
// sums of what it says with the scores.
func checkExplained(t *testing.T, d *Detector, text Text) (all []Explanation) {
	t.Helper()
	want := d.Append(nil, text)
	all = d.Explain(text)
	var got []Finding
	for _, x := range all {
		if x.Outcome == Reported {
			got = append(got, Finding{Rule: x.Rule, Start: x.Start, End: x.End, Score: x.Score, Cut: x.Cut})
		}
		sum := int(100*(x.Checked+x.Context+x.Against+x.ByField+x.Company) + .5)
		if x.Outcome == Reported && x.Checked >= .99 {
			continue // nothing else is asked
		}
		if want := int(100*x.Score + .5); max(0, min(sum, 100)) != want {
			t.Errorf("in %q: %+v: the sum is %d", text.Raw, x, sum)
		}
	}
	slices.SortFunc(got, order)
	if !same(got, want) {
		t.Fatalf("in %q (escaped %v) Explain reports\n%s, Append\n%s", text.Raw, text.Escaped, show(got), show(want))
	}
	return all
}

func TestExplainAgrees(t *testing.T) {
	d := testDetector(t)
	seen := make(map[Outcome]int)
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 77))
		text := Text{Raw: randomPII(r, 8), Escaped: seed%2 == 0, Final: true}
		if seed%5 == 0 {
			text.Key = []byte([]string{"password", "ssn", "cvv", "first_name"}[r.IntN(4)])
		}
		for _, x := range checkExplained(t, d, text) {
			seen[x.Outcome]++
		}
	}
	for o := Reported; o <= Incomplete; o++ {
		if seen[o] == 0 && o != TooLow && o != Placeholder {
			t.Errorf("no explanation says %v", o)
		}
	}
}

// What is said of one value, in words.
func TestExplain(t *testing.T) {
	d, err := New([]Rule{
		{ID: "ssn", Entity: "US_SSN", Tier: WithContext, Context: []string{"ssn", "social security"}, Against: []string{"order"}, Fields: []string{"tax id"},
			Patterns: []Pattern{{Expr: `[0-9]{3}-[0-9]{2}-[0-9]{4}`, Guard: GuardDigit}}},
		{ID: "card", Entity: "CREDIT_CARD", Tier: ByItself, Checks: []Check{{"luhn", Require}}, Patterns: []Pattern{{Expr: `4[0-9]{15}`, Guard: GuardDigit}}},
		{ID: "aws", Entity: "AWS_KEY", Tier: ByItself, Patterns: []Pattern{{Expr: `AKIA[A-Z2-7]{16}`, Guard: GuardWord}}},
		{ID: "name", Entity: "PERSON", Tier: ByField, MaxLen: 64, Fields: []string{"name"}, Parents: []string{"user"}},
		{ID: "password", Entity: "PASSWORD", Tier: ByField, Fields: []string{"password"}},
		{ID: "email", Entity: "EMAIL_ADDRESS", Tier: ByItself, MaxLen: 99, Patterns: []Pattern{{Expr: `[a-z.]+@[a-z]+\.[a-z]{2,9}`, Guard: GuardWord}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, want string }{
		{"123-45-6789", "ssn 0:11 unsupported .30 .30"},
		{"my ssn: 123-45-6789", "ssn 8:19 reported .30 +ssn=.35 .65"},
		{"ssn of order 123-45-6789", "ssn 13:24 too low .30 +ssn -order=.05 .35"},
		{`{"tax_id":"123-45-6789"}`, "ssn 11:22 reported .30 field tax id=.45 .75"},
		{`{"old_tax_id":"123-45-67890"}`, "ssn 15:26 guarded .30 field tax id=.45 .75"},
		{"4111111111111111", "card 0:16 reported .60 luhn ok→.85 .85"},
		{"4111111111111112", "card 0:16 check failed .60 luhn no→.30 .30"},
		{"41111111111111111", "card 0:16 guarded .60 luhn ok→.85 .85"},
		{"1.4111111111111111", "card 2:18 guarded .60 luhn ok→.85 .85"},
		{"1.5e4111111111111111", "card 4:20 masked float .60 luhn ok→.85 .85"},
		{"key AKIAABCDEFGHIJKLMNOP.", "aws 4:24 reported .85 .85"},
		{"key AKIAABCDEFGHIJKL.", "aws 4:20 incomplete .85 .85"},
		{`{"user":{"name":"Jane"}}`, "name 17:21 reported .10 field name kin=.45 .55"},
		{`{"tool":{"name":"Jane"}}`, "name 17:21 unsupported .10 field name no kin .10"},
		{`{"password":"******"}`, "password 13:19 placeholder .10 field password=.45 .55"},
		{`{"db_password":"hunter2"}`, "password 16:23 too low .10 field password partial=.30 .40"},
		{"to jane.doe@example.org.", "email 3:23 reported .60 .60"},
	} {
		var got []string
		for _, x := range checkExplained(t, d, Text{Raw: []byte(c.text), Escaped: strings.Contains(c.text, `\`), Final: true}) {
			got = append(got, inWords(c.text, x))
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.text, s, c.want)
		}
	}
}

func inWords(text string, x Explanation) string {
	dec := func(f float32) string { return strings.TrimPrefix(fmt.Sprintf("%.2f", f), "0") }
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d:%d %v", x.Rule.ID, x.Start, x.End, x.Outcome)
	if x.Token != NoToken {
		fmt.Fprintf(&b, " %v", x.Token)
	}
	fmt.Fprintf(&b, " %s", dec(x.Base))
	for _, c := range x.Checks {
		ok := "no"
		if c.Passed {
			ok = "ok"
		}
		fmt.Fprintf(&b, " %s %s→%s", c.Name, ok, dec(x.Checked))
	}
	for _, w := range x.Words {
		sign := "+"
		if w.Against {
			sign = "-"
		}
		fmt.Fprintf(&b, " %s%s", sign, text[w.Start:w.End])
	}
	if x.Words != nil {
		fmt.Fprintf(&b, "=%s", dec(x.Context+x.Against))
	}
	if f := x.Field; f.Name != "" {
		fmt.Fprintf(&b, " field %s", f.Name)
		if f.Partial {
			b.WriteString(" partial")
		}
		if f.HasKin {
			b.WriteString(" kin")
		} else if f.Kin {
			b.WriteString(" no kin")
		}
		if x.ByField != 0 {
			fmt.Fprintf(&b, "=%s", dec(x.ByField))
		}
	}
	fmt.Fprintf(&b, " %s", dec(x.Score))
	return b.String()
}
