//go:build !purego

package bytescan

func unescape(dst, text []byte) (wrote, read int) {
	if active == avx512 && len(text) >= 64 {
		return unescape512(&dst[0], &text[0], len(text), unescapeTable)
	}
	return unescapePlain(dst, text)
}

// unescape512 takes 64 bytes at a time, as long as there are so many. It writes up to 64 bytes more than it says.
//
//go:noescape
func unescape512(dst, text *byte, n int, t *unescapeTables) (wrote, read int)

// unescapeTables are what unescape512 loads: values of hexadecimal digits, and where the byte is that
// stands so many bytes behind another.
type unescapeTables struct {
	nibble                    [128]uint8
	behind2, behind3, behind4 [64]uint8
}

var unescapeTable = func() *unescapeTables {
	t := new(unescapeTables)
	copy(t.nibble[:], hexNibble[:])
	for i := range 64 {
		t.behind2[i], t.behind3[i], t.behind4[i] = uint8(i+2)&63, uint8(i+3)&63, uint8(i+4)&63
	}
	return t
}()
