package detect

import "strings"

// What a table cannot say of numbers of Asia; Korea and India have files of their own too.

// alien checks the day of birth in a Korean alien registration number, whose seventh digit is
// 5 to 8.
func alien(c chars) bool {
	v := c.all()
	return rrnDay(v) && 5 <= v[6] && v[6] <= 8
}

// chinese checks the province and the day of birth of a resident identity number.
func chinese(c chars) bool {
	v := c.all()
	switch p := number(v[:2]); {
	case 11 <= p && p <= 15, 21 <= p && p <= 23, 31 <= p && p <= 37, 41 <= p && p <= 46, 50 <= p && p <= 54, 61 <= p && p <= 65,
		p == 71, 81 <= p && p <= 83, p == 91:
		return dayYYYYMD(v[6:])
	}
	return false
}

func usccLetters(c chars) bool {
	v := c.all()
	return strings.IndexByte(usccAlphabet, base36[v[17]]) >= 0
}

// taiwanese checks the sum of an identity number, whose letter counts as two digits; so does
// the second letter of an old permit, of which only the last digit counts.
func taiwanese(c chars) bool {
	v := c.all()
	const letters = "ABCDEFGHJKLMNPQRSTUVXYWZIO" // from 10 on
	n := strings.IndexByte(letters, base36[v[0]]) + 10
	second := int(v[1])
	switch {
	case second > 13: // A to D
		return false
	case second > 9:
		second = strings.IndexByte(letters, base36[second]) % 10
	case second != 1 && second != 2 && second != 8 && second != 9:
		return false
	}
	return (n/10+n%10*9+second*8+weigh(v[2:], 7, 6, 5, 4, 3, 2, 1, 1))%10 == 0
}

// validUBN checks a Taiwanese business number (財政部, 2023): the digits of the products add up to a
// multiple of five, or one less where the seventh is 7.
func validUBN(text []byte) bool {
	var d [8]byte
	if digits(d[:], text) != 8 || allSame(d[:]) {
		return false
	}
	sum := crossSum(d[:], "12121241")
	return sum%5 == 0 || d[6] == 7 && (sum+1)%5 == 0
}

// uenYear checks the year of registration of a company.
func uenYear(c chars) bool {
	v := c.all()
	y := number(v[:4])
	return 1800 <= y && y <= lastBirthYear
}

// gstin checks the state, the PAN inside, and Luhn's sum modulo 36.
func gstin(c chars) bool {
	v := c.all()
	state := number(v[:2])
	return (1 <= state && state <= 38 || state == 97 || state == 99) && strings.IndexByte("ABCFGHJLPTK", base36[v[5]]) >= 0 && number(v[7:11]) != 0 && luhn36(v)
}

func epic(c chars) bool {
	v := c.all()
	return luhn(v[3:])
}

// malaysian checks the day of birth and the code of its place.
func malaysian(c chars) bool {
	v := c.all()
	switch p := number(v[6:8]); {
	case p == 0, 17 <= p && p <= 20, 69 <= p && p <= 70, p == 73, 80 <= p && p <= 81, 94 <= p && p <= 97:
		return false
	}
	return dayYMD(v)
}

// indonesian checks the province and the day of birth, to which women have 40 added.
func indonesian(c chars) bool {
	v := c.all()
	switch p := number(v[:2]); {
	case 11 <= p && p <= 19, p == 21, 31 <= p && p <= 36, 51 <= p && p <= 53, 61 <= p && p <= 65, 71 <= p && p <= 76,
		81 <= p && p <= 82, 91 <= p && p <= 97:
		return validDay(2000+number(v[10:12]), number(v[8:10]), number(v[6:8])%40) && number(v[2:4]) != 0
	}
	return false
}

// vietnamese checks the province, 001 to 096, and the digit for century and sex.
func vietnamese(c chars) bool {
	v := c.all()
	p := number(v[:3])
	return 1 <= p && p <= 96 && v[3] <= 3
}
