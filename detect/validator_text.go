package detect

// validText checks that a field's value says something: it has a letter or a digit
// (any byte beyond ASCII counts as a letter), is not masked and no placeholder.
func validText(text []byte) bool {
	for _, c := range text {
		if isAlnum(c) || c >= 0x80 {
			return !placeholder(text)
		}
	}
	return false
}

// validName checks that a field's value can be somebody's name: it has a letter and none of
// the signs that paths, URLs, code and templates have.
func validName(text []byte) bool {
	letter := false
	for _, c := range text {
		if isLetter(c) || c >= 0x80 {
			letter = true
		}
		switch c {
		case '/', '<', '>', '{', '}', '=', '$', '|', ';':
			return false
		}
	}
	return letter && !placeholder(text)
}

// validHalfDigits checks that more than half of the letters and digits are digits.
func validHalfDigits(text []byte) bool {
	digits, letters := 0, 0
	for _, c := range text {
		if isDigit(c) {
			digits++
		} else if isLetter(c) {
			letters++
		}
	}
	return digits > letters
}
