package bytescan

// The exact filter: which anchors stand at a place. All implementations of the stage
// before it end here, so all find the same.

// sets returns the anchors whose Sets fit at text[p:].
func (t *Tables) sets(text []byte, p int) (m uint64) {
	if p+Depth <= len(text) { // Fast path.
		q := text[p : p+Depth : p+Depth]
		return t.mask[0][q[0]] & t.mask[1][q[1]] & t.mask[2][q[2]] & t.mask[3][q[3]] &
			t.mask[4][q[4]] & t.mask[5][q[5]] & t.mask[6][q[6]] & t.mask[7][q[7]]
	}
	m = ^uint64(0)
	for k, c := range text[p:] {
		m &= t.mask[k][c]
	}
	return m
}

// fit returns the anchors that stand at text[p:] if there are no escapes.
func (t *Tables) fit(text []byte, p int) uint64 {
	m := t.sets(text, p)
	if p > 0 {
		m &= t.before[t.class[text[p]]][text[p-1]]
	}
	return m
}

// hidden returns the anchors at text[p:], which an escape hides.
func (t *Tables) hidden(text []byte, p int) uint64 {
	return t.sets(text, p) & t.before[classHidden][text[p-1]]
}

// behind returns the anchors at text[p:], behind an escape.
func (t *Tables) behind(text []byte, p int) uint64 {
	return t.sets(text, p) & (t.before[classOther][text[p-1]] | ^t.inside)
}

// runAt reports whether a run begins at text[p].
func runAt(text []byte, p int) bool {
	separators := 2 // a digit must come first
	for _, c := range text[p:min(p+RunLength, len(text))] {
		switch {
		case IsDigit(c):
			separators = 0
		case separators < 2 && Separators.Has(c):
			separators++
		default:
			return false
		}
	}
	return true
}

// EscapeLen returns how many bytes an escape hides whose backslash stands before
// text[i]: 1 for n, 5 for u0041, 0 if it is none.
func EscapeLen(text []byte, i int) int {
	if i >= len(text) {
		return 0
	}
	switch text[i] {
	case 'b', 'f', 'n', 'r', 't':
		return 1
	case 'u':
		if i+4 < len(text) && hexNibble[text[i+1]]|hexNibble[text[i+2]]|hexNibble[text[i+3]]|hexNibble[text[i+4]] < 16 {
			return 5
		}
	}
	return 0
}

// escapeEnd returns the first place not hidden, if an escape that begins before text[i]
// hides what stands there or right before it. Otherwise it returns 0.
func escapeEnd(text []byte, i int) int {
	for k := i - 1; k >= max(0, i-6); k-- {
		if text[k] == '\\' {
			if n := EscapeLen(text, k+1); n > 0 && k+1+n >= i {
				return k + 1 + n
			}
			return 0
		}
	}
	return 0
}
