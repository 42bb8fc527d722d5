package detect

import (
	"strings"
	"testing"
)

// Where all that is looked for are numbers, they are found wherever they stand in a text.
func TestOnlyNumbers(t *testing.T) {
	const number = "4111111111111111"
	for _, guard := range []Guard{GuardNone, GuardWord, GuardDigit} {
		d, err := New([]Rule{{ID: "r", Entity: "e", Patterns: []Pattern{{Expr: "[0-9]{16}", Guard: guard}}, Tier: ByItself}}, &Options{MinScore: .1})
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Repeat("abc de ", 1500)
		d.Append(nil, Text{Raw: []byte(words), Final: true}) // which has none
		for at := 1; at < 10_000; at += 97 {
			text := words[:at] + " " + number + " " + words[at:]
			found := d.Append(nil, Text{Raw: []byte(text), Final: true})
			if len(found) != 1 || text[found[0].Start:found[0].End] != number {
				t.Fatalf("guard %d, number at %d of %d: found %v", guard, at+1, len(text), found)
			}
		}
	}
}
