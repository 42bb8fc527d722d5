package detect

// Milliseconds since 1970 are the longest numbers that JSON is full of, and look like many an identifier:
//
//	"created_at":1712345678901,
//
// A match that is all of such a number is masked, and to see that by its label takes less than to walk for it. So it is seen first, and what
// could match nothing more than the number is not tried.

// epochLengths is how many digits an epoch has: see isEpoch.
var epochLengths = [...]int{10, 13, 16, 19}

// An epochTable is, by the place of a length in epochLengths and the kind of byte behind: the groups of each lane all matches of which
// are the number itself, and masked if that is an epoch.
type epochTable [len(epochLengths)][kindsAfter][2]uint64

// fill fills t for lane k, which is l.
func (t *epochTable) fill(k int, l *lane) {
	for i, g := range l.groups {
		if !g.maskable || g.before != nil {
			continue
		}
		gl := newGroupLayout(g)
		if gl.a == nil {
			continue
		}
		states, n := []uint16{gl.a.start[0], gl.a.start[1]}, 0
		for at, long := range epochLengths {
			for ; n < long && states != nil; n++ {
				if gl.endsBefore(states, gl.ten) {
					states = nil
					break
				}
				states = gl.after(states, gl.ten)
			}
			if states == nil || gl.endsBefore(states, nil) {
				break // a match may be shorter, or it is not known
			}
			for kind := range uint8(kindsAfter) {
				if kind == uint8(byEnd) || len(gl.after(states, gl.kinds[kind])) == 0 {
					t[at][kind][k] |= 1 << i
				}
			}
		}
	}
}

// epoch returns the groups of each lane that no match of counts at raw[at], where a digit stands, since that begins an epoch.
func (s *scan) epoch(t *epochTable, at int) (none [2]uint64) {
	if s.raw[at] != '1' || s.explain != nil {
		return none // Fast path.
	}
	long := digitRun(s.raw, at, maxRun)
	for k, n := range epochLengths {
		if n != long || !s.isEpoch(at, at+n) {
			continue
		}
		kind := uint8(byEnd)
		if at+n < len(s.raw) {
			kind = kindAfter[s.raw[at+n]]
		}
		return t[k][kind%kindsAfter]
	}
	return none
}
