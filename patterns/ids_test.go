package patterns_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/detect"
)

// ids are what names things, and when: what the traffic of tools is full of, and other detectors take for
// cards and telephones. Each draws one.
var ids = map[string]func(r *rand.Rand) string{
	"UUID": func(r *rand.Rand) string {
		return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), 0x8000|r.IntN(1<<14), r.Int64N(1<<48))
	},
	"time in seconds":      func(r *rand.Rand) string { return strconv.Itoa(1_000_000_000 + r.IntN(1_000_000_000)) },
	"time in milliseconds": func(r *rand.Rand) string { return strconv.FormatInt(1e12+r.Int64N(1e12), 10) },
	"snowflake":            func(r *rand.Rand) string { return strconv.FormatInt(1<<56+r.Int64N(1<<61), 10) },
	"SHA-1":                func(r *rand.Rand) string { return hexDigits(r, 40) },
	"SHA-256":              func(r *rand.Rand) string { return hexDigits(r, 64) },
	"ObjectId": func(r *rand.Rand) string {
		return fmt.Sprintf("%08x%s", 1_000_000_000+r.IntN(1_000_000_000), hexDigits(r, 16))
	},
	"semver": func(r *rand.Rand) string {
		s := fmt.Sprintf("%d.%d.%d", r.IntN(100), r.IntN(1000), r.IntN(10000))
		switch r.IntN(6) {
		case 0:
			s = "v" + s
		case 1:
			s += fmt.Sprintf("-rc.%d", r.IntN(10))
		case 2:
			s += fmt.Sprintf("-beta.%d+%s", r.IntN(100), hexDigits(r, 8))
		case 3:
			s += time.Unix(1_500_000_000+r.Int64N(300_000_000), 0).UTC().Format("-0.20060102150405-") + hexDigits(r, 12) // Go's
		}
		return s
	},
	"Figma node": func(r *rand.Rand) string {
		s := fmt.Sprintf("%d:%d", r.IntN(100_000), r.IntN(1_000_000))
		switch r.IntN(4) {
		case 0:
			s = fmt.Sprintf("I%s;%d:%d", s, r.IntN(100_000), r.IntN(100_000))
		case 1:
			s = fmt.Sprintf("I%s;%d:%d;%d:%d", s, r.IntN(10_000), r.IntN(10_000), r.IntN(10_000), r.IntN(10_000))
		}
		if r.IntN(4) == 0 {
			s = strings.ReplaceAll(s, ":", "-") // as its links write it
		}
		return s
	},
}

func init() {
	for n := 10; n <= 20; n++ {
		ids[fmt.Sprintf("integer of %d digits", n)] = func(r *rand.Rand) string {
			b := make([]byte, n)
			for i := range b {
				b[i] = '0' + byte(r.IntN(10))
			}
			b[0] = '1' + byte(r.IntN(9))
			return string(b)
		}
	}
}

// TestIDs draws 100,000 of each and wants at most 1 in 10,000 touched by any rule at all: by themselves, and
// as values of members that such things stand in. Integers that are well-formed cards are taken for such.
func TestIDs(t *testing.T) {
	det := balanced(t)
	draws := 100_000
	if testing.Short() {
		draws = 10_000
	}
	keys := []string{"id", "node_id", "created_at", "timestamp", "version", "commit"}
	times := []string{"phone_verified_at", "cardUpdatedAt", "ssn_checked_ts", "account_created", "tax_id_expires", "email_epoch"}
	for _, name := range slices.Sorted(maps.Keys(ids)) {
		for _, bare := range []bool{true, false} {
			r := rand.New(rand.NewPCG(11, uint64(len(name))))
			touched, total := map[string]int{}, 0
			example := map[string]string{}
			var dst []detect.Finding
			for range draws {
				id := ids[name](r)
				text := detect.Text{Raw: []byte(id), Final: true}
				if !bare {
					if _, err := strconv.ParseUint(id, 10, 64); err != nil || r.IntN(2) == 0 {
						id = `"` + id + `"`
					}
					key := keys[r.IntN(len(keys))]
					if strings.HasPrefix(name, "time") && r.IntN(2) == 0 {
						key = times[r.IntN(len(times))]
					}
					text.Raw, text.Escaped = fmt.Appendf(nil, `{"ok":true,%q:%s,"kind":"page"}`, key, id), true
				}
				dst = det.Append(dst[:0], text)
				if len(dst) == 0 || strings.HasPrefix(name, "integer") && issued(strings.Trim(id, `"`)) {
					continue
				}
				total++
				for _, f := range dst {
					touched[f.Rule.ID]++
					example[f.Rule.ID] = string(text.Raw)
				}
			}
			if total > max(1, draws/10_000) {
				t.Errorf("%s, bare %v: %d of %d touched, want %d at most", name, bare, total, draws, draws/10_000)
				for id, n := range touched {
					t.Errorf("\t%d by rule %s, as in %s", n, id, example[id])
				}
			}
		}
	}
}

// issued reports whether digits are a well-formed card number: 14 to 16 of them, an issuer's prefix, and a
// right last digit.
func issued(digits string) bool {
	n := len(digits)
	sum := 0
	for i := range n {
		d := int(digits[n-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	if n < 14 || n > 16 || sum%10 != 0 {
		return false
	}
	first, _ := strconv.Atoi(digits[:6])
	in := func(low, high, digits int) bool {
		at := first
		for range 6 - digits {
			at /= 10
		}
		return low <= at && at <= high
	}
	switch n {
	case 14: // Diners Club
		return in(300, 305, 3) || in(36, 36, 2) || in(38, 39, 2) || in(3095, 3095, 4)
	case 15: // American Express; JCB and enRoute of old
		return in(34, 34, 2) || in(37, 37, 2) || in(2131, 2131, 4) || in(1800, 1800, 4)
	}
	// Visa, Mastercard, Discover, JCB, UnionPay, Maestro, Mir, RuPay, Elo …
	return in(4, 4, 1) || in(51, 55, 2) || in(2221, 2720, 4) || in(6, 6, 1) || in(3528, 3589, 4) || in(30, 30, 2) || in(36, 36, 2) || in(38, 39, 2) ||
		in(2200, 2204, 4) || in(50, 50, 2) || in(56, 58, 2) || in(81, 82, 2) || in(9792, 9792, 4)
}
