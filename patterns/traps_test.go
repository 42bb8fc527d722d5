package patterns_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/detect"
)

// traps are what real traffic is full of and nobody's data: each draws one.
var traps = []struct {
	name string
	draw func(r *rand.Rand) string
}{
	{"UUID", func(r *rand.Rand) string {
		return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), 0x8000|r.IntN(1<<14), r.Int64N(1<<48))
	}},
	{"UUID of digits", func(r *rand.Rand) string { // as a tail of digits makes them look like cards and telephones
		return fmt.Sprintf("%08d-%04d-4%03d-%04d-%012d", r.IntN(1e8), r.IntN(1e4), r.IntN(1e3), 8000+r.IntN(1e3), r.Int64N(1e12))
	}},
	{"time in seconds", func(r *rand.Rand) string { return strconv.Itoa(1_500_000_000 + r.IntN(400_000_000)) }},
	{"time in milliseconds", func(r *rand.Rand) string { return strconv.FormatInt(1_500_000_000_000+r.Int64N(400_000_000_000), 10) }},
	{"time in microseconds", func(r *rand.Rand) string {
		return strconv.FormatInt(1_500_000_000_000_000+r.Int64N(400_000_000_000_000), 10)
	}},
	{"time in nanoseconds", func(r *rand.Rand) string {
		return strconv.FormatInt(1_500_000_000_000_000_000+r.Int64N(400_000_000_000_000_000), 10)
	}},
	{"snowflake", func(r *rand.Rand) string { return strconv.FormatInt(1<<58+r.Int64N(1<<60), 10) }},
	{"SHA-1", func(r *rand.Rand) string { return hexDigits(r, 40) }},
	{"SHA-256", func(r *rand.Rand) string { return hexDigits(r, 64) }},
	{"short SHA", func(r *rand.Rand) string { return hexDigits(r, 7+r.IntN(6)) }},
	{"trace id of 16", func(r *rand.Rand) string { return hexDigits(r, 16) }},
	{"ObjectId", func(r *rand.Rand) string {
		return fmt.Sprintf("%08x%s", 1_500_000_000+r.IntN(400_000_000), hexDigits(r, 16))
	}},
	{"semver", func(r *rand.Rand) string {
		return fmt.Sprintf("v%d.%d.%d-rc.%d", r.IntN(30), r.IntN(100), r.IntN(1000), r.IntN(9))
	}},
	{"version of four", func(r *rand.Rand) string {
		return fmt.Sprintf("%d.%d.%d.%d", r.IntN(20), r.IntN(30), r.IntN(100), r.IntN(100))
	}},
	{"browser version", func(r *rand.Rand) string {
		return fmt.Sprintf("Chrome/%d.0.%d.%d Safari/537.36", 90+r.IntN(60), 4000+r.IntN(3000), r.IntN(250))
	}},
	{"float", func(r *rand.Rand) string { return strconv.FormatFloat(r.Float64()*200-100, 'g', -1, 64) }},
	{"small float", func(r *rand.Rand) string { return strconv.FormatFloat(r.Float64()*1e-9, 'g', -1, 64) }},
	{"coordinates", func(r *rand.Rand) string {
		return fmt.Sprintf("[%.15f,%.15f]", r.Float64()*360-180, r.Float64()*180-90)
	}},
	{"amount", func(r *rand.Rand) string {
		return fmt.Sprintf("%d,%03d,%03d.%02d", r.IntN(999), r.IntN(1000), r.IntN(1000), r.IntN(100))
	}},
	{"ISO time", func(r *rand.Rand) string {
		return time.Unix(r.Int64N(2e9), r.Int64N(1e9)).UTC().Format(time.RFC3339Nano)
	}},
	{"Ruby time", func(r *rand.Rand) string { return time.Unix(r.Int64N(2e9), 0).UTC().Format(time.RubyDate) }},
	{"date", func(r *rand.Rand) string { return time.Unix(r.Int64N(2e9), 0).UTC().Format(time.DateOnly) }},
	{"date and time in one", func(r *rand.Rand) string { return time.Unix(r.Int64N(2e9), 0).UTC().Format("20060102150405") }},
	{"dated name", func(r *rand.Rand) string {
		return "hosted-eu-" + time.Unix(1e9+r.Int64N(1e9), 0).UTC().Format("20060102") + fmt.Sprintf("-%02d", r.IntN(100))
	}},
	{"node id", func(r *rand.Rand) string { return fmt.Sprintf("%d:%d", r.IntN(10000), r.IntN(100000)) }},
	{"number of nine digits", func(r *rand.Rand) string { return strconv.Itoa(1e8 + r.IntN(9e8)) }},
	{"number of ten digits", func(r *rand.Rand) string { return strconv.Itoa(1e9 + r.IntN(9e9)) }},
	{"number of eleven digits", func(r *rand.Rand) string { return strconv.Itoa(1e10 + r.IntN(9e10)) }},
	{"number of twelve digits", func(r *rand.Rand) string { return strconv.Itoa(1e11 + r.IntN(9e11)) }},
	{"number of thirteen digits", func(r *rand.Rand) string { return strconv.Itoa(1e12 + r.IntN(9e12)) }},
	{"number of eighteen digits", func(r *rand.Rand) string { return strconv.Itoa(1e17 + r.IntN(8e17)) }},
	{"issue key", func(r *rand.Rand) string { return fmt.Sprintf("PROJ-%d", r.IntN(100000)) }},
	{"order number", func(r *rand.Rand) string { return fmt.Sprintf("ORD-2026-%06d", r.IntN(1e6)) }},
	{"part number", func(r *rand.Rand) string { return fmt.Sprintf("%c%c%06d", 'A'+r.IntN(26), 'A'+r.IntN(26), r.IntN(1e6)) }},
	{"base64", func(r *rand.Rand) string {
		b := make([]byte, 30+r.IntN(60))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return base64.StdEncoding.EncodeToString(b)
	}},
	{"base36 id", func(r *rand.Rand) string {
		return strconv.FormatUint(r.Uint64(), 36) + strconv.FormatUint(r.Uint64(), 36)
	}},
	{"package", func(r *rand.Rand) string {
		return fmt.Sprintf("@scope/pkg@%d.%d.%d", r.IntN(20), r.IntN(50), r.IntN(50))
	}},
	{"image", func(r *rand.Rand) string { return fmt.Sprintf("icon%d@%dx.png", r.IntN(100), 1+r.IntN(3)) }},
	{"diff", func(r *rand.Rand) string {
		return fmt.Sprintf("@@ -%d,%d +%d,%d @@", r.IntN(10000), r.IntN(100), r.IntN(10000), r.IntN(100))
	}},
	{"hex dump", func(r *rand.Rand) string {
		return fmt.Sprintf("%02x %02x %02x %02x %02x %02x", r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256))
	}},
	{"fingerprint", func(r *rand.Rand) string {
		s := fmt.Sprintf("%02x", r.IntN(256))
		for range 19 {
			s += fmt.Sprintf(":%02x", r.IntN(256))
		}
		return s
	}},
}

func hexDigits(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789abcdef"[r.IntN(16)]
	}
	return string(b)
}

// TestTraps draws of each trap 20,000 and wants at most 1 in 10,000 touched by any
// rule: alone or as a JSON number, as a JSON string, and in an MCP message. Numbers of
// 14 to 16 digits are not among them: one with an issuer's prefix and a right Luhn
// digit is a card by decision.
func TestTraps(t *testing.T) {
	det := balanced(t)
	const draws = 20_000
	var dst []detect.Finding
	for _, trap := range traps {
		r := rand.New(rand.NewPCG(7, uint64(len(trap.name))))
		touched := map[string]int{}
		example := map[string]string{}
		for i := range draws {
			s := trap.draw(r)
			text := detect.Text{Raw: []byte(s), Final: true}
			switch _, err := strconv.ParseFloat(s, 64); {
			case i%3 == 0:
				text.Raw, text.Escaped = fmt.Appendf(nil, `{"id":7,"value":%q,"ok":true}`, s), true
			case i%3 == 2: // with the words that every message has near it
				text.Raw, text.Escaped = fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"query","_meta":{"progressToken":%q}}}`, s), true
			case i%3 == 1 && err == nil:
				text.Raw, text.Escaped = fmt.Appendf(nil, `{"id":7,"value":%s,"ok":true}`, s), true
			}
			dst = det.Append(dst[:0], text)
			for _, f := range dst {
				touched[f.Rule.ID]++
				example[f.Rule.ID] = string(text.Raw)
			}
		}
		for id, n := range touched {
			if n > draws/10_000 {
				t.Errorf("%s: rule %s touches %d of %d, want %d at most, as in %s", trap.name, id, n, draws, draws/10_000, example[id])
			}
		}
	}
}
