package detect

// validCalendar checks that text holds a day, or a month of a year, that the calendar
// knows: 2021-05-21, 21.5.2021, 5/21/21, 5/2021, 5 May 2021, May 2021, May 5,
// 2021年5月21日. What stands behind the third number is a time and not looked at.
// Whether words in it are names of months is for the pattern to say.
func validCalendar(text []byte) bool {
	var num, width [3]int
	n, words := 0, false
	for i := 0; i < len(text) && n < len(num); {
		c := text[i]
		if !isDigit(c) {
			words = words || isLetter(c) || c >= 0x80
			i++
			continue
		}
		start := i
		for i < len(text) && isDigit(text[i]) && i-start < 5 {
			num[n] = num[n]*10 + int(text[i]-'0')
			i++
		}
		width[n] = i - start
		n++
	}
	a, b, c := num[0], num[1], num[2]
	switch {
	case n == 3 && validTriple(a, b, c, width):
		return true
	case words: // 5 May 2021, May 5 at 10:15, 21 mayo: each number up to the time's is a day or a year
		return n > 0 && (dayNumber(a, width[0]) || calendarYear(a, width[0])) &&
			(n == 1 || dayNumber(b, width[1]) || calendarYear(b, width[1]) || b < 24 && width[1] <= 2)
	case n == 2 && width[1] == 4: // 5/2021
		return 1 <= a && a <= 12 && calendarYear(b, 4)
	case n == 2 && width[0] == 4: // 2021/05
		return 1 <= b && b <= 12 && calendarYear(a, 4)
	case n == 2:
		return validDay(2000, a, b) || validDay(2000, b, a)
	}
	return false
}

// validTriple checks three numbers as year, month and day, or day or month first.
func validTriple(a, b, c int, width [3]int) bool {
	switch {
	case width[0] == 4:
		return calendarYear(a, 4) && validDay(a, b, c)
	case width[2] == 4:
		return calendarYear(c, 4) && (validDay(c, a, b) || validDay(c, b, a))
	case max(width[0], width[1], width[2]) == 2:
		return validDay(year(c, 2), a, b) || validDay(year(c, 2), b, a) || width[0] == 2 && validDay(year(a, 2), b, c)
	}
	return false
}

func dayNumber(v, width int) bool    { return width <= 2 && 1 <= v && v <= 31 }
func calendarYear(v, width int) bool { return width == 4 && 1000 <= v && v < 2200 }
