package detect

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// What is all of an epoch is not tried, and nothing is lost by that: what is shorter, longer or no epoch is found.
func TestEpochs(t *testing.T) {
	rule := func(id string, max int, guard Guard, expr string) Rule {
		return Rule{ID: id, Entity: Entity(id), Tier: ByItself, MaxLen: max, Patterns: []Pattern{{Expr: expr, Guard: guard}}}
	}
	asleep := rule("asleep", 40, GuardDigit, `[0-9]{13}`)
	asleep.Tier, asleep.Context = WithContext, []string{"passport"}
	detector := func(rules ...Rule) *Detector {
		d, err := New(append(rules, asleep), nil)
		if err != nil || len(d.numerals) != 1 {
			t.Fatal(err, len(d.numerals))
		}
		return d
	}
	d := detector(
		rule("thirteen", 40, GuardWord, `1[0-9]{12}`),
		rule("some", 40, GuardDigit, `[0-9]{9,19}`),
		rule("more", 40, GuardDigit, `1[0-9]{5}[2-9][0-9]{3,6}(?:-[0-9]{2}|/[0-9]{4}| to [0-9]{3})?`),
		rule("lettered", 40, GuardWord, `1[0-9]{9}[A-Z0-9]{0,5}`),
		rule("long", 40, GuardWord, `1[0-9]{15}(?:[0-9]{3})?`),
	)
	around := detector(rule("around", 200, GuardWord, "[A-Z'][A-Za-z'.-]{1,30}(?: [A-Za-z'.-]{1,24}){0,4} [0-9]{13}(?: [A-Z]{2})?"))
	if l := around.numerals[0].lanes[0]; l == nil || !slices.ContainsFunc(l.groups, func(g *group) bool { return g.before != nil }) {
		t.Fatal("nothing is anchored inside, at a number")
	}
	ds := []*Detector{d, around,
		detector(rule("value", 40, GuardWord, `(?P<value>1[0-9]{8})[0-9]{4}`)),
		detector(rule("part", 40, GuardNone, `\b1[0-9]{7}[13579](?:[0-9]{4})?`)),
		detector(rule("open", 12, GuardWord, `1[0-9]{8,}`)),
		detector(rule("large", 80, GuardWord, `1[0-9]{12}(?: [a-z0-9 ]{0,30}[aeiou][a-z0-9 ]{20})?`)),
	}
	labels := []string{`"created_at":`, `"created_at": "`, `ts=`, `"expires":1`, `id=`, `"phone_verified_at":`, ` `, `"at":`, `passport time: `, `Since `, `Sent since: `, `1.`, `\n`}
	tails := []string{``, `,`, `}`, ` `, `-12`, `-1`, `/2024`, ` to 123`, ` to 12x`, `.5`, `A`, `ABC12`, `e`, `é`, `\n`, `"`, `x`, ` (`, ` to be or not to be that is the question`}
	for seed := range uint64(800) {
		r := rand.New(rand.NewPCG(seed, 23))
		var b strings.Builder
		for range 1 + r.IntN(3) {
			b.WriteString(labels[r.IntN(len(labels))])
			b.WriteByte("11112"[r.IntN(5)])
			for n := []int{9, 12, 12, 15, 18, r.IntN(20)}[r.IntN(6)]; n > 0; n-- {
				b.WriteByte('0' + byte(r.IntN(10)))
			}
			b.WriteString(tails[r.IntN(len(tails))])
		}
		for _, d := range ds {
			checkAnchors(t, d, []byte(b.String()), seed%2 == 0)
		}
	}
	// Whether a group is tried of which all matches are the number, and one of which some are more.
	for text, want := range map[string][2]bool{
		`"sent_at":1712345678901,`:    {false, false},
		`"sent_at":1712345678901-12,`: {false, true},
		`"sent_id":1712345678901,`:    {true, true},
		`"sent_at":2712345678901,`:    {true, true},
		`"sent_at":17123456789012,`:   {false, true},
	} {
		var tried [2]bool
		s := new(scan)
		s.begin(d, &Text{Raw: []byte(text)}, nil)
		s.waking.begin(s, 0)
		n := d.numerals[0]
		for _, groups := range s.tried(n, new([numberMemos]numberMemo), 0) {
			for k, l := range n.lanes {
				for i, g := range l.groups {
					if id := g.patterns[0].rule.ID; groups[k]>>i&1 != 0 && g.guard == GuardDigit {
						tried[bit(id != "asleep")] = true
					}
				}
			}
		}
		if tried != want {
			t.Errorf("tried in %q: %v, want %v", text, tried, want)
		}
	}
}
