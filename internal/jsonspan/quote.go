package jsonspan

import (
	"unicode/utf16"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// AppendQuote appends text as the inside of a JSON string, without the quotes. It
// escapes what JSON asks for and no more, and writes U+FFFD for invalid UTF-8.
func AppendQuote[B []byte | string](dst []byte, text B) []byte {
	start := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(string(text[i:min(i+utf8.UTFMax, len(text))]))
			if r == utf8.RuneError && n == 1 {
				dst = append(dst, text[start:i]...)
				dst = append(dst, "\uFFFD"...)
				start = i + 1
			}
			i += n
			continue
		}
		if c >= 0x20 && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, text[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	return append(dst, text[start:]...)
}

// AppendEscaped appends text escaped as often as level says: 0 appends it as it is,
// 1 is AppendQuote, 2 is for a string in a JSON text that is itself in a string.
func AppendEscaped(dst, text []byte, level int) []byte {
	if level <= 0 {
		return append(dst, text...)
	}
	start := len(dst)
	dst = AppendQuote(dst, text)
	for ; level > 1; level-- {
		// Escaped text has no controls left; only quotes and backslashes double.
		end := len(dst)
		extra := 0
		for _, c := range dst[start:] {
			if c == '"' || c == '\\' {
				extra++
			}
		}
		if extra == 0 {
			break
		}
		for range extra {
			dst = append(dst, 0)
		}
		for r, w := end-1, len(dst)-1; r >= start; r-- {
			dst[w] = dst[r]
			w--
			if c := dst[r]; c == '"' || c == '\\' {
				dst[w] = '\\'
				w--
			}
		}
	}
	return dst
}

// AppendUnquote appends what inside, the inside of a JSON string, stands for.
// It reports whether every escape was well formed; one that is not, and each half of
// a surrogate pair alone, becomes U+FFFD.
func AppendUnquote[B []byte | string](dst []byte, inside B) ([]byte, bool) {
	ok := true
	for i := 0; i < len(inside); {
		plain := i
		for i < len(inside) && inside[i] != '\\' {
			i++
		}
		if dst = append(dst, inside[plain:i]...); i == len(inside) {
			break
		}
		r, n, good := Unescape(inside[i:])
		ok = ok && good
		if r < utf8.RuneSelf {
			dst = append(dst, byte(r))
		} else {
			dst = utf8.AppendRune(dst, r)
		}
		i += n
	}
	return dst, ok
}

// Unescape reads the escape that p begins with, the pair of escapes of a surrogate
// pair as one. It returns the character and the escape's length, which is at least 1.
// For what is no escape it returns U+FFFD, a length that ends before the next
// backslash, and false.
func Unescape[B []byte | string](p B) (r rune, n int, ok bool) {
	if len(p) < 2 {
		return utf8.RuneError, 1, false
	}
	switch p[1] {
	case '"', '\\', '/':
		return rune(p[1]), 2, true
	case 'n':
		return '\n', 2, true
	case 'r':
		return '\r', 2, true
	case 't':
		return '\t', 2, true
	case 'b':
		return '\b', 2, true
	case 'f':
		return '\f', 2, true
	case 'u':
	default:
		return utf8.RuneError, 1, false
	}
	r = hex4(p, 2)
	if r < 0 {
		return utf8.RuneError, 2, false
	}
	if !utf16.IsSurrogate(r) {
		return r, 6, true
	}
	if len(p) >= 12 && p[6] == '\\' && p[7] == 'u' {
		if lo := hex4(p, 8); lo >= 0 {
			if full := utf16.DecodeRune(r, lo); full != utf8.RuneError {
				return full, 12, true
			}
		}
	}
	return utf8.RuneError, 6, false
}

// Hides reports whether p, which follows a backslash, or several, makes an escape with them
// that hides a character from who reads the bytes: \/, or a \uXXXX that may be part of
// a value. What only ever separates is not hidden, since an escape separates as well:
// control characters, U+2028, U+2029 and U+FFFD, and <, > and &, which many servers
// escape wherever they stand.
func Hides(p []byte) bool {
	if len(p) == 0 || p[0] == '/' {
		return len(p) > 0
	}
	if p[0] != 'u' {
		return false
	}
	r := hex4(p, 1)
	return r >= 0 && !separates(r)
}

func separates(r rune) bool {
	return r < 0x20 || r == '<' || r == '>' || r == '&' || r == 0x2028 || r == 0x2029 || r == utf8.RuneError
}

// IsHex4 reports whether p begins with four hexadecimal digits.
func IsHex4(p []byte) bool { return hex4(p, 0) >= 0 }

// hex4 returns the number that the four hexadecimal digits at p[i:] write, or -1.
func hex4[B []byte | string](p B, i int) rune {
	if len(p) < i+4 {
		return -1
	}
	p = p[i : i+4]
	a, b, c, d := hexValue[p[0]], hexValue[p[1]], hexValue[p[2]], hexValue[p[3]]
	if a|b|c|d < 0 {
		return -1
	}
	return rune(a)<<12 | rune(b)<<8 | rune(c)<<4 | rune(d)
}

// hexValue is the value of a hexadecimal digit, -1 for what is none.
var hexValue = func() (t [256]int8) {
	for c := range t {
		t[c] = -1
	}
	for i, c := range []byte(hexDigits) {
		t[c] = int8(i)
		if c >= 'a' {
			t[c-'a'+'A'] = int8(i)
		}
	}
	return t
}()

func unhex(c byte) rune { return rune(hexValue[c]) }
