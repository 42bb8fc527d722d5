package bytescan

// OddMay is [Odd] for who looks at few of its places: they may have no shape, which HasShape tells of each.
func OddMay(text []byte, at int, masks *OddMasks) (some uint64) {
	words := min((len(text)-at+63)/64, OddWords)
	if words <= 0 {
		return 0
	}
	return oddBlocks(text, at, words, masks)
}

// HasShape reports whether text[i], a place of OddMay's, is one of Odd's.
func HasShape(text []byte, i int) bool { return i < len(text) && hasShape(text, i) }
