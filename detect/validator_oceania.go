package detect

import "strings"

// What a table cannot say of numbers of Oceania, Africa and the Middle East.

// issueNumber checks that the issue number of a Medicare card, its tenth digit, is not 0.
func issueNumber(c chars) bool {
	v := c.all()
	return v[9] != 0
}

// validIRD checks a New Zealand tax number (Inland Revenue, Resident withholding tax
// specification): from 10 to 150 million, and the check digit by a second set of weights where
// the first gives none.
func validIRD(text []byte) bool {
	var buf [9]byte
	n := digits(buf[:], text)
	if n != 8 && n != 9 {
		return false
	}
	d := buf[:n]
	if v := number(d); v < 10_000_000 || v > 150_000_000 {
		return false
	}
	if n == 8 {
		copy(buf[1:], buf[:8])
		buf[0] = 0
		d = buf[:]
	}
	check := (11 - weigh(d, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
	if check == 10 {
		check = (11 - weigh(d, 7, 4, 3, 2, 5, 2, 7, 6)%11) % 11
	}
	return check == int(d[8])
}

// validNHI checks a New Zealand health number (HISO 10046): three letters and four digits, or,
// of those given out from 2026 on, three letters, two digits, a letter and a letter for a
// check.
func validNHI(text []byte) bool {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ" // A is 1
	var v [7]byte
	if values(v[:], text) != 7 || v[3] > 9 || v[4] > 9 || (v[5] > 9) != (v[6] > 9) {
		return false
	}
	sum := 0
	for i, c := range v[:6] {
		n := int(c)
		if c > 9 {
			if n = strings.IndexByte(letters, base36[c]) + 1; n == 0 {
				return false
			}
		}
		sum += n * (7 - i)
	}
	if v[6] > 9 {
		return sum%24 != 0 && letters[23-sum%24] == base36[v[6]]
	}
	return sum%11 != 0 && (11-sum%11)%10 == int(v[6])
}

// validNZBank checks a New Zealand account number: bank, branch, account and suffix, whose
// sum each bank makes in its own way (Inland Revenue, Resident withholding tax
// specification).
func validNZBank(text []byte) bool {
	var buf [16]byte
	n := digits(buf[:], text)
	if n != 15 && n != 16 {
		return false
	}
	d := buf[:n]
	bank, branch, account := number(d[:2]), d[2:6], d[6:13]
	suffix := number(d[13:])
	if number(account) == 0 || !nzBranch(bank, number(branch)) {
		return false
	}
	switch bank {
	case 1, 2, 3, 6, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 27, 30, 35, 38:
		sum := weigh(account[1:], 10, 5, 8, 4, 2, 1)
		if number(account) < 990_000 {
			sum += weigh(branch, 6, 3, 7, 9)
		}
		return sum%11 == 0
	case 8:
		return weigh(account, 7, 6, 5, 4, 3, 2, 1)%11 == 0
	case 9:
		return (crossed(account[3:], 5, 4, 3, 2)+suffix%10)%11 == 0
	case 25, 33:
		return weigh(account, 1, 7, 3, 1, 7, 3, 1)%10 == 0
	case 26, 28, 29:
		var s [3]byte
		s[0], s[1], s[2] = byte(suffix/100%10), byte(suffix/10%10), byte(suffix%10)
		return (crossed(account, 1, 3, 7, 1, 3, 7, 1)+crossed(s[:], 3, 7, 1))%10 == 0
	case 31:
		return true
	}
	return false
}

// crossed is weigh with the digits of each product summed, until one is left.
func crossed(v []byte, w ...int) int {
	sum := 0
	for i, k := range w {
		p := int(v[i]) * k
		for p > 9 {
			p = p/10 + p%10
		}
		sum += p
	}
	return sum
}

// southAfrican checks the day of birth, the digits for citizenship (0, 1 or 2) and for what was
// once race (8 or 9), and Luhn's sum.
func southAfrican(c chars) bool {
	v := c.all()
	return dayYMD(v) && v[10] <= 2 && v[11] >= 8 && luhn(v)
}

// egyptian checks the century (2 for 1900, 3 for 2000), the day of birth and the
// governorate.
func egyptian(c chars) bool {
	v := c.all()
	if v[0] != 2 && v[0] != 3 {
		return false
	}
	y := 1700 + 100*int(v[0]) + number(v[1:3])
	if y > lastBirthYear || !validDay(y, number(v[3:5]), number(v[5:7])) {
		return false
	}
	switch g := number(v[7:9]); {
	case 1 <= g && g <= 4, 11 <= g && g <= 19, 21 <= g && g <= 29, 31 <= g && g <= 35, g == 88:
		return true
	}
	return false
}

// kuwaiti checks the day of birth behind the first digit, which tells the century.
func kuwaiti(c chars) bool {
	v := c.all()
	return validDay(1700+100*int(v[0])+number(v[1:3]), number(v[3:5]), number(v[5:7]))
}

// validTCKimlik checks a Turkish identity number (Nüfus ve Vatandaşlık İşleri): eleven digits, the
// first not 0, the last two of the others' sums.
func validTCKimlik(text []byte) bool {
	var d [11]byte
	if digits(d[:], text) != 11 || d[0] == 0 {
		return false
	}
	odd, even, sum := 0, 0, 0
	for i, c := range d[:9] {
		if i%2 == 0 {
			odd += int(c)
		} else {
			even += int(c)
		}
	}
	sum = odd + even + int(d[9])
	return (7*odd+9*even)%10 == int(d[9]) && sum%10 == int(d[10])
}

// validVKN checks a Turkish tax number, ten digits (Gelir İdaresi Başkanlığı).
func validVKN(text []byte) bool {
	var d [10]byte
	if digits(d[:], text) != 10 || allSame(d[:]) {
		return false
	}
	sum := 0
	for i, c := range d[:9] {
		v := (int(c) + 9 - i) % 10
		if v != 0 {
			if v = v << (9 - i) % 9; v == 0 {
				v = 9
			}
		}
		sum += v
	}
	return (10-sum%10)%10 == int(d[9])
}
