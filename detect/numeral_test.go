package detect

import (
	"math/rand/v2"
	"testing"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// tried returns the groups of each lane of n that are tried at each place of s.raw[from:].
func (s *scan) tried(n *numerals, memos *[numberMemos]numberMemo, from int) (groups [][2]uint64) {
	groups = make([][2]uint64, len(s.raw))
	s.count = func(l *lane, some uint64, at int) {
		for k := range n.lanes {
			if n.lanes[k] == l {
				groups[at][k] |= some
			}
		}
	}
	s.classes.Read(s.raw, from, len(s.raw), s.escaped)
	s.numerals(n, memos, from, len(s.raw))
	s.count = nil
	return groups
}

// wordyDetector has rules for numbers that go on with letters.
func wordyDetector(t *testing.T) *Detector {
	rule := func(id string, guard Guard, expr string) Rule {
		return Rule{ID: id, Entity: Entity(id), Tier: ByItself, Patterns: []Pattern{{Expr: expr, Guard: guard}}}
	}
	passport := rule("passport", GuardWord, `[0-9]{2}[A-Z]{1,2}[0-9]{3}`)
	passport.Tier, passport.Context = WithContext, []string{"passport"}
	d, err := New([]Rule{
		passport,
		rule("plate", GuardDigit, `[0-9]{2}-[A-Z]{2}-[0-9]{2}`),
		rule("street", GuardWord, `[0-9]{1,4}(?:-[0-9]{1,4})?(?: bis)?,? (?:rue|avenue|Bd) [A-Za-z]{2,20}`),
		rule("large", GuardWord, `[0-9]{1,4} (?:[a-z0-9 ]{0,30}[aeiou][a-z0-9 ]{20}|[0-9 ]{20}|[0-9 ]{9}Q[a-z]{9})`),
		rule("larger", GuardWord, `[0-9]{8} (?:[a-z]{2}Q[a-z]{3}|[a-z]{0,30}[aeiou][a-z]{20})`),
		rule("three", GuardWord, `[0-9]{3}`),
		rule("year", GuardWord, `[0-9]{4}(?: avenue [a-z]{4})?`),
		rule("other", GuardNone, `[0-9]{3}é[0-9]`),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	large := false
	for _, g := range d.groups {
		large = large || g.machine != nil && g.machine.automaton() == nil && hasDigit(&g.sets[0])
	}
	if !large {
		t.Fatal("nothing is simulated")
	}
	return d
}

// Where something matches that begins with a digit, it is tried.
func TestNumerals(t *testing.T) {
	for k, d := range []*Detector{testDetector(t), wordyDetector(t)} {
		if len(d.numerals) != 1 {
			t.Fatalf("%d numerals, want 1", len(d.numerals))
		}
		checkNumerals(t, d, uint64(k))
	}
}

func checkNumerals(t *testing.T, d *Detector, more uint64) {
	n := d.numerals[0]
	memos := new([numberMemos]numberMemo)
	parts := []string{" ", "-", "--", ".", "/", ":", ", ", "(", ")", "+", "x", "e", "E", "F", "T", "Z", "_", "\\", "\\n", "\\u0041", "\\u00e", "é", "字", "\xec", `"`, "bis, rue", " Main Street", "000000000000000000000000000",
		" bis, rue de", " rue la", ", avenue x", "-AB-", "AB", "é1", "1 12345 789Qabcdefghi", "12345678 abQxyz", " avenue de", " a quick brown fox jumps over all of it"}
	tried, skipped, matched := 0, 0, [2]int{}
	for seed := range uint64(8000) {
		r := rand.New(rand.NewPCG(seed, 19+more))
		var raw []byte
		for range 12 {
			for range r.IntN(8) {
				raw = append(raw, '0'+byte(r.IntN(10)))
			}
			raw = append(raw, parts[r.IntN(len(parts))]...)
		}
		if seed%2 == 0 && more == 0 {
			raw = randomPII(r, 3)
			for i := range raw {
				if isDigit(raw[i]) && r.IntN(8) == 0 {
					raw[i] = '0' + byte(r.IntN(10))
				}
			}
		}
		s := new(scan)
		s.begin(d, &Text{Raw: raw, Escaped: seed%3 == 0}, nil)
		s.to = len(raw)
		s.waking.begin(s, 0)
		from := r.IntN(len(raw))
		for at, got := range s.tried(n, memos, from) {
			c := raw[at]
			if at < from {
				continue
			}
			if !isDigit(c) {
				if got != [2]uint64{} {
					t.Fatalf("%x are tried at %d of %q, where no digit stands", got, at, raw)
				}
				continue
			}
			for k, l := range n.lanes {
				for i, g := range l.groups {
					s.memos = [memoSlots]memo{}
					if got[k]>>i&1 != 0 {
						tried++
						if s.walk(g, at, at); s.ends.seen != 0 {
							matched[k]++
						}
						continue
					}
					if skipped++; !s.startOK(g.guard, at) || g.maskable && s.floatBefore(at) {
						continue
					}
					if s.walk(g, at, at); s.ends.seen != 0 {
						t.Fatalf("%s is not tried at %d of %q (escaped %v), and matches", g.patterns[0].rule.ID, at, raw, s.escaped)
					}
				}
			}
		}
	}
	if tried == 0 || skipped < 4*tried || matched[0] == 0 || matched[1] == 0 {
		t.Errorf("%d groups are tried, %d are not; %d match", tried, skipped, matched)
	}
}

// What is known of a number is of all its bytes: no two kinds of numbers are taken for one.
func TestNumberKey(t *testing.T) {
	seen := make(map[[2]uint64]string)
	for seed := range uint64(200000) {
		r := rand.New(rand.NewPCG(seed, 20))
		var text, kind []byte
		for range r.IntN(18) {
			c := "0000000000 -./()"[r.IntN(16)]
			if len(kind) < numberWindow {
				kind = append(kind, c)
			}
			if c == '0' {
				c += byte(r.IntN(10))
			}
			text = append(text, c)
		}
		long := len(kind)
		end := byEnd
		if r.IntN(4) > 0 {
			c := "x:,aAgG_\\\x00\xff+"[r.IntN(12)]
			text, end = append(text, c), int(kindAfter[c])
			for range r.IntN(20) {
				text = append(text, byte(r.IntN(256)))
			}
		}
		if long < numberWindow {
			kind = append(kind, '!', byte(end))
		}
		low, high := lastKey(text, long)
		if len(text) > numberWindow {
			low, high = (&scan{raw: text}).key(0, long)
		}
		if k := [2]uint64{low, high}; seen[k] == "" {
			seen[k] = string(kind)
		} else if seen[k] != string(kind) {
			t.Fatalf("%q and %q have one key", seen[k], kind)
		}
	}
	if len(seen) < 1000 {
		t.Errorf("%d keys", len(seen))
	}
}

// What is no group's any more, because it only begins with digits, has no anchor either.
func TestNumeralsLeaveOthers(t *testing.T) {
	d := testDetector(t)
	for _, l := range d.lanes {
		for i := range l.starts {
			if st := &l.starts[i]; hasDigit(&st.sets[0]) && st.group.before == nil && st.group.where != bytescan.Anywhere {
				t.Errorf("%s is looked for by an anchor with digits", st.group.patterns[0].rule.ID)
			}
		}
	}
}
