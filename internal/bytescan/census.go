package bytescan

import "encoding/binary"

// CensusText is how many bytes [Heads.Count] reads: a block of 64, and those behind it.
const CensusText = 72

// A Census says of 64 bytes of text what they are, a bit for each. It is for reading the
// words of a short stretch, where something was found.
type Census struct {
	Letter, Upper uint64 // ASCII letters, and the capitals among them
	High, Lead    uint64 // bytes of 0x80 and above, and of 0xC0 and above
	Backslash     uint64 // backslashes; in plain Go also a ] behind one
	Head          uint64 // where one of the Heads may stand; all, in plain Go
	One           uint64 // where one of its Letters may stand; all, in plain Go
}

// headLength is how many bytes of a head are looked at.
const headLength = 3

// Heads are the beginnings of words, in any case. The zero Heads has none. They are
// filled by NewHeads and can be used concurrently.
//
// Like the anchors of [Tables] they are put into sixteen buckets, of each of which a
// table for each place says which bytes it accepts there. A byte of 0x80 and above fits
// all.
type Heads struct {
	sets [2][headLength][128]uint8
	one  [128]uint8
}

// NewHeads returns Heads of the first three bytes of each word; what is missing of them
// can be any byte. It also looks for letters, the low five bits of which are set in ones.
func NewHeads(words []string, ones uint32) *Heads {
	h := new(Heads)
	for c := range byte(128) {
		if c|0x20-'a' < 26 && ones>>(c&31)&1 != 0 {
			h.one[c] = 1
		}
	}
	var buckets [16][headLength]Set
	for _, w := range words {
		var head [headLength]Set
		for k := range head {
			switch {
			case k >= len(w):
				head[k] = Set{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
			case w[k]|0x20-'a' < 26:
				head[k].Add(w[k] | 0x20)
				head[k].Add(w[k] &^ 0x20)
			default:
				head[k].Add(w[k])
			}
		}
		best, least := 0, 0.0
		for i := range buckets {
			both := buckets[i]
			for k := range both {
				both[k].Union(&head[k])
			}
			if cost := headCost(&both) - headCost(&buckets[i]); i == 0 || cost < least {
				best, least = i, cost
			}
		}
		for k := range head {
			buckets[best][k].Union(&head[k])
		}
	}
	for i := range buckets {
		for k := range buckets[i] {
			for c := range byte(128) {
				if buckets[i][k].Has(c) {
					h.sets[i/8][k][c] |= 1 << (i % 8)
				}
			}
		}
	}
	return h
}

// headCost is how often a word's beginning fits a bucket, roughly.
func headCost(sets *[headLength]Set) float64 {
	const letters = "etaoinsrhldcumfpgwybvkxjqz"
	cost := 1.0
	for k := range sets {
		sum := 0.0
		for i := range len(letters) {
			if sets[k].Has(letters[i]) {
				sum += 1 / float64(6+i)
			}
		}
		cost *= sum
	}
	return cost
}

// Count fills c for the first 64 bytes of text. What stands behind the first n of them
// need not be filled in.
func (h *Heads) Count(text *[CensusText]byte, n int, c *Census) {
	if active == avx512 {
		census512(text, h, c)
		return
	}
	const ones = 0x0101010101010101
	*c = Census{Head: ^uint64(0), One: ^uint64(0)}
	for k := 0; k < min(n, 64); k += 8 {
		v := binary.LittleEndian.Uint64(text[k:])
		f := (v | 0x20*ones) &^ (0x80 * ones)
		l := (f + (0x80-'a')*ones) &^ (f + (0x80-'z'-1)*ones) &^ v & (0x80 * ones)
		c.Letter |= gather(l) << k
		c.Upper |= gather(l&^(v<<2)) << k
		if v&(0x80*ones) != 0 {
			c.High |= gather(v&(0x80*ones)) << k
			c.Lead |= gather(v&(v<<1)&(0x80*ones)) << k
		}
		if b := v ^ '\\'*ones; (b-ones)&^b&(0x80*ones) != 0 {
			c.Backslash |= gather((b-ones)&^b&(0x80*ones)) << k
		}
	}
}

// gather returns the high bits of the eight bytes of v, which has no others.
func gather(v uint64) uint64 { return v >> 7 * 0x0102040810204080 >> 56 }
