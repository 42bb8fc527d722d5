package detect

// validPESEL checks eleven digits: the date of birth, whose month says the
// century (+80 for 1800, +20 for 2000 and so on), and the check digit (ustawa o
// ewidencji ludności).
func validPESEL(text []byte) bool {
	var d [11]byte
	if digits(d[:], text) != 11 {
		return false
	}
	m := number(d[2:4])
	y := number(d[:2]) + [...]int{1900, 2000, 2100, 2200, 1800}[m/20]
	if y > lastBirthYear || !validDay(y, m%20, number(d[4:6])) {
		return false
	}
	return (10-weighted(d[:10], "1379137913")%10)%10 == int(d[10])
}
