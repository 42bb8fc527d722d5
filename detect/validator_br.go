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

// validCNH checks the two check digits of a Brazilian driving licence (Denatran, Resolução
// Contran 598/2016).
func validCNH(text []byte) bool {
	var d [11]byte
	if digits(d[:], text) != 11 || allSame(d[:]) {
		return false
	}
	first, less := weigh(d[:], 9, 8, 7, 6, 5, 4, 3, 2, 1)%11, 0
	if first == 10 {
		first, less = 0, 2
	}
	second := weigh(d[:], 1, 2, 3, 4, 5, 6, 7, 8, 9)%11 - less
	if second < 0 {
		second += 11
	}
	return first == int(d[9]) && second%10 == int(d[10]) && second <= 10
}

// validTitulo checks a Brazilian voter's number: eight digits, the state's 01 to 28, and
// two check digits, in which São Paulo and Minas Gerais have a 1 for a 0 (TSE,
// Resolução 21.538/2003).
func validTitulo(text []byte) bool {
	var d [12]byte
	if digits(d[:], text) != 12 {
		return false
	}
	state := number(d[8:10])
	if state == 0 || state > 28 {
		return false
	}
	first := weigh(d[:], 2, 3, 4, 5, 6, 7, 8, 9) % 11
	if first == 0 && state <= 2 {
		first = 1
	}
	first %= 10
	second := weigh(d[8:], 7, 8, 9) % 11
	if second == 0 && state <= 2 {
		second = 1
	}
	return first == int(d[10]) && second%10 == int(d[11])
}
