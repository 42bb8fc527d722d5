package mcpwire

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// lookup finds what comparing with each name would.
func TestLookup(t *testing.T) {
	if len(topNames.names) != numTop || len(paramNames.names) != numParams {
		t.Fatalf("%d and %d names, want %d and %d", len(topNames.names), len(paramNames.names), numTop, numParams)
	}
	r := rand.New(rand.NewPCG(11, 3))
	found, folded := 0, 0
	for _, set := range []*nameSet{topNames, paramNames, metaNames, refNames, resultNames, taskNames, noNames} {
		for range 5000 {
			key := []byte(paramNames.names[r.IntN(numParams)])
			if len(set.names) > 0 {
				key = []byte(set.names[r.IntN(len(set.names))])
			}
			switch r.IntN(6) {
			case 0:
				key[r.IntN(len(key))] ^= 0x20
			case 1:
				key = key[:r.IntN(len(key))]
			case 2:
				key = bytes.Replace(key, []byte("s"), []byte("ſ"), 1)
			case 3:
				key = append(key, "xK\x00\u212a"[r.IntN(3)])
			case 4:
				key = bytes.Replace(key, []byte("e"), []byte(`\u0065`), 1)
			}
			plain, ok := appendUnquoted(nil, key)
			wantN, wantExact := -1, false
			for i, name := range set.names {
				if string(key) == name {
					wantN, wantExact = i, true
				} else if wantN < 0 && ok && strings.EqualFold(string(plain), name) {
					wantN = i
				}
			}
			n, exact, nul := lookup(key, set)
			if n != wantN || exact != wantExact || nul != (wantN < 0 && bytes.IndexByte(plain, 0) >= 0) {
				t.Fatalf("lookup(%q) = %d, %v, %v, want %d, %v", key, n, exact, nul, wantN, wantExact)
			}
			if n >= 0 && exact {
				found++
			} else if n >= 0 {
				folded++
			}
		}
	}
	if found < 1000 || folded < 1000 {
		t.Fatalf("%d found, %d in another spelling, want many of both", found, folded)
	}
}
