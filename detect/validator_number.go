package detect

// validSomeDigits checks that text has five to 24 letters and digits, of which four at least and
// no fewer than half are digits, and nothing else but spaces, hyphens, points and slashes: what
// stands in a field for numbers of persons or documents whose form nobody knows beforehand.
func validSomeDigits(text []byte) bool {
	digits, letters := 0, 0
	for _, c := range text {
		switch {
		case isDigit(c):
			digits++
		case isLetter(c):
			letters++
		case c != ' ' && c != '-' && c != '.' && c != '/':
			return false
		}
	}
	return digits >= 4 && digits >= letters && 5 <= digits+letters && digits+letters <= 24
}

// validNRB checks a Polish account number without its country (NBP): as an IBAN, 26 digits.
func validNRB(text []byte) bool {
	var d [26]byte
	if digits(d[:], text) != len(d) {
		return false
	}
	n := 0
	for _, c := range d[2:] {
		n = (n*10 + int(c)) % 97
	}
	n = (n*10000 + 2521) % 97 // PL
	return (n*100+number(d[:2]))%97 == 1
}
