package detect

// validCPF checks the two check digits of a Brazilian CPF (Receita Federal).
func validCPF(text []byte) bool {
	var d [11]byte
	if digits(d[:], text) != 11 || allSame(d[:]) {
		return false
	}
	return brCheck(d[:9], 10) == d[9] && brCheck(d[:10], 11) == d[10]
}

// brCheck weighs d with w, w-1 and so on; after 2 comes 9.
func brCheck(d []byte, w int) byte {
	sum := 0
	for _, c := range d {
		sum += int(c) * w
		if w--; w < 2 {
			w = 9
		}
	}
	if check := 11 - sum%11; check < 10 {
		return byte(check)
	}
	return 0
}

// validCNPJ checks the two check digits of a Brazilian company number, which may
// hold letters since July 2026 (IN RFB 2.229/2024): a letter counts as its code less 48.
func validCNPJ(text []byte) bool {
	var b [14]byte
	if alnum(b[:], text) != 14 || allSame(b[:]) {
		return false
	}
	for i := range b {
		b[i] -= '0'
	}
	if b[12] > 9 || b[13] > 9 {
		return false
	}
	return brCheck(b[:12], 5) == b[12] && brCheck(b[:13], 6) == b[13]
}
