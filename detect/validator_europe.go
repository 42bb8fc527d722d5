package detect

import "strings"

// What a table cannot say of numbers of Europe. Sources stand in validator_table_europe.go;
// here for those that are not in the table.

// germanInsured checks the last digit of a Krankenversichertennummer: the letter counts as
// its two-digit place in the alphabet.
func germanInsured(c chars) bool {
	v := c.all()
	letter := v[0] - 9
	d := [10]byte{letter / 10, letter % 10}
	copy(d[2:], v[1:9])
	return crossSum(d[:], "1212121212")%10 == int(v[9])
}

// crossSum is weighted with the digits of each product summed once.
func crossSum(d []byte, w string) int {
	sum := 0
	for i, c := range d {
		p := int(c) * int(w[i]-'0')
		sum += p/10 + p%10
	}
	return sum
}

// validRVNR checks a German pension insurance number (VKVV § 2): area, day of birth (50
// added where there were too many on one day), letter, serial number, check digit.
func validRVNR(text []byte) bool {
	var v [12]byte
	if values(v[:], text) != 12 || !formed(v[:], "ddddddddaddd") {
		return false
	}
	if day := number(v[2:4]) % 50; day == 0 || !validDay(2000+number(v[6:8]), number(v[4:6]), day) {
		return false
	}
	letter := v[8] - 9
	d := [12]byte{8: letter / 10, 9: letter % 10, 10: v[9], 11: v[10]}
	copy(d[:8], v[:8])
	return crossSum(d[:], "212571212121")%10 == int(v[11])
}

// austrianDay checks the day of birth in a Sozialversicherungsnummer, whose month is 13
// to 15 where a day has run out of numbers.
func austrianDay(c chars) bool {
	v := c.all()
	m := number(v[6:8])
	return validDay(2000+number(v[8:10]), min(m, 12), number(v[4:6])) && m <= 15
}

// validMRZNumber checks a document's number with the check digit behind it (ICAO 9303-3,
// weights 7, 3, 1): German identity cards and passports, among others. A D behind the
// check digit is the nationality.
func validMRZNumber(text []byte) bool {
	var buf [16]byte
	n := mrzValues(buf[:], text)
	if n == 11 && buf[10] == 'D'-'A'+10 { // not by base36: a filler has no letter
		n--
	}
	return n >= 7 && mrzCheck(buf[:n-1], buf[n-1])
}

// belgian checks a Rijksregisternummer: a day of birth (of strangers the month has 20 or 40
// added, and zeros stand for what is not known), and 97 less the first nine digits modulo
// 97, with a 2 before them for those born since 2000.
func belgian(c chars) bool {
	v := c.all()
	if number(v[2:4])%20 > 12 || number(v[4:6]) > 31 {
		return false
	}
	n, check := number(v[:9]), number(v[9:])
	return 97-n%97 == check || number(v[:2]) <= lastBirthYear%100 && 97-(2_000_000_000+n)%97 == check
}

func belgianCompany(c chars) bool {
	v := c.all()
	return 97-number(v[:8])%97 == number(v[8:])
}

func frenchTax(c chars) bool {
	v := c.all()
	return number(v[:10])%511 == number(v[10:])
}

// validSIREN checks a French company's nine digits, or the fourteen of one of its places,
// by Luhn's sum over both (INSEE). Of La Poste's places, which are too many, the digits
// add up to a multiple of five.
func validSIREN(text []byte) bool {
	var d [14]byte
	n := digits(d[:], text)
	if n != 9 && n != 14 || allSame(d[:n]) || !luhn(d[:9]) {
		return false
	}
	if n == 9 || luhn(d[:]) {
		return true
	}
	sum := 0
	for _, c := range d {
		sum += int(c)
	}
	return number(d[:9]) == 356000000 && sum%5 == 0
}

// validFrenchVAT checks a French VAT number (DGFiP): two characters of check and a SIREN.
func validFrenchVAT(text []byte) bool {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	var buf [13]byte
	v := without(buf[:values(buf[:], text)], "FR")
	if len(v) != 11 || !allDigits(v[2:]) {
		return false
	}
	siren := number(v[2:])
	if !luhn(v[2:]) && siren >= 1_000_000 { // Monaco's begin with 000
		return false
	}
	a, b := strings.IndexByte(alphabet, base36[v[0]]), strings.IndexByte(alphabet, base36[v[1]])
	if a < 0 || b < 0 {
		return false
	}
	if a < 10 && b < 10 {
		return 10*a+b == (12+3*(siren%97))%97
	}
	key := a*34 + b - 100
	if a < 10 {
		key = a*24 + b - 10
	}
	return (siren+1+key/11)%11 == key%11
}

// validCIF checks a Spanish organisation's number (Orden EHA/451/2008): a letter for its
// kind, seven digits, and a check that is a digit or a letter. Which of the two a kind has
// is told in more than one way, so either will do.
func validCIF(text []byte) bool {
	var buf [11]byte
	v := without(buf[:values(buf[:], text)], "ES")
	if len(v) != 9 || !allDigits(v[1:8]) {
		return false
	}
	kind := base36[v[0]]
	if strings.IndexByte("ABCDEFGHJKLMNPQRSUVW", kind) < 0 {
		return false
	}
	sum := 0
	for i, c := range v[1:8] {
		if i%2 == 0 {
			c = doubled[c&15]
		}
		sum += int(c)
	}
	check := (10 - sum%10) % 10
	if v[8] > 9 {
		return "JABCDEFGHI"[check] == base36[v[8]]
	}
	return check == int(v[8])
}

// validNUSS checks a Spanish social security number (TGSS): province, number, and what is
// left of both modulo 97. A number below ten million counts without its leading zero.
func validNUSS(text []byte) bool {
	var d [12]byte
	n := digits(d[:], text)
	if n != 11 && n != 12 {
		return false
	}
	province, serial, check := number(d[:2]), number(d[2:n-2]), number(d[n-2:n])
	if province == 0 || serial == 0 {
		return false
	}
	if serial < 10_000_000 {
		return (province*10_000_000+serial)%97 == check
	}
	return (province*100_000_000+serial)%97 == check
}

// portugueseTax checks that the number is of some kind that is given out: those that begin with 4
// are 45, of people abroad.
func portugueseTax(c chars) bool { return c.v[0] != 4 || c.v[1] == 5 }

// validCartaoCidadao checks a Portuguese citizen card's number (AMA): eight digits and their
// check digit, two characters for the version, and Luhn's sum over all of them.
func validCartaoCidadao(text []byte) bool {
	var v [12]byte
	if values(v[:], text) != 12 || !allDigits(v[:9]) || v[11] > 9 {
		return false
	}
	sum := 0
	for i, c := range v {
		n := int(c)
		if i%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

// italianVAT checks a Partita IVA: a number, the office that gave it out, Luhn's sum.
func italianVAT(c chars) bool {
	v := c.all()
	office := number(v[7:10])
	return number(v[:7]) != 0 && (1 <= office && office <= 100 || office == 120 || office == 121 || office == 888 || office == 999) && luhn(v)
}

// validCodiceFiscale checks an Italian tax code (DM 23/12/1976): the day of birth, to which
// women have 40 added, and the last letter. Where two persons would have the same, letters
// stand for some of the digits.
func validCodiceFiscale(text []byte) bool {
	const digitLetters = "LMNPQRSTUV"
	var v [16]byte
	if values(v[:], text) != 16 {
		return false
	}
	sum := 0
	for i, c := range v[:15] {
		if c > 9 {
			c -= 10
		}
		if i%2 == 0 {
			c = codiceOdd[c]
		}
		sum += int(c)
	}
	if sum%26+10 != int(v[15]) {
		return false
	}
	for i, c := range v[:15] {
		digit := 6 <= i && i != 8 && i != 11
		if digit && c > 9 {
			n := strings.IndexByte(digitLetters, base36[c])
			if n < 0 {
				return false
			}
			v[i] = byte(n)
		} else if !digit && c <= 9 {
			return false
		}
	}
	month := strings.IndexByte("ABCDEHLMPRST", base36[v[8]]) + 1
	return validDay(2000+number(v[6:8]), month, number(v[9:11])%40)
}

// codiceOdd is by a digit, or a letter's place, what it counts in the first, third ... place.
var codiceOdd = [26]uint8{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}

// greekInsured checks an ΑΜΚΑ: a day of birth and Luhn's sum.
func greekInsured(c chars) bool {
	v := c.all()
	return dayDMY(v) && luhn(v)
}

// validCypriotTIN checks eight digits and the letter that their sum gives (Tax Department).
func validCypriotTIN(text []byte) bool {
	var buf [11]byte
	v := without(buf[:values(buf[:], text)], "CY")
	if len(v) != 9 || !allDigits(v[:8]) || number(v[:2]) == 12 {
		return false
	}
	sum := 0
	for i, c := range v[:8] {
		if i%2 == 0 {
			c = codiceOdd[c]
		}
		sum += int(c)
	}
	return sum%26+10 == int(v[8])
}

// validBTW checks a Dutch VAT number (Belastingdienst): of sole traders all of it is 1 modulo 97,
// of companies the nine digits pass as a BSN does.
func validBTW(text []byte) bool {
	var buf [14]byte
	v := without(buf[:values(buf[:], text)], "NL")
	if len(v) != 12 || !formed(v, "dddddddddBdd") || number(v[:9]) == 0 {
		return false
	}
	if (weigh(v, 9, 8, 7, 6, 5, 4, 3, 2)-int(v[8]))%11 == 0 {
		return true
	}
	n := 2321 // NL
	for _, c := range v[:9] {
		n = (n*10 + int(c)) % 97
	}
	n = (n*100 + 11) % 97
	return (n*100+number(v[10:]))%97 == 1
}

// validGBVAT checks a British VAT number, nine digits, or twelve with a branch (HMRC).
func validGBVAT(text []byte) bool {
	var buf [14]byte
	v := buf[:values(buf[:], text)]
	if v = without(v, "GB"); len(v) > 9 && base36[v[0]] == 'X' {
		v = without(v, "XI") // of Northern Ireland
	}
	if len(v) != 9 && len(v) != 12 || !allDigits(v) || number(v[:7]) == 0 {
		return false
	}
	switch weigh(v, 8, 7, 6, 5, 4, 3, 2, 10, 1) % 97 {
	case 0:
		return true
	case 42, 55:
		return number(v[:3]) >= 100
	}
	return false
}

// validPPS checks an Irish PPS number (Social Welfare Consolidation Act 2005): seven digits, a letter
// for their sum, and perhaps one more letter, which counts unless it is an old W, T or X.
func validPPS(text []byte) bool {
	var buf [9]byte
	n := values(buf[:], text)
	if n != 8 && n != 9 || !allDigits(buf[:7]) || buf[7] <= 9 {
		return false
	}
	sum := weigh(buf[:], 8, 7, 6, 5, 4, 3, 2)
	if n == 9 {
		switch base36[buf[8]] {
		case 'A', 'B', 'H':
			sum += 9 * (int(buf[8]) - 9)
		case 'W', 'T', 'X':
		default:
			return false
		}
	}
	return "WABCDEFGHIJKLMNOPQRSTUV"[sum%23] == base36[buf[7]]
}

// luxembourgish checks a matricule: day of birth, Luhn's digit and Verhoeff's over the
// first eleven.
func luxembourgish(c chars) bool {
	v := c.all()
	d := [12]byte{11: v[12]}
	copy(d[:11], v)
	return dayYYYYMD(v) && luhn(v[:12]) && verhoeff(d[:])
}

func luxembourgVAT(c chars) bool {
	v := c.all()
	return number(v[:6]) != 0 && number(v[:6])%89 == number(v[6:])
}

// swedish checks a personnummer, with or without the century, or a samordningsnummer, to whose day
// 60 is added and which may leave the day of birth open.
func swedish(c chars) bool {
	v := c.all()
	v = v[len(v)-10:]
	y, m, d := 2000+number(v[:2]), number(v[2:4]), number(v[4:6])
	if d >= 60 {
		return m <= 12 && d <= 91 && luhn(v)
	}
	return validDay(y, m, d) && luhn(v)
}

// norwegian checks the day of birth in a fødselsnummer. Of D-numbers the day has 40 added, of
// H-numbers and made-up ones the month 40 or 80.
func norwegian(c chars) bool {
	v := c.all()
	day := number(v[:2])
	if day > 40 {
		day -= 40
	}
	return validDay(2000+number(v[4:6]), number(v[2:4])%40, day)
}

// danish checks the day of birth in a personnummer. The seventh digit tells the century; years that
// are still to come are nobody's.
func danish(c chars) bool {
	v := c.all()
	y := number(v[4:6])
	switch serial := v[6]; {
	case serial >= 5 && serial <= 8 && y >= 58:
		y += 1800
	case serial <= 3 || (serial == 4 || serial == 9) && y >= 37:
		y += 1900
	default:
		y += 2000
	}
	return y <= lastDanishYear && validDay(y, number(v[2:4]), number(v[:2]))
}

// lastDanishYear is generous, and still leaves out what only looks like a day of birth.
const lastDanishYear = 2031

// icelandic checks the day of birth, or of foundation, to which 40 is added, and the century.
func icelandic(c chars) bool {
	v := c.all()
	day := number(v[:2])
	if day > 40 {
		day -= 40
	}
	return validDay(2000+number(v[4:6]), number(v[2:4]), day) && (v[9] >= 8 || v[9] == 0)
}

// latvian checks a personas kods: a day of birth with its century, or 32 to 39 for those given out
// since 2017, and the check digit.
func latvian(c chars) bool {
	v := c.all()
	if day := number(v[:2]); day < 32 || day > 39 {
		if v[6] > 2 || !validDay(1800+100*int(v[6])+number(v[4:6]), number(v[2:4]), day) {
			return false
		}
	}
	return (1+weigh(v, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9))%11%10 == int(v[10])
}

// romanian checks the sex and century, the day of birth and the county of a CNP.
func romanian(c chars) bool {
	v := c.all()
	century := 2000
	switch v[0] {
	case 0:
		return false
	case 1, 2:
		century = 1900
	case 3, 4:
		century = 1800
	}
	county := number(v[7:9])
	return validDay(century+number(v[1:3]), number(v[3:5]), number(v[5:7])) && (1 <= county && county <= 52 || county == 70 || 80 <= county && county <= 83)
}

// bulgarian checks the day of birth of an ЕГН, whose month has 20 added for 1800 and 40 for 2000.
func bulgarian(c chars) bool {
	v := c.all()
	m := number(v[2:4])
	if m > 52 {
		return false
	}
	return validDay([...]int{1900, 1800, 2000}[m/20]+number(v[:2]), m%20, number(v[4:6]))
}

// yugoslav checks the day of birth of a JMBG, whose year has three digits.
func yugoslav(c chars) bool {
	v := c.all()
	y := 1000 + number(v[4:7])
	if v[4] < 8 {
		y += 1000
	}
	return y <= lastBirthYear && validDay(y, number(v[2:4]), number(v[:2]))
}

// validHetu checks a Finnish identity code (DVV): day of birth, a sign for the century, a number
// from 002, of which 900 to 999 are temporary, and a check character.
func validHetu(text []byte) bool {
	var v [10]byte
	sign := byte(0)
	n := 0
	for i, c := range text {
		if n == 6 && sign == 0 {
			if sign = c &^ 0x20; isLetter(c) && strings.IndexByte("ABCDEFYXWVU", sign) < 0 || !isLetter(c) && c != '-' && c != '+' {
				return false
			}
			continue
		}
		if n == len(v) || values(v[n:], text[i:i+1]) == 0 {
			return false
		}
		n++
	}
	if n != 10 || !allDigits(v[:9]) || !dayDMY(v[:]) {
		return false
	}
	serial := number(v[6:9])
	return serial >= 2 && "0123456789ABCDEFHJKLMNPRSTUVWXY"[number(v[:9])%31] == base36[v[9]]
}

// validRC checks a Czech or Slovak birth number (zákon 133/2000 Sb.; zákon 301/1995 Z. z.): the day of
// birth, to whose month women have 50 added and the last of a day since 2004 another 20, and, of the
// ten digits since 1954, the sum modulo 11.
func validRC(text []byte) bool {
	var d [10]byte
	n := digits(d[:], text)
	if n != 9 && n != 10 {
		return false
	}
	y, m := 1900+number(d[:2]), number(d[2:4])
	if m > 50 {
		m -= 50
	}
	if m > 20 {
		m -= 20
	}
	switch {
	case n == 9 && y >= 1980:
		y -= 100
	case n == 10 && y < 1954:
		y += 100
	}
	if n == 9 && (y > 1953 || number(d[6:9]) == 0) || !validDay(y, m, number(d[4:6])) {
		return false
	}
	return n == 9 || number(d[:9])%11%10 == int(d[9])
}

// validDIC checks a Czech tax number (zákon 235/2004 Sb.): eight digits of a company, nine that begin with
// 6, or a birth number.
func validDIC(text []byte) bool {
	var buf [12]byte
	v := without(buf[:values(buf[:], text)], "CZ")
	if len(v) < 8 || len(v) > 10 || !allDigits(v) {
		return false
	}
	switch {
	case len(v) == 8:
		check := (11 - weigh(v, 8, 7, 6, 5, 4, 3, 2)%11) % 11
		if check == 0 {
			check = 1
		}
		return v[0] != 9 && check%10 == int(v[7])
	case len(v) == 9 && v[0] == 6:
		check := weigh(v[1:], 8, 7, 6, 5, 4, 3, 2) % 11
		if (8-(10-check)%11+10)%10 == int(v[8]) {
			return true
		}
	}
	return validRC(text[letters(text):])
}

// letters returns how many bytes at the start of text are letters.
func letters(text []byte) int {
	n := 0
	for n < len(text) && isLetter(text[n]) {
		n++
	}
	return n
}

// validBaltic checks an Estonian isikukood (EVS 585) or a Lithuanian asmens kodas: century
// and sex, day of birth, and the check digit, by a second set of weights where the first gives
// none.
func validBaltic(text []byte) bool {
	var d [11]byte
	if digits(d[:], text) != 11 || d[0] == 0 || d[0] > 8 {
		return false
	}
	if !validDay(1800+int(d[0]-1)/2*100+number(d[1:3]), number(d[3:5]), number(d[5:7])) {
		return false
	}
	check := weigh(d[:], 1, 2, 3, 4, 5, 6, 7, 8, 9, 1) % 11
	if check == 10 {
		check = weigh(d[:], 3, 4, 5, 6, 7, 8, 9, 1, 2, 3) % 11 % 10
	}
	return check == int(d[10])
}
