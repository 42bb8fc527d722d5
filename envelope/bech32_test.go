package envelope_test

import (
	"strings"
	"testing"
)

// A second printer and reader of tokens, slow and written from docs/token.md alone.

const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

func checksum(hrp string, values []int) uint32 {
	all := []int{}
	for _, c := range hrp {
		all = append(all, int(c)>>5)
	}
	all = append(all, 0)
	for _, c := range hrp {
		all = append(all, int(c)&31)
	}
	all = append(all, values...)
	sum := uint32(1)
	for _, v := range all {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(v)
		for i, g := range []uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	return sum
}

func printToken(name string, body []byte) string {
	var bits strings.Builder
	for _, b := range body {
		for i := 7; i >= 0; i-- {
			bits.WriteByte('0' + b>>i&1)
		}
	}
	for bits.Len()%5 != 0 {
		bits.WriteByte('0')
	}
	var values []int
	for i := 0; i < bits.Len(); i += 5 {
		v := 0
		for _, c := range bits.String()[i : i+5] {
			v = v<<1 | int(c-'0')
		}
		values = append(values, v)
	}
	hrp := "pii-" + name + "-"
	sum := checksum(hrp, append(append([]int{}, values...), 0, 0, 0, 0, 0, 0)) ^ 0x2bc830a3
	for i := range 6 {
		values = append(values, int(sum>>(5*(5-i))&31))
	}
	out := hrp + "1"
	for _, v := range values {
		out += string(alphabet[v])
	}
	return out
}

func bodyOf(t *testing.T, token string) []byte {
	t.Helper()
	i := strings.LastIndexByte(token, '1')
	var values []int
	for _, c := range token[i+1:] {
		values = append(values, strings.IndexRune(alphabet, c))
	}
	if got := checksum(token[:i], values); got != 0x2bc830a3 {
		t.Fatalf("checksum of %s = %#x", token, got)
	}
	var body []byte
	acc, n := 0, 0
	for _, v := range values[:len(values)-6] {
		acc, n = acc<<5|v, n+5
		if n >= 8 {
			n -= 8
			body = append(body, byte(acc>>n))
			acc &= 1<<n - 1
		}
	}
	return body
}

// printAlias prints an alias of twelve characters, slowly, as docs/token.md says.
func printAlias(name, id string) string {
	hrp := "pii-" + name + "-2"
	var values []int
	for _, c := range id {
		values = append(values, strings.IndexRune(alphabet, c))
	}
	sum := checksum(hrp, append(values, 0, 0, 0, 0, 0, 0)) ^ 0x2bc830a3
	out := hrp + id
	for i := range 6 {
		out += string(alphabet[sum>>(5*(5-i))&31])
	}
	return out
}
