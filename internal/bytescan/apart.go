package bytescan

import "encoding/binary"

// Apart finds where in a text something may be set apart that belongs together, for who brings it
// together:
//
//   - a byte that has blanks or dots one, three and five bytes behind it
//   - dots, and ends of lines
//
// It fills masks with a bit for each byte of text from at on, 64 a word, for all that is left of
// text, or OddWords of them, and returns which words are not 0. It lets some more through, as an end of a
// line is taken for a blank.
func Apart(text []byte, at int, masks *OddMasks) (some uint64) {
	rest := text[at:]
	words := min((len(rest)+63)/64, OddWords)
	if words <= 0 {
		return 0
	}
	var blocks [OddWords + 1]apartBlock
	n := min(len(rest)/64, words+1)
	if n > 0 {
		apartBlocks(rest, blocks[:n])
	}
	if n <= words {
		var tail [64]byte
		copy(tail[:], rest[64*n:])
		apartBlocks(tail[:], blocks[n:n+1])
	}
	for k := range words {
		sets, next := blocks[k].sets, blocks[k+1].sets
		w := sets&^blocks[k].blank | (sets>>1|next<<63)&(sets>>3|next<<61)&(sets>>5|next<<59)
		masks[k] = w
		some |= (w | -w) >> 63 << k
	}
	return some
}

// An apartBlock says of 64 bytes which are blanks, dots and ends of lines, and which are blanks.
type apartBlock struct{ sets, blank uint64 }

func (b *apartBlock) plain(text *[64]byte) {
	*b = apartBlock{}
	for k := 0; k < len(text); k += 8 {
		v := binary.LittleEndian.Uint64(text[k:])
		blank := equal(v, ' ')
		b.sets |= gather(blank|equal(v, '.')|equal(v, '\n')|equal(v, '\r')) << k
		b.blank |= gather(blank) << k
	}
}
