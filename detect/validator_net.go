package detect

import "bytes"

// validIPv4 checks four octets without leading zeros, a prefix length after them
// allowed, that are the address of some other machine: not this host, nobody or
// everybody (0/8, 127/8, 255.255.255.255), nor link-local, which clouds use for
// their metadata.
func validIPv4(text []byte) bool {
	a, ok := parseIPv4(text)
	return ok && someHost(a)
}

func someHost(a [4]byte) bool {
	return a[0] != 0 && a[0] != 127 && a != [4]byte{255, 255, 255, 255} && !(a[0] == 169 && a[1] == 254)
}

// validIPv4Public is validIPv4 without groups of machines and what is reserved (224/3),
// without private addresses (RFC 1918, RFC 6598), and without what rather looks like
// a version or an object identifier: a small number first, and none that is large. Addresses set
// aside for documentation count: a text that shows one shows an address.
func validIPv4Public(text []byte) bool {
	a, ok := parseIPv4(text)
	if !ok || !someHost(a) {
		return false
	}
	private := a[0] == 10 || a[0] == 172 && a[1]&0xf0 == 16 || a[0] == 192 && a[1] == 168 || a[0] == 100 && a[1]&0xc0 == 64
	most := max(a[1], a[2], a[3])
	version := a[0] < 20 && (most < 100 || a[0] < 10 && a[1] < 20) || a[0] < 100 && most < 20
	return a[0] < 224 && !private && !version
}

func parseIPv4(text []byte) (a [4]byte, ok bool) {
	octet, width, n := 0, 0, 0
	for i, c := range text {
		switch {
		case isDigit(c):
			octet = octet*10 + int(c-'0')
			if width++; octet > 255 || width > 1 && octet < 10 {
				return a, false
			}
			continue
		case width == 0:
			return a, false
		case c == '.' && n < 3:
			a[n] = byte(octet)
			n, octet, width = n+1, 0, 0
			continue
		case c == '/' && n == 3:
			a[3] = byte(octet)
			return a, prefixLength(text[i+1:], 32)
		}
		return a, false
	}
	a[3] = byte(octet)
	return a, n == 3 && width > 0
}

func prefixLength(text []byte, most int) bool {
	n := 0
	for _, c := range text {
		if !isDigit(c) {
			return false
		}
		if n = n*10 + int(c-'0'); n > most {
			return false
		}
	}
	return len(text) > 0
}

// validIPv6 checks the text form of RFC 4291: groups of up to four hex digits, one
// "::" at most, an IPv4 tail, zone and prefix length allowed. What could as well be a
// time or a fragment of code is refused: there must be three groups or more. So are eight
// pairs, which are some device's EUI-64, and ::1 and the link-local fe80::/10.
func validIPv6(text []byte) bool {
	if i := bytes.IndexByte(text, '/'); i >= 0 {
		if !prefixLength(text[i+1:], 128) {
			return false
		}
		text = text[:i]
	}
	if i := bytes.IndexByte(text, '%'); i >= 0 {
		text = text[:i]
	}
	groups, width, wide, gap := 0, 0, false, false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case isDigit(c), 'a' <= c|0x20 && c|0x20 <= 'f':
			width++
		case c == ':':
			if i+1 < len(text) && text[i+1] == ':' {
				if gap {
					return false
				}
				gap = true
				if width > 0 {
					groups++
				}
				i++
			} else if width == 0 || i+1 == len(text) {
				return false
			} else {
				groups++
			}
			width = 0
		case c == '.': // an IPv4 tail: back to where it began
			if _, ok := parseIPv4(text[i-width:]); !ok {
				return false
			}
			groups++
			width, i = 4, len(text)
		default:
			return false
		}
		if width > 4 {
			return false
		}
		wide = wide || width != 2 && (i+1 >= len(text) || text[i+1] == ':')
	}
	if width > 0 {
		groups++
	}
	if groups > 8 || !gap && groups != 8 || gap && groups > 7 {
		return false
	}
	if len(text) > 3 && text[0]|0x20 == 'f' && text[1]|0x20 == 'e' && '8' <= text[2]|0x20 && text[2]|0x20 <= 'b' {
		return false
	}
	return groups >= 3 && (gap || wide)
}

// validMAC checks twelve hex digits that are some device's: not all alike, and not
// only decimal pairs, which would rather be a date and time.
func validMAC(text []byte) bool {
	n, letters := 0, 0
	var first byte
	same := true
	for _, c := range text {
		if !isDigit(c) && (c|0x20 < 'a' || 'f' < c|0x20) {
			continue
		}
		if isLetter(c) {
			letters++
			c |= 0x20
		}
		if n == 0 {
			first = c
		}
		same = same && c == first
		n++
	}
	return n == 12 && !same && (letters > 0 || bytes.IndexByte(text, ':') >= 0)
}

// validURLPassword checks that what stands between the user and the host of a URL is
// a password and not a placeholder for one. text is the URL, or user:password.
func validURLPassword(text []byte) bool {
	if i := bytes.Index(text, schemeEnd); i >= 0 {
		text = text[i+3:]
	}
	if i := bytes.LastIndexByte(text, '@'); i >= 0 {
		text = text[:i]
	}
	if i := bytes.IndexByte(text, ':'); i >= 0 {
		text = text[i+1:]
	}
	// Where a URL has it, "secret" is a password, a weak one, as in PostgreSQL's manual.
	return len(text) > 0 && (!placeholder(text) || equalFold(text, secretWord))
}

var schemeEnd, secretWord = []byte("://"), []byte("secret")
