package detect

import (
	"strings"
	"testing"
)

// A lane is awake in a table, wherever in it a window begins, be its rows longer than what is read before.
func TestAwakeInTable(t *testing.T) {
	d, err := New([]Rule{{ID: "a", Entity: "A", Tier: WithContext, Fields: []string{"policy"}, Patterns: []Pattern{{Expr: `[0-9]{8}`, Guard: GuardWord}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.asleep) == 0 {
		t.Fatal("nothing sleeps")
	}
	for _, filler := range []string{strings.Repeat("x", 600), strings.Repeat("1234 ", 120)} { // few numbers, and many
		text := "id|notes|policy\n" + strings.Repeat("1|"+filler+"|12345678\n", 6)
		for at := len("id|notes|policy\n1|") + len(filler) + 1; at < len(text); at += len("1||12345678\n") + len(filler) {
			if found := d.Append(nil, Text{Raw: []byte(text), From: at, To: at + 1, Seen: true, Final: true}); len(found) != 1 {
				t.Errorf("%d findings at %d, want 1", len(found), at)
			}
		}
	}
}

// What sleeps is not counted, nor looked for.
func TestCandidatesAsleep(t *testing.T) {
	d, err := New([]Rule{{ID: "a", Entity: "A", Tier: WithContext, Context: []string{"policy"}, Patterns: []Pattern{{Expr: `[0-9]{8}`, Guard: GuardWord}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	count := func(text string) (sum int64) {
		for _, n := range d.Candidates(nil, []byte(text), false) {
			sum += n
		}
		return sum
	}
	numbers := strings.Repeat("12345678 ", 200)
	if n := count(numbers); n != 0 {
		t.Errorf("%d candidates where nothing speaks, want none", n)
	}
	if n := count(numbers + "policy " + numbers); n == 0 || n > 40 {
		t.Errorf("%d candidates around a word, want a few", n)
	}
}
