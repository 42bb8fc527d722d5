package detect

// validSteuerID checks a German tax identification number: eleven digits, the
// first not 0; of the first ten exactly one value stands twice or three times and
// no other more than once; the last by ISO 7064's MOD 11,10 (BZSt, § 139b AO).
func validSteuerID(text []byte) bool {
	var d [11]byte
	if digits(d[:], text) != 11 || d[0] == 0 {
		return false
	}
	var count [10]int
	for _, c := range d[:10] {
		count[c]++
	}
	repeated := 0
	for _, n := range count {
		if n > 3 {
			return false
		}
		if n > 1 {
			repeated++
		}
	}
	return repeated == 1 && mod11x10(d[:])
}

// mod11x10 is ISO 7064's MOD 11,10 over all of d, the check digit included.
func mod11x10(d []byte) bool {
	p := 10
	for _, c := range d[:len(d)-1] {
		s := (p + int(c)) % 10
		if s == 0 {
			s = 10
		}
		p = 2 * s % 11
	}
	return (11-p)%10 == int(d[len(d)-1])
}
