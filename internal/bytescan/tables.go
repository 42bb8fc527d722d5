package bytescan

// Tables hold anchors in the form in which text is compared with them. Tables without
// anchors find nothing. They are filled by Add, then Build is called once, and
// from then on they must not be changed; they can be used concurrently.
type Tables struct {
	class [256]uint8 // classOther, classWord or classDigit

	// A bit of each for every anchor.
	before [classes][256]uint64 // by the class of a byte, and the byte before it
	mask   [Depth][256]uint64
	inside uint64 // anchors with Inside
	run    uint64 // and with Run

	anchors []numbered // for Build
	by      implementation
	sieve   sieve // for plain Go

	lookups lookups // for the vector kernels
	runs    uint64  // all bits, if there are anchors only where runs begin
}

// A numbered is an anchor with its number.
type numbered struct {
	Anchor
	number int
}

// Classes of bytes. What an escape hides is of its own.
const (
	classOther = iota
	classWord  // but no digit
	classDigit
	classHidden
	classes
)

// escapeBit is the bit, not an anchor's, that backslashes and the letters of escapes
// have in Tables.mask, so that escapes are met on the way.
const escapeBit = 1 << 62

// New returns Tables without anchors.
func New() *Tables {
	t := new(Tables)
	for c := range 256 {
		switch b := byte(c); {
		case IsDigit(b):
			t.class[c] = classDigit
		case IsWord(b):
			t.class[c] = classWord
		}
	}
	t.mask[0]['\\'] |= escapeBit
	for _, c := range "bfnrtu" {
		t.mask[1][c] |= escapeBit
	}
	for k := range t.mask[2:] {
		for c := range 256 {
			t.mask[2+k][c] |= escapeBit
		}
	}
	for k := range t.before {
		for c := range 256 {
			t.before[k][c] |= escapeBit
		}
	}
	return t
}

// Add adds the anchor of that number, which is at least 0 and less than [Anchors]. It
// keeps no part of a.
func (t *Tables) Add(number int, a *Anchor) {
	t.anchors = append(t.anchors, numbered{*a, number})
	bit := uint64(1) << number
	for c := range 256 {
		b := byte(c)
		for k := range a.Sets {
			if a.Sets[k].Has(b) && !(a.Run && k == 0 && !IsDigit(b)) {
				t.mask[k][c] |= bit
			}
		}
		if a.Before.Has(b) {
			for class := range classes {
				if a.fits(class, b) {
					t.before[class][c] |= bit
				}
			}
		}
	}
	if a.Inside {
		t.inside |= bit
	}
	if a.Run {
		t.run |= bit
	}
}

// fits reports whether a may stand, by its Where, at a byte of that class that follows prev.
func (a *Anchor) fits(class int, prev byte) bool {
	switch a.Where {
	case WordStart:
		return class == classOther || class != classHidden && !IsWord(prev)
	case DigitStart:
		return class == classOther || class == classWord || class == classDigit && !IsDigit(prev)
	}
	return true
}

// Build makes t ready for use.
func (t *Tables) Build() {
	t.by = active
	if t.by == generic {
		t.sieve.fill(t)
	} else {
		t.lookups.fill(t)
	}
	t.anchors = nil
}
