package detect

// validRRN checks a Korean resident or alien registration number in full: its
// date of birth and its check digit. Numbers given out since October 2020 end in
// six random digits, so a rule must never require it: see validRRNDate.
func validRRN(text []byte) bool {
	var d [13]byte
	if digits(d[:], text) != 13 {
		return false
	}
	if !rrnDay(d[:]) {
		return false
	}
	check := 11 - weighted(d[:12], "234567892345")%11
	if 5 <= d[6] && d[6] <= 8 { // given to aliens
		check += 2
	}
	return check%10 == int(d[12])
}

// validRRNDate checks that the number begins with a date of birth, whose century
// the seventh digit tells. The digits after it may be masked. A year that is still to come
// passes: who makes up a number, or mistypes one, gets the century wrong first.
func validRRNDate(text []byte) bool {
	var d [13]byte
	n := digits(d[:], text)
	if n < 7 {
		return false
	}
	return rrnDay(d[:n])
}

// rrnDay reports whether the first digits are a day of the century that the seventh tells.
func rrnDay(d []byte) bool {
	century := 1800 // 9 and 0: born before 1900
	switch d[6] {
	case 1, 2, 5, 6:
		century = 1900
	case 3, 4, 7, 8:
		century = 2000
	}
	return validDay(century+number(d[:2]), number(d[2:4]), number(d[4:6]))
}

// validBRN checks a Korean business registration number (XXX-XX-XXXXX): office
// code from 101 and the check digit of the National Tax Service.
func validBRN(text []byte) bool {
	var d [10]byte
	if digits(d[:], text) != 10 || number(d[:3]) < 101 || number(d[3:5]) == 0 {
		return false
	}
	sum := weighted(d[:9], "137137135") + int(d[8])*5/10
	return (10-sum%10)%10 == int(d[9])
}
