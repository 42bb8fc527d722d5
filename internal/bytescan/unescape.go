package bytescan

// Unescape decodes the beginning of text, the inside of a JSON string or a part of it that begins with
// a whole escape or character, into dst: as far as it is bytes that are no backslash, and escapes \uXXXX
// of what texts in other letters are written in, from U+0080 to U+07FF and from U+3000 to U+D7FF. It returns how much of dst it wrote, and of text
// it read: whole escapes, and perhaps less than it could, or nothing.
// dst has room for UnescapeRoom bytes more than text has.
func Unescape(dst, text []byte) (wrote, read int) {
	_ = dst[len(text)+UnescapeRoom-1]
	return unescape(dst, text)
}

// UnescapeRoom is how much more room [Unescape] needs than it fills.
const UnescapeRoom = 64

// unescapePlain is Unescape in plain Go. It reads escapes only.
func unescapePlain(dst, text []byte) (wrote, read int) {
	for ; len(text)-read >= 6; read += 6 {
		e := text[read : read+6]
		if e[0] != '\\' || e[1] != 'u' {
			break
		}
		a, b, c, d := hexNibble[e[2]], hexNibble[e[3]], hexNibble[e[4]], hexNibble[e[5]]
		r := int(a)<<12 | int(b)<<8 | int(c)<<4 | int(d)
		if a|b|c|d > 15 {
			break
		}
		out := dst[wrote : wrote+3 : wrote+3]
		if 0x3000 <= r && r < 0xd800 {
			out[0], out[1], out[2] = 0xe0|byte(a), 0x80|byte(b)<<2|byte(c)>>2, 0x80|byte(c)<<4&0x30|byte(d)
			wrote += 3
		} else if 0x80 <= r && r < 0x800 {
			out[0], out[1] = 0xc0|byte(b)<<2|byte(c)>>2, 0x80|byte(c)<<4&0x30|byte(d)
			wrote += 2
		} else {
			break
		}
	}
	return wrote, read
}

// hexNibble is the value of a hexadecimal digit, 0x80 for what is none.
var hexNibble = func() (t [256]uint8) {
	for c := range t {
		switch c := byte(c); {
		case c-'0' < 10:
			t[c] = c - '0'
		case c|0x20-'a' < 6:
			t[c] = c | 0x20 - 'a' + 10
		default:
			t[c] = 0x80
		}
	}
	return t
}()
