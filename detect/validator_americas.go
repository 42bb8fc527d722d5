package detect

// What a table cannot say of numbers of the Americas; Brazil has its own file.

func luhn9(c chars) bool {
	v := c.all()
	return luhn(v[:9])
}
func luhn10(c chars) bool {
	v := c.all()
	return luhn(v[:10])
}

// ramqDay checks the day of birth in a health insurance number of Québec; of women the
// month has 50 added.
func ramqDay(c chars) bool {
	v := c.all()
	return validDay(2000+number(v[4:6]), number(v[6:8])%50, number(v[8:10]))
}

// curpDay checks the day of birth in a CURP, whose century the 17th character tells, a
// digit for those born before 2000, and the sex: H, M, or X.
func curpDay(c chars) bool {
	v := c.all()
	century := 1900
	if v[16] > 9 {
		century = 2000
	}
	switch base36[v[10]] {
	case 'H', 'M', 'X':
		return validDay(century+number(v[4:6]), number(v[6:8]), number(v[8:10]))
	}
	return false
}

// validRFC checks the form of a Mexican tax number (SAT): three letters for a company or
// four for a person, & and Ñ among them, a day, and three characters.
func validRFC(text []byte) bool {
	var b [13]byte
	n := rfc(&b, text)
	return n > 0 && validDay(2000+number(b[n-9:n-7]), number(b[n-7:n-5]), number(b[n-5:n-3]))
}

// validRFCDigit is validRFC, and the last character is the check digit. SAT computes it,
// yet numbers without it are about: a rule should not require it.
func validRFCDigit(text []byte) bool {
	var b [13]byte
	n := rfc(&b, text)
	if n == 0 || !validRFC(text) {
		return false
	}
	sum := 0
	if n == 12 {
		sum = 13 * rfcSpace
	}
	for i, c := range b[:n-1] {
		sum += int(c) * (n - i)
	}
	return "0A987654321"[sum%11] == rfcAlphabet[b[n-1]]
}

const (
	rfcAlphabet = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ #" // # is Ñ
	rfcSpace    = 37
)

// rfc writes the values of an RFC's characters to b and returns how many there are,
// or 0 where it does not have the form of one.
func rfc(b *[13]byte, text []byte) int {
	n := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case isDigit(c):
			c -= '0'
		case isLetter(c):
			if c = c | 0x20 - 'a' + 10; c > 23 {
				c++ // & comes before O
			}
		case c == '&':
			c = 24
		case c == 0xc3 && i+1 < len(text) && text[i+1]|0x20 == 0xb1: // Ñ, ñ
			i++
			c = 38
		default:
			continue
		}
		if n == len(b) {
			return 0
		}
		b[n] = c
		n++
	}
	if n < 12 {
		return 0
	}
	for i, c := range b[:n-3] {
		if (i < n-9) == (c <= 9) {
			return 0
		}
	}
	if last := b[n-1]; last > 10 { // a digit or A
		return 0
	}
	return n
}

// ecuadorian checks a cédula: the province of its first two digits, 30 for those
// registered abroad, 50 for foreigners, the third digit, and Luhn's sum.
func ecuadorian(c chars) bool {
	v := c.all()
	p := number(v[:2])
	return (1 <= p && p <= 24 || p == 30 || p == 50) && v[2] <= 6 && luhn(v)
}

// validEcuadorRUC checks the thirteen digits of an Ecuadorian tax number (SRI): of a
// person the cédula and 001, of a public body or of a company a sum of its own.
func validEcuadorRUC(text []byte) bool {
	var d [13]byte
	if digits(d[:], text) != 13 || number(d[10:]) == 0 {
		return false
	}
	p := number(d[:2])
	if !(1 <= p && p <= 24 || p == 30 || p == 50) {
		return false
	}
	switch {
	case d[2] < 6:
		return luhn(d[:10])
	case d[2] == 6:
		return weigh(d[:], 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0 || luhn(d[:10])
	case d[2] == 9:
		return weigh(d[:], 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0 || weigh(d[:], 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0
	}
	return false
}

// uruguayan checks the first two digits of a RUT, 01 to 22, and that there is a number
// behind them.
func uruguayan(c chars) bool {
	v := c.all()
	p := number(v[:2])
	return 1 <= p && p <= 22 && number(v[2:8]) != 0
}

// validRIF checks a Venezuelan tax number (SENIAT): a letter for the kind of holder,
// eight digits and a check digit.
func validRIF(text []byte) bool {
	var buf [10]byte
	v := buf[:]
	if values(v, text) != 10 || !allDigits(v[1:]) {
		return false
	}
	kind := 0
	switch base36[v[0]] {
	case 'V':
		kind = 4
	case 'E':
		kind = 8
	case 'J', 'C':
		kind = 12
	case 'P':
		kind = 16
	case 'G':
		kind = 20
	default:
		return false
	}
	sum := kind + weigh(v[1:], 3, 2, 7, 6, 5, 4, 3, 2)
	return lessElevenZero[sum%11]-'0' == v[9] && !allSame(v[1:])
}
