package detect

import "bytes"

// validURL checks that the host of a URL, or what stands for one where there is no scheme,
// ends in a top-level domain, or is an IPv4 address.
func validURL(text []byte) bool {
	if i := bytes.Index(text, schemeEnd); i >= 0 {
		text = text[i+len(schemeEnd):]
	}
	if i := bytes.IndexAny(text, "/?#"); i >= 0 {
		text = text[:i]
	}
	if i := bytes.LastIndexByte(text, '@'); i >= 0 {
		text = text[i+1:]
	}
	if i := bytes.IndexByte(text, ':'); i >= 0 {
		text = text[:i]
	}
	if _, ok := parseIPv4(text); ok {
		return true
	}
	dot := bytes.LastIndexByte(text, '.')
	return dot > 0 && !bytes.Contains(text, twoDots) && text[0] != '-' && text[0] != '.' && topLevel(text[dot+1:])
}
