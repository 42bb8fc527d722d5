package detect

import "bytes"

// validEmail checks what makes an address of one that has the shape of it: the
// lengths of RFC 5321, dots in their places, a top-level domain that exists (or is
// reserved, as .example is), and that it is no address of a repository, such as
// git@github.com.
func validEmail(text []byte) bool {
	at := bytes.LastIndexByte(text, '@')
	skip := 1
	if at < 0 {
		if at = bytes.LastIndex(text, percentAt); at < 0 {
			return false
		}
		skip = 3
	}
	local, domain := text[:at], text[at+skip:]
	if len(local) == 0 || len(local) > 64 || len(domain) > 253 {
		return false
	}
	if local[0] == '.' || local[len(local)-1] == '.' || bytes.Contains(local, twoDots) || bytes.Contains(domain, twoDots) {
		return false
	}
	dot := bytes.LastIndexByte(domain, '.')
	if dot <= 0 || !topLevel(domain[dot+1:]) {
		return false
	}
	return !repository(local, domain)
}

var (
	percentAt = []byte("%40")
	twoDots   = []byte("..")
	git       = []byte("git")
	hg        = []byte("hg")
	noreply   = []byte("noreply")
	github    = []byte("github.com")
	ghUsers   = []byte("users.noreply.github.com")
)

func repository(local, domain []byte) bool {
	return equalFold(local, git) || equalFold(local, hg) ||
		equalFold(local, noreply) && equalFold(domain, github) || equalFold(domain, ghUsers)
}

// topLevel reports whether label is a top-level domain.
func topLevel(label []byte) bool {
	var lower [24]byte
	if len(label) < 2 || len(label) > 63 {
		return false
	}
	for i, c := range label {
		if c >= 0x80 || c == '-' {
			return true // internationalised
		}
		if !isLetter(c) {
			return false
		}
		if i < len(lower) {
			lower[i] = c | 0x20
		}
	}
	if len(label) > len(lower) {
		return false
	}
	name := lower[:len(label)]
	if len(name) == 2 {
		return countries[name[0]&31]>>(name[1]&31)&1 != 0
	}
	for i := labelHash(name); ; i++ {
		at := labels[i%len(labels)]
		if at == 0 || topLevels[at-1] == string(name) {
			return at != 0
		}
	}
}

// countries is by the first letter of a country's top-level domain the second, as bits.
var countries = func() (t [32]uint32) {
	for i := 0; i < len(countryLevels); i += 2 {
		t[countryLevels[i]&31] |= 1 << (countryLevels[i+1] & 31)
	}
	return t
}()

// labels are the topLevels by hash, plus 1, with open addressing.
var labels = func() (t [4096]uint16) {
	for k, name := range topLevels {
		i := labelHash([]byte(name))
		for t[i%len(t)] != 0 {
			i++
		}
		t[i%len(t)] = uint16(k + 1)
	}
	return t
}()

func labelHash(name []byte) int {
	h := uint32(len(name))
	for _, c := range name {
		h = h*31 + uint32(c)
	}
	return int(h * 0x9e3779b1 >> 16)
}

// equalFold reports whether b is lower but for the case of ASCII letters.
func equalFold(b, lower []byte) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if isLetter(c) {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
