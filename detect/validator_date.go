package detect

// The years in which somebody alive can have been born, generously: a check must
// not depend on the clock.
const (
	firstBirthYear = 1890
	lastBirthYear  = 2039
)

// validDay reports whether there is such a day.
func validDay(y, m, d int) bool {
	if m < 1 || m > 12 || d < 1 {
		return false
	}
	days := int("?\x1f\x1c\x1f\x1e\x1f\x1e\x1f\x1f\x1e\x1f\x1e\x1f"[m])
	if m == 2 && y%4 == 0 && (y%100 != 0 || y%400 == 0) {
		days = 29
	}
	return d <= days
}

func bornOn(y, m, d int) bool {
	return firstBirthYear <= y && y <= lastBirthYear && validDay(y, m, d)
}

// validBirthDate checks that text is a day on which somebody alive can have been
// born, in any usual order: 1985-03-12, 12.03.1985, 3/12/85, 19850312, 850312,
// 12 March 1985, 1985년 3월 12일. The time of day after an ISO date is not looked at.
func validBirthDate(text []byte) bool {
	if y, m, d, ok := isoDay(text); ok {
		return bornOn(y, m, d) // Fast path.
	}
	return birthDate(text)
}

// isoDay reads 1985-03-12, with hyphens, slashes or dots.
func isoDay(text []byte) (y, m, d int, ok bool) {
	if len(text) != 10 || text[4] != text[7] || text[4] != '-' && text[4] != '/' && text[4] != '.' {
		return 0, 0, 0, false
	}
	a, b, c, e := text[0]-'0', text[1]-'0', text[2]-'0', text[3]-'0'
	g, h, i, j := text[5]-'0', text[6]-'0', text[8]-'0', text[9]-'0'
	if max(a, b, c, e, g, h, i, j) > 9 {
		return 0, 0, 0, false
	}
	return int(a)*1000 + int(b)*100 + int(c)*10 + int(e), int(g)*10 + int(h), int(i)*10 + int(j), true
}

// birthDate is validBirthDate for any form.
func birthDate(text []byte) bool {
	var num, width [3]int
	n, letters := 0, 0
	for i := 0; i < len(text); {
		c := text[i]
		if !isDigit(c) {
			if isLetter(c) && n == 3 && i > 0 && isDigit(text[i-1]) && c == 'T' {
				break // of 1985-03-12T00:00:00Z
			}
			if isLetter(c) || c >= 0xc0 { // the first byte of мая's three letters
				letters++
			}
			i++
			continue
		}
		if n == 3 {
			break
		}
		start := i
		for i < len(text) && isDigit(text[i]) && i-start < 9 {
			num[n] = num[n]*10 + int(text[i]-'0')
			i++
		}
		width[n] = i - start
		n++
	}
	switch {
	case n == 1 && width[0] == 8: // 19850312, 12031985
		v := num[0]
		return bornOn(v/10000, v/100%100, v%100) || bornOn(v%10000, v/100%100, v/1000000)
	case n == 1 && width[0] == 6: // 850312
		v := num[0]
		return bornOn(year(v/10000, 2), v/100%100, v%100)
	case n == 2 && letters >= 3: // 12 March 1985, March 12, 1985
		if width[0] == 4 {
			return bornOn(num[0], 1, num[1])
		}
		return bornOn(year(num[1], width[1]), 1, num[0])
	case n == 3 && width[0] == 4:
		return bornOn(num[0], num[1], num[2])
	case n == 3 && letters >= 3 && width[0] <= 2 && width[2] <= 2: // 85년 3월 5일, 昭和57年6月5日
		return validDay(2000, num[1], num[2])
	case n == 3 && (width[2] == 4 || width[2] == 2):
		y := year(num[2], width[2])
		return bornOn(y, num[1], num[0]) || bornOn(y, num[0], num[1]) ||
			width[2] == 2 && width[0] == 2 && bornOn(year(num[0], 2), num[1], num[2])
	}
	return false
}

// year reads one of two digits as 1940 to 2039.
func year(y, width int) int {
	switch {
	case width != 2:
		return y
	case y < 40:
		return 2000 + y
	}
	return 1900 + y
}
