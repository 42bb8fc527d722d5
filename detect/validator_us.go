package detect

// validSSN checks what the Social Security Administration rules out: area 000,
// 666 and 900 to 999, group 00, serial 0000 (POMS RM 10201.035). Since 2011 there is no
// more to check. Numbers that became public by being printed, such as 078-05-1120, pass:
// they were somebody's, and people use 123-45-6789 to see whether this program works.
func validSSN(text []byte) bool {
	var d [9]byte
	if digits(d[:], text) != 9 {
		return false
	}
	area, group, serial := number(d[:3]), number(d[3:5]), number(d[5:])
	return area != 0 && area != 666 && area < 900 && group != 0 && serial != 0 && !allSame(d[:])
}

// validITIN checks an Individual Taxpayer Identification Number: 9 first, and in
// the fourth and fifth places 50 to 65, 70 to 88, 90 to 92 or 94 to 99 (IRS).
func validITIN(text []byte) bool {
	var d [9]byte
	if digits(d[:], text) != 9 || d[0] != 9 {
		return false
	}
	switch g := number(d[3:5]); {
	case g < 50, 66 <= g && g <= 69, g == 89, g == 93:
		return false
	}
	return true
}
