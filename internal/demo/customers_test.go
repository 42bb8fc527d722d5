package demo

import (
	"math/big"
	"strings"
	"testing"
)

// Every customer's numbers are right, so that a detector has reason to find them, and no two
// customers share a value, so that a leak can be told.
func TestDraw(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Draw(15) {
		for what, v := range c.values() {
			if v == "" || seen[v] {
				t.Errorf("Draw: %s of %s is empty or drawn twice", what, c.ID)
			}
			seen[v] = true
		}
		if !luhn(strings.ReplaceAll(c.Card, " ", "")) {
			t.Errorf("Draw: card %s fails Luhn's check", c.Card)
		}
		n, _ := new(big.Int).SetString(c.IBAN[4:]+"1314"+c.IBAN[2:4], 10)
		if len(c.IBAN) != 22 || new(big.Int).Mod(n, big.NewInt(97)).Int64() != 1 {
			t.Errorf("Draw: IBAN %s fails its check", c.IBAN)
		}
	}
	if first, second := Draw(1)[0], Draw(1)[0]; first == second {
		t.Errorf("Draw gives the same customer twice, want values drawn at each run")
	}
}

func luhn(digits string) bool {
	sum := 0
	for i := range digits {
		n := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return len(digits) == 16 && sum%10 == 0
}
