package detect

// validNIR checks a French social security number: sex, month of birth (20 to 42
// and 50 to 99 stand for one that is not known), department, and the key
// 97 - n mod 97 (INSEE). Corsica's departments 2A and 2B count as 19 and 18.
func validNIR(text []byte) bool {
	var b [15]byte
	if alnum(b[:], text) != 15 {
		return false
	}
	if b[5] == '2' && (b[6] == 'A' || b[6] == 'B') {
		b[5], b[6] = '1', '9'-(b[6]-'A')
	}
	for i, c := range b {
		if !isDigit(c) {
			return false
		}
		b[i] -= '0'
	}
	switch b[0] {
	case 1, 2, 3, 4, 7, 8:
	default:
		return false
	}
	if m := number(b[3:5]); m == 0 || 13 <= m && m <= 19 || 43 <= m && m <= 49 {
		return false
	}
	return 97-number(b[:13])%97 == number(b[13:])
}
