package detect

const nifLetters = "TRWAGMYFPDXBNJZSQVHLCKE" // by remainder modulo 23 (RD 1553/2005)

// validNIF checks the letter of a Spanish DNI or NIF of eight digits.
func validNIF(text []byte) bool {
	var b [9]byte
	n := alnum(b[:], text)
	return n == 9 && nifLetter(b[:8]) == b[8]
}

// validNIE checks the letter of a foreigner's number, whose X, Y or Z stands for
// 0, 1 or 2 (RD 557/2011).
func validNIE(text []byte) bool {
	var b [9]byte
	n := alnum(b[:], text)
	if n != 9 || b[0] < 'X' || b[0] > 'Z' {
		return false
	}
	b[0] = b[0] - 'X' + '0'
	return nifLetter(b[:8]) == b[8]
}

// nifLetter returns 0 where there is a letter among the eight digits.
func nifLetter(b []byte) byte {
	n := 0
	for _, c := range b {
		if !isDigit(c) {
			return 0
		}
		n = 10*n + int(c-'0')
	}
	return nifLetters[n%23]
}
