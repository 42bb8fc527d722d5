package detect

import "strings"

// validAadhaar checks twelve digits: the first is 2 to 9, the whole is no
// palindrome, and Verhoeff's sum over it is zero (UIDAI).
func validAadhaar(text []byte) bool {
	var d [12]byte
	if digits(d[:], text) != 12 || d[0] < 2 {
		return false
	}
	palindrome := true
	for i := range 6 {
		palindrome = palindrome && d[i] == d[11-i]
	}
	return !palindrome && verhoeff(d[:])
}

// verhoeff works in the dihedral group D5, whose elements 0 to 4 turn and 5 to 9
// turn and flip. (J. Verhoeff, Error Detecting Decimal Codes, 1969.)
func verhoeff(d []byte) bool {
	const turned = "1576283094" // the permutation, applied once more at each place
	c := 0
	for i := range d {
		v := int(d[len(d)-1-i])
		for range i % 8 {
			v = int(turned[v] - '0')
		}
		c = dihedral(c, v)
	}
	return c == 0
}

func dihedral(a, b int) int {
	switch {
	case a < 5 && b < 5:
		return (a + b) % 5
	case a < 5:
		return 5 + (a+b)%5
	case b < 5:
		return 5 + (a-b+5)%5
	}
	return (a - b + 5) % 5
}

// validPAN checks the letters of an Indian Permanent Account Number: the fourth
// says what kind of holder it is (Income Tax Department), P for a person.
func validPAN(text []byte) bool {
	var b [10]byte
	if alnum(b[:], text) != 10 || strings.IndexByte("ABCFGHJLPTK", b[3]) < 0 {
		return false
	}
	for i, c := range b {
		if isDigit(c) != (5 <= i && i < 9) {
			return false
		}
	}
	return number([]byte{b[5] - '0', b[6] - '0', b[7] - '0', b[8] - '0'}) != 0
}
