//go:build !race

package envelope

import (
	"fmt"
	"testing"
)

// UnderRace: see race_test.go.
const UnderRace = false

// Opening an alias allocates nothing, giving a known one neither.
func TestAliasAllocations(t *testing.T) {
	k := aliasRing(t, nil)
	buf, alias := make([]byte, 0, 256), []byte(sealAlias(t, k, "EMAIL_ADDRESS", "ada@lovelace.example", ann))
	value := []byte("ada@lovelace.example")
	for name, f := range map[string]func(){
		"SealAlias": func() { k.SealAlias(buf, "EMAIL_ADDRESS", value, ann) },
		"Unseal":    func() { k.Unseal(buf, alias, ann) },
	} {
		if n := testing.AllocsPerRun(1000, f); n != 0 {
			t.Errorf("%s allocates %v times, want 0", name, n)
		}
	}
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		i++
		k.SealAlias(buf, "CREDIT_CARD", fmt.Appendf(nil, "%d", i), ann)
	}); n > 6 {
		t.Errorf("a new alias allocates %v times, want 6 at most", n)
	}
}
