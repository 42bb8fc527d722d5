package detect_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
)

// TestColumns: the name of a column speaks for what stands under it, as that of a member does.
func TestColumns(t *testing.T) {
	rule := detect.Rule{
		ID: "t.1", Entity: "PHONE", Patterns: []detect.Pattern{{Expr: `[0-9]{3} [0-9]{4}`, Guard: detect.GuardWord}},
		Tier: detect.WithContext, Fields: []string{"phone", "home phone"},
	}
	other := detect.Rule{ID: "t.2", Entity: "CITY", Tier: detect.ByField, Fields: []string{"city"}, Patterns: []detect.Pattern{{Expr: `[a-z]{99}`}}}
	d, err := detect.New([]detect.Rule{rule, other}, nil)
	if err != nil {
		t.Fatal(err)
	}
	long := "name,phone,city\n" + strings.Repeat("ann,none,rome\n", 300)
	for _, test := range []struct {
		text    string
		escaped bool
		want    string
	}{
		{"name,phone,city\nann,555 1234,rome\nbob,555 4321,oslo\n", false, "555 1234|555 4321"},
		{"name,phone,city\nann,rome,555 1234\n", false, ""},                  // another column
		{"so:\n555 9999,phone,city\nann,555 1234,rome\n", false, "555 1234"}, // its first row is looked at by itself before
		{"name;home phone\nann;555 1234\n", false, ""},                       // one known name of two may be chance
		{"city;home phone\nrome;555 1234", false, "555 1234"},
		{"name\tphone\tcity\r\nann\t555 1234\trome\r\n", false, "555 1234"},
		{"Here they are:\n\n| Name | Phone | City |\n|---|---|---|\n| ann | 555 1234 | rome |\n\ndone", false, "555 1234"},
		{"\"name\",\"phone\",\"city\"\n\"doe, ann\",\"555 1234\",\"rome\"", false, "555 1234"},
		{"the name, phone, city\nann, 555 1234, rome, or so", false, ""},                                  // another number of cells
		{"call: phone, city, name\n1,555 1234,3\n", false, ""},                                            // a sentence
		{"id=1, phone=2, city=3\n1,555 1234,3\n", false, ""},                                              // members, not names
		{"name,phone,city\n\nann,555 1234,rome\n", false, ""},                                             // the table has ended
		{`{"text":"name,phone,city\nann,555 1234,rome\n","n":1}`, true, "555 1234"},                       // in JSON
		{`{"text":"name,phone,city\n\"doe, ann\",\"555 1234\",rome\n"}`, true, "555 1234"},                // quoted there
		{`{"text":"{\"csv\":\"name,phone,city\\nann,555 1234,rome\\n\"}"}`, true, ""},                     // no name begins so
		{`{"a":"x,phone,y","text":"ann,555 1234,rome"}`, true, ""},                                        // two strings
		{`{"text":"name\tphone\tcity\nann\t555 1234\trome"}`, true, "555 1234"},                           // tabs
		{long + "ann,555 1234,rome\n", false, "555 1234"},                                                 // far below
		{long + long[16:] + "ann,555 1234,rome\n", false, ""},                                             // too far: see maxTable
		{"name,phone,city\n" + strings.Repeat("x", 2000) + ",,\nann,555 1234,rome\n", false, ""},          // a line too long to read
		{"phone,phone,phone\n555 1234,555 1235,555 1236", false, "555 1234|555 1235|555 1236"},            // the first cell
		{"a,b,phone" + strings.Repeat(",c", 40) + "\n1,2,555 1234" + strings.Repeat(",3", 40), false, ""}, // too many
	} {
		var got []string
		for _, f := range d.Append(nil, detect.Text{Raw: []byte(test.text), Escaped: test.escaped, Final: true}) {
			if f.Rule.ID == "t.1" {
				got = append(got, test.text[f.Start:f.End])
			}
		}
		if s := strings.Join(got, "|"); s != test.want {
			t.Errorf("%.80q: %q, want %q", test.text, s, test.want)
		}
	}
}

// TestColumnsInWindows: what is found in a window of a table is what is found there in the whole.
func TestColumnsInWindows(t *testing.T) {
	d, err := detect.New([]detect.Rule{{
		ID: "t.1", Entity: "PHONE", Patterns: []detect.Pattern{{Expr: `[0-9]{3} [0-9]{4}`, Guard: detect.GuardWord}},
		Tier: detect.WithContext, Fields: []string{"phone", "city"},
	}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for k := range 4 {
		b.WriteString("intro\n\nname,phone,city\n")
		for i := range 400 {
			fmt.Fprintf(&b, "person %d,555 %04d,rome %s\n", i, k*1000+i, strings.Repeat("x", i%7))
		}
	}
	raw := []byte(b.String())
	whole := d.Append(nil, detect.Text{Raw: raw, Final: true})
	before, after := d.Margins()
	var parts []detect.Finding
	const step = 777
	for from := 0; from < len(raw); from += step {
		to := min(from+step, len(raw))
		low, high := max(0, from-before), min(len(raw), to+after)
		for _, f := range d.Append(nil, detect.Text{Raw: raw[low:high], From: from - low, To: to - low, Final: high == len(raw)}) {
			f.Start, f.End = f.Start+low, f.End+low
			parts = append(parts, f)
		}
	}
	if len(whole) < 800 || len(parts) != len(whole) {
		t.Fatalf("%d findings in the whole, %d in windows", len(whole), len(parts))
	}
	for i := range whole {
		if whole[i].Start != parts[i].Start {
			t.Fatalf("finding %d begins at %d in the whole, at %d in a window", i, whole[i].Start, parts[i].Start)
		}
	}
}
