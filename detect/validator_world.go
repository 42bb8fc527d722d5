package detect

import "strings"

// Checks of ISO/IEC 7064 and their like, and what a table cannot say of numbers that are
// made alike all over the world. All take values: 0 to 9, and 10 to 35 for letters.

// mod97x10 is ISO 7064's MOD 97-10: all of v, letters as two digits, is 1 modulo 97.
func mod97x10(c chars) bool {
	v := c.all()
	n := 0
	for _, c := range v {
		if c > 9 {
			n *= 10
		}
		n = (n*10 + int(c)) % 97
	}
	return n == 1
}

// mod11x2 is ISO 7064's MOD 11-2, whose check character may be X.
func mod11x2(c chars) bool {
	v := c.all()
	s := 0
	for _, c := range v[:len(v)-1] {
		s = (s + int(c)) * 2 % 11
	}
	check := (12 - s) % 11
	last := int(v[len(v)-1])
	if last == 33 { // X
		last = 10
	}
	return check == last
}

// mod37x36 is ISO 7064's MOD 37,36.
func mod37x36(c chars) bool {
	v := c.all()
	p := 36
	for _, c := range v[:len(v)-1] {
		if p = (p + int(c)) % 36; p == 0 {
			p = 36
		}
		p = p * 2 % 37
	}
	return (p+int(v[len(v)-1]))%36 == 1
}

// luhn36 is Luhn's sum modulo 36 over letters and digits.
func luhn36(v []byte) bool {
	sum := 0
	for i, c := range v {
		p := int(c)
		if (len(v)-i)%2 == 0 {
			p *= 2
			p = p/36 + p%36
		}
		sum += p
	}
	return sum%36 == 0
}

// damm is the check of H. M. Damm's totally anti-symmetric quasigroup of order 10.
func damm(c chars) bool {
	v := c.all()
	const table = "0317598642709215486342068713591750983426612304597836742095815869720134894536201794386172052581436790"
	t := byte(0)
	for _, d := range v {
		t = table[10*int(t)+int(d)] - '0'
	}
	return t == 0
}

// wholly makes a validator of a check for text of letters and digits of any length from
// least on, all digits but for the last where digits is set.
func wholly(least int, digits, x bool, check func(chars) bool) func([]byte) bool {
	return func(text []byte) bool {
		var buf [36]byte
		n := values(buf[:], text)
		if n < least || allSame(buf[:n]) {
			return false
		}
		v := buf[:n]
		if digits && !allDigits(v[:n-1]) || digits && v[n-1] > 9 && !(x && v[n-1] == 33) {
			return false
		}
		return check(copyOf(v))
	}
}

// validCreditorReference checks a structured creditor reference, RF and two digits before it
// (ISO 11649).
func validCreditorReference(text []byte) bool {
	var v [25]byte
	n := values(v[:], text)
	if n < 5 || base36[v[0]] != 'R' || base36[v[1]] != 'F' || v[2] > 9 || v[3] > 9 {
		return false
	}
	rest := 0
	for i := range n {
		c := v[(i+4)%n]
		if c > 9 {
			rest *= 10
		}
		rest = (rest*10 + int(c)) % 97
	}
	return rest == 1
}

// validIBANLength checks a number's country and length only: what may be said of an IBAN that
// was mistyped or made up.
func validIBANLength(text []byte) bool {
	var b [34]byte
	n := alnum(b[:], text)
	return n >= 15 && isLetter(b[0]) && isLetter(b[1]) && isDigit(b[2]) && isDigit(b[3]) && ibanLength(b[0], b[1]) == n
}

// isin checks the country of a security, and Luhn's sum over its digits, where a letter is
// two.
func isin(c chars) bool {
	v := c.all()
	var d [24]byte
	n := 0
	for _, c := range v {
		if c > 9 {
			d[n] = c / 10
			n++
		}
		d[n] = c % 10
		n++
	}
	return (isCountry(v) || v[0] == 33 /* XA to XF, XS */) && luhn(d[:n])
}

func cusip(c chars) bool {
	v := c.all()
	sum := 0
	for i, c := range v[:8] {
		p := int(c) * (1 + i%2)
		sum += p/10 + p%10
	}
	return (10-sum%10)%10 == int(v[8])
}

// sedol checks that there are no vowels, and no letters in a number of before 2004, which
// begins with a digit.
func sedol(c chars) bool {
	v := c.all()
	for _, c := range v {
		switch base36[c] {
		case 'A', 'E', 'I', 'O', 'U':
			return false
		}
	}
	return v[0] > 9 || allDigits(v)
}

// container checks a freight container: letters from 10 on, without multiples of eleven,
// weighed by powers of two.
func container(c chars) bool {
	v := c.all()
	sum := 0
	for i, c := range v[:10] {
		n := int(c)
		if n >= 10 {
			n += (n - 1) / 10 // A 10, B 12, L 23, V 34
		}
		sum += n << i
	}
	return sum%11%10 == int(v[10])
}

// isCountry reports whether the first two values are a country's code (ISO 3166-1).
func isCountry(v []byte) bool {
	if v[0] <= 9 || v[1] <= 9 {
		return false
	}
	const others = "ACAPEUSUUK" // top-level domains that are no country's code
	a, b := base36[v[0]], base36[v[1]]
	for i := 0; i < len(others); i += 2 {
		if others[i] == a && others[i+1] == b {
			return false
		}
	}
	return countries[a&31]>>(b&31)&1 != 0 || a == 'X' && b == 'K'
}

// validBIC checks a Business Identifier Code (ISO 9362): a party of four characters, a
// country, a place, and perhaps a branch.
func validBIC(text []byte) bool {
	var v [11]byte
	n := values(v[:], text)
	if n != 8 && n != 11 || n != len(text) {
		return false
	}
	for _, c := range v[:4] {
		if c <= 9 {
			return false
		}
	}
	return isCountry(v[4:])
}

// validVIN checks a vehicle's number (ISO 3779) with the check character that North America
// and China ask for in the ninth place (49 CFR 565); elsewhere it need not be right.
func validVIN(text []byte) bool {
	const letters = "12345678.12345.7.923456789" // A to Z; not I, O and Q
	weights := [17]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2}
	var v [17]byte
	if values(v[:], text) != 17 || allDigits(v[:]) {
		return false
	}
	sum := 0
	for i, c := range v {
		if c > 9 {
			if c = letters[c-10]; c == '.' {
				return false
			}
			c -= '0'
		}
		sum += weights[i] * int(c)
	}
	return "0123456789X"[sum%11] == base36[v[8]]
}

// fedDistrict checks the first two digits of a routing number: the Federal Reserve's
// districts, as such, for thrifts and for electronic ones, and 80 for traveller's cheques.
func fedDistrict(c chars) bool {
	v := c.all()
	p := number(v[:2])
	return p <= 12 || 21 <= p && p <= 32 || 61 <= p && p <= 72 || p == 80
}

// npi is Luhn's sum with 80840 before the number, which adds 24.
func npi(c chars) bool {
	v := c.all()
	sum := 24
	for i, c := range v {
		if i%2 == 0 {
			c = doubled[c]
		}
		sum += int(c)
	}
	return sum%10 == 0
}

// dea checks a prescriber's number: the kind of registrant, the first letter of the name or
// a 9, and the sum of seven digits.
func dea(c chars) bool {
	v := c.all()
	d := v[2:]
	return strings.IndexByte("ABCDEFGHJKLMPRSTUX", base36[v[0]]) >= 0 && (v[1] == 9 || v[1] > 9) &&
		(weigh(d, 1, 2, 1, 2, 1, 2))%10 == int(d[6])
}

// mbi checks that a Medicare number has none of the letters that look like digits.
func mbi(c chars) bool {
	v := c.all()
	for _, c := range v {
		switch base36[c] {
		case 'S', 'L', 'O', 'I', 'B', 'Z':
			return false
		}
	}
	return true
}

// einPrefix checks the first two digits of an employer's number.
func einPrefix(c chars) bool {
	v := c.all()
	switch p := number(v[:2]); {
	case p == 0, 7 <= p && p <= 9, 17 <= p && p <= 19, p == 28, p == 29, p == 49, p == 69, p == 70, p == 78, p == 79, p == 89, p == 96, p == 97:
		return false
	}
	return true
}

// validGeo checks a pair of coordinates, latitude first, each with four decimals or more
// (ISO 6709).
func validGeo(text []byte) bool {
	i := 0
	lat, ok := degrees(text, &i)
	if !ok || lat > 90_0000 {
		return false
	}
	for i < len(text) && (text[i] == ' ' || text[i] == ',' || text[i] == ';' || text[i] == '/') {
		i++
	}
	lon, ok := degrees(text, &i)
	return ok && lon <= 180_0000 && i == len(text)
}

// degrees reads a number at text[*i:] that has four decimals or more, without its sign, as
// ten thousandths.
func degrees(text []byte, i *int) (n int, ok bool) {
	if *i < len(text) && (text[*i] == '-' || text[*i] == '+') {
		*i++
	}
	start := *i
	for *i < len(text) && isDigit(text[*i]) && *i < start+4 {
		n = n*10 + int(text[*i]-'0')
		*i++
	}
	if *i == start || *i == len(text) || text[*i] != '.' {
		return 0, false
	}
	*i++
	start = *i
	for ; *i < len(text) && isDigit(text[*i]); *i++ {
		if *i < start+4 {
			n = n*10 + int(text[*i]-'0')
		}
	}
	return n, *i >= start+4
}

// validTrack checks the tracks of a magnetic stripe (ISO/IEC 7813): a card number that
// passes, and four digits for the month it runs to.
func validTrack(text []byte) bool {
	for i, c := range text {
		if c != '^' && c != '=' && c != 'D' && c != 'd' {
			continue
		}
		pan := text[:i]
		for len(pan) > 0 && !isDigit(pan[0]) {
			pan = pan[1:]
		}
		if len(pan) < 12 || !validLuhn(pan) {
			return false
		}
		rest := text[i+1:]
		if c == '^' { // a name stands between
			for len(rest) > 0 && rest[0] != '^' {
				rest = rest[1:]
			}
			if len(rest) == 0 {
				return false
			}
			rest = rest[1:]
		}
		return len(rest) >= 4 && isDigit(rest[0]) && isDigit(rest[1]) &&
			(rest[2] == '0' && '1' <= rest[3] && rest[3] <= '9' || rest[2] == '1' && '0' <= rest[3] && rest[3] <= '2')
	}
	return false
}

// validMRZ checks the machine readable zone of a travel document (ICAO 9303, parts 4 to 6): two
// lines of 44 or 36 characters, or three of 30. White space between the lines is skipped.
func validMRZ(text []byte) bool {
	var buf [90]byte
	n := mrzValues(buf[:], text)
	v := buf[:n]
	switch n {
	case 88: // TD3: passport
		b := v[44:]
		return mrzCheck(b[:9], b[9]) && mrzCheck(b[13:19], b[19]) && mrzCheck(b[21:27], b[27]) &&
			(mrzCheck(b[28:42], b[42]) || b[42] == filler && allFiller(b[28:42])) && mrzChecks(b[43], b[:10], b[13:20], b[21:43])
	case 72: // TD2
		b := v[36:]
		return mrzCheck(b[:9], b[9]) && mrzCheck(b[13:19], b[19]) && mrzCheck(b[21:27], b[27]) && mrzChecks(b[35], b[:10], b[13:20], b[21:35])
	case 90: // TD1: card
		b := v[30:]
		return mrzCheck(v[5:14], v[14]) && mrzCheck(b[:6], b[6]) && mrzCheck(b[8:14], b[14]) && mrzChecks(b[29], v[5:30], b[:7], b[8:15], b[18:29])
	}
	return false
}

const filler = 36 // <

// mrzValues writes the values of a machine readable zone's characters to dst and returns
// how many there are, or 0 if there are others or too many. Separators that people put into a number
// are skipped.
func mrzValues(dst, text []byte) int {
	n := 0
	for i, c := range text {
		switch {
		case c == '<':
			c = filler
		case isDigit(c):
			c -= '0'
		case c == '\\' && i+1 < len(text) && (text[i+1] == 'n' || text[i+1] == 'r'):
			continue
		case i > 0 && text[i-1] == '\\' && (c == 'n' || c == 'r'):
			continue
		case isLetter(c):
			c = c | 0x20 - 'a' + 10
		case c == ' ', c == '\n', c == '\r', c == '-':
			continue
		default:
			return 0
		}
		if n == len(dst) {
			return 0
		}
		dst[n] = c
		n++
	}
	return n
}

func allFiller(v []byte) bool {
	for _, c := range v {
		if c != filler {
			return false
		}
	}
	return true
}

func mrzCheck(v []byte, check byte) bool { return mrzSum(0, v)%10 == int(check) }

// mrzChecks is mrzCheck over several fields, one after the other.
func mrzChecks(check byte, fields ...[]byte) bool {
	sum, place := 0, 0
	for _, f := range fields {
		sum += mrzSum(place, f)
		place += len(f)
	}
	return sum%10 == int(check)
}

// mrzSum weighs v with 7, 3 and 1 in turn, beginning at that place.
func mrzSum(place int, v []byte) int {
	sum := 0
	for i, c := range v {
		if c != filler {
			sum += int(c) * [3]int{7, 3, 1}[(place+i)%3]
		}
	}
	return sum
}
