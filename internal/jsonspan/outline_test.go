package jsonspan

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// What is wrong below the routing levels is seen by what was kept of the reading of these: tokens in places where they may not
// be, and scalars that are none, wherever they stand in a block of 64 bytes.
func TestCheckRest(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 4))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	scalar := func() string {
		return pick(`"a"`, `"long, \"er\" :{}[] 0.5"`, "0", "1", "12", "305", "-7", "0.5", "12.25", "1e5", "2E-7", "3.0e+1", "1234567890123", "true", "false", "null", "10.0")
	}
	var value func(depth int) []string // its tokens
	value = func(depth int) (tokens []string) {
		if depth == 0 || r.IntN(4) == 0 {
			return []string{scalar()}
		}
		object := r.IntN(2) == 0
		open, end := "[", "]"
		if object {
			open, end = "{", "}"
		}
		tokens = append(tokens, open)
		for i := range r.IntN(5) {
			if i > 0 {
				tokens = append(tokens, ",")
			}
			if object {
				tokens = append(tokens, pick(`"n"`, `"name"`), ":")
			}
			tokens = append(tokens, value(depth-1)...)
		}
		return append(tokens, end)
	}
	wrong, right := 0, 0
	for range 20_000 {
		tokens := []string{"[", "[", "["}
		for i := range 1 + r.IntN(8) {
			if i > 0 {
				tokens = append(tokens, ",")
			}
			tokens = append(tokens, value(1+r.IntN(4))...)
		}
		tokens = append(tokens, "]", "]", "]")
		at := 3 + r.IntN(len(tokens)-6)
		if bracket := strings.Contains("[]{}", tokens[at]); r.IntN(4) > 0 {
			switch k := r.IntN(4); {
			case k == 0 && !bracket:
				tokens[at] = ""
			case k == 1 && !bracket:
				tokens[at] = pick(",", ":", scalar())
			case k == 2:
				tokens[at] += pick(" ,", " :", ` "x"`, " 1", "[]", "{}", ".5", "0", "e", " 1", "-", ".", "e5", "x")
			default:
				tokens[at] = pick(",", ":", "0", "00", "1.", ".", "-", "tru", `"x" `, "1 ", "{}", "[]", "") + tokens[at]
			}
		}
		between := strings.Repeat(" ", r.IntN(2)*r.IntN(3))
		text := []byte(strings.Repeat(" ", r.IntN(70)) + strings.Join(tokens, between) + strings.Repeat(" ", r.IntN(3)))
		var routing, whole Checker
		if routing.CheckRouting(text, 0) != nil {
			continue
		}
		if whole.Check(text, 0) == nil {
			right++
		} else {
			wrong++
		}
		alikeRest(t, text)
	}
	if wrong < 3000 || right < 3000 {
		t.Errorf("%d texts were right, and %d wrong only below the routing levels; want more", right, wrong)
	}
}
