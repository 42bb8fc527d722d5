package detect

// Russia, Ukraine and Kazakhstan, where a table is not enough.

// validSNILS checks a Russian pension insurance number (СНИЛС): the last two digits are the
// others weighed 9 to 1, modulo 101, of 100 00. Numbers up to 001-001-998 have none.
func validSNILS(text []byte) bool {
	var d [11]byte
	if digits(d[:], text) != 11 || number(d[:9]) <= 1_001_998 {
		return false
	}
	return weigh(d[:], 9, 8, 7, 6, 5, 4, 3, 2, 1)%101%100 == number(d[9:])
}

// validOGRN checks the number of a Russian company, thirteen digits, or sole trader, fifteen
// (приказ Минфина 165н): the last is what the others leave modulo 11, or 13.
func validOGRN(text []byte) bool {
	var d [15]byte
	switch n := digits(d[:], text); n {
	case 13, 15:
		if n == 13 && d[0] != 1 && d[0] != 5 || n == 15 && d[0] != 3 {
			return false // of an entry in the register, not of who is in it
		}
		return remainder(d[:n-1], n-2)%10 == int(d[n-1])
	}
	return false
}

// validEDRPOU checks the eight digits of a Ukrainian company's number (ЄДРПОУ). The
// weights depend on whether it stands from 30,000,000 to 60,000,000.
func validEDRPOU(text []byte) bool {
	var d [8]byte
	if digits(d[:], text) != 8 || allSame(d[:]) {
		return false
	}
	first, second := weigh(d[:], 1, 2, 3, 4, 5, 6, 7), weigh(d[:], 3, 4, 5, 6, 7, 8, 9)
	if 3 <= d[0] && d[0] <= 5 {
		first, second = weigh(d[:], 7, 1, 2, 3, 4, 5, 6), weigh(d[:], 9, 3, 4, 5, 6, 7, 8)
	}
	check := first % 11
	if check == 10 {
		check = second % 11 % 10
	}
	return check == int(d[7])
}

// validKZIIN checks a Kazakh identity number (ИИН): the day of birth, a digit from 0 to 6 for
// century and sex, and the check digit, by a second set of weights where the first gives
// none.
func validKZIIN(text []byte) bool {
	var d [12]byte
	if digits(d[:], text) != 12 || !dayYMD(d[:]) || d[6] > 6 {
		return false
	}
	check := weigh(d[:], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) % 11
	if check == 10 {
		check = weigh(d[:], 3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2) % 11
	}
	return check == int(d[11])
}
