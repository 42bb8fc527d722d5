package detect

import "bytes"

// validIPv4Any checks four octets, a prefix length after them allowed, of any network: also this
// host, private and link-local ones. What looks like a version and is not private is refused.
func validIPv4Any(text []byte) bool {
	a, ok := parseIPv4(text)
	if !ok {
		return false
	}
	most := max(a[1], a[2], a[3])
	return a[0] == 10 || a[0] == 0 && most == 0 || a[0] >= 20 || a[0] > 0 && most >= 100
}

// validIPv6Any checks any text form of RFC 4291 that has a "::" in it, with a zone and the length of
// a prefix behind it or without: also this host, link-local ones and the unspecified address.
func validIPv6Any(text []byte) bool {
	if i := bytes.IndexByte(text, '/'); i >= 0 {
		if !prefixLength(text[i+1:], 128) {
			return false
		}
		text = text[:i]
	}
	if i := bytes.IndexByte(text, '%'); i >= 0 {
		if i+1 == len(text) {
			return false
		}
		text = text[:i]
	}
	gap := bytes.Index(text, twoColons)
	if gap < 0 || bytes.Contains(text[gap+1:], twoColons) {
		return false
	}
	before, after := hexGroups(text[:gap], false), hexGroups(text[gap+2:], true)
	return before >= 0 && after >= 0 && before+after <= 7
}

var twoColons = []byte("::")

// hexGroups returns how many groups of up to four hex digits text has, with colons between them, or -1.
// The last may be an IPv4 address, which counts for two.
func hexGroups(text []byte, tail bool) (n int) {
	for len(text) > 0 {
		i := bytes.IndexByte(text, ':')
		group := text
		if i >= 0 {
			group, text = text[:i], text[i+1:]
			if len(text) == 0 {
				return -1
			}
		} else {
			text = nil
		}
		if tail && text == nil && bytes.IndexByte(group, '.') >= 0 {
			if _, ok := parseIPv4(group); !ok {
				return -1
			}
			return n + 2
		}
		if len(group) == 0 || len(group) > 4 {
			return -1
		}
		for _, c := range group {
			if !isHex(c) {
				return -1
			}
		}
		n++
	}
	return n
}
