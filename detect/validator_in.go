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
	c := uint8(0)
	for i := range d {
		c = dihedral[c&15][turned[i&7][d[len(d)-1-i]&15]&15]
	}
	return c == 0
}

// turned is Verhoeff's permutation, applied as often as the place says.
var turned = func() (t [8][16]uint8) {
	for v := range uint8(10) {
		t[0][v] = v
	}
	for i := range 7 {
		for v := range 10 {
			t[i+1][v] = "1576283094"[t[i][v]] - '0'
		}
	}
	return t
}()

// dihedral is the product of two elements.
var dihedral = func() (t [16][16]uint8) {
	for a := range uint8(10) {
		for b := range uint8(10) {
			switch {
			case a < 5 && b < 5:
				t[a][b] = (a + b) % 5
			case a < 5:
				t[a][b] = 5 + (a+b)%5
			case b < 5:
				t[a][b] = 5 + (a-b+5)%5
			default:
				t[a][b] = (a - b + 5) % 5
			}
		}
	}
	return t
}()

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
