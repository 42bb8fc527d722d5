package detect

import "strings"

// validNINO checks the letters of a National Insurance number (HMRC's NIM39110):
// neither of the first two is D, F, I, Q, U or V, the second is not O, some pairs
// are never given out, and the last letter is A to D.
func validNINO(text []byte) bool {
	var b [9]byte
	n := alnum(b[:], text)
	if n != 9 && n != 8 {
		return false
	}
	for _, c := range b[2:8] {
		if !isDigit(c) {
			return false
		}
	}
	if !isLetter(b[0]) || !isLetter(b[1]) || n == 9 && (b[8] < 'A' || b[8] > 'D') {
		return false
	}
	if strings.IndexByte("DFIQUV", b[0]) >= 0 || strings.IndexByte("DFIQUVO", b[1]) >= 0 {
		return false
	}
	switch [2]byte{b[0], b[1]} {
	case [2]byte{'B', 'G'}, [2]byte{'G', 'B'}, [2]byte{'N', 'K'}, [2]byte{'K', 'N'}, [2]byte{'T', 'N'}, [2]byte{'N', 'T'}, [2]byte{'Z', 'Z'}:
		return false
	}
	return true
}

// validNHS checks the last of ten digits, modulo 11 (NHS Data Dictionary).
func validNHS(text []byte) bool {
	var d [10]byte
	if digits(d[:], text) != 10 || allSame(d[:]) {
		return false
	}
	sum := 0
	for i, c := range d[:9] {
		sum += (10 - i) * int(c)
	}
	check := 11 - sum%11
	return check%11 == int(d[9]) && check != 10
}
