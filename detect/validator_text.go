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
