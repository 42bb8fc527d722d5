package detect

import (
	"bytes"
	"encoding/base64"
	"hash/crc32"
	"math"
	"strings"
)

// validAWSKeyID refuses the key ids of AWS's own documentation, which end in EXAMPLE.
func validAWSKeyID(text []byte) bool {
	return len(text) == 20 && !bytes.HasSuffix(text, exampleKey)
}

var exampleKey = []byte("EXAMPLE")

// validGitHubToken checks the last six characters of a token of GitHub's or npm's:
// the CRC-32 of the thirty before them, in base 62 (GitHub's announcement of
// 2021-04-05, "Behind GitHub's new authentication token formats").
func validGitHubToken(text []byte) bool {
	i := bytes.IndexByte(text, '_')
	if i < 0 || len(text) != i+1+36 {
		return false
	}
	sum := crc32.ChecksumIEEE(text[i+1 : i+31])
	for j := len(text) - 1; j >= len(text)-6; j-- {
		if text[j] != base62[sum%62] {
			return false
		}
		sum /= 62
	}
	return sum == 0
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// validJWT checks that the first segment decodes to a JSON object that names an
// algorithm, as the header of a JWS or JWE does (RFC 7515, RFC 7516).
func validJWT(text []byte) bool {
	dot := bytes.IndexByte(text, '.')
	if dot <= 0 {
		return false
	}
	var buf [1024]byte
	head := text[:min(dot, len(buf)/3*4)]
	n, err := base64.RawURLEncoding.Decode(buf[:], head[:len(head)/4*4])
	if err != nil || n == 0 || buf[0] != '{' {
		return false
	}
	if tail := head[len(head)/4*4:]; len(tail) > 1 {
		m, err := base64.RawURLEncoding.Decode(buf[n:], tail)
		if err != nil {
			return false
		}
		n += m
	}
	return bytes.Contains(buf[:n], algMember)
}

var algMember = []byte(`"alg"`)

// validBasicAuth checks that the last word of text is base64 of user:password (RFC 7617).
func validBasicAuth(text []byte) bool {
	word := text[bytes.LastIndexByte(text, ' ')+1:]
	word = bytes.TrimRight(word, "=")
	var buf [384]byte
	if len(word) < 6 || len(word) > 512 {
		return false
	}
	n, err := base64.RawStdEncoding.Decode(buf[:], word)
	if err != nil || bytes.IndexByte(buf[:n], ':') <= 0 {
		return false
	}
	for _, c := range buf[:n] {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	return true
}

// validPassword checks that text is not what people write where a password would
// stand: a placeholder, a masked value, a reference to a variable, a word of type; nor
// a path, which PWD holds; nor a version, which a list of packages has behind a name such as "cookie".
func validPassword(text []byte) bool {
	return !placeholder(text) && !(text[0] == '/' && bytes.IndexByte(text[1:], '/') >= 0) && !versionLike(text)
}

// versionLike reports whether text is a version, or a range of them, as packages have it: "^0.7.1", ">=2.1", "1.2.3-beta.4".
func versionLike(text []byte) bool {
	i := 0
	for i < len(text) && bytes.IndexByte([]byte("^~<>=v "), text[i]) >= 0 {
		i++
	}
	if i > 3 {
		return false
	}
	parts := 0
	for {
		n := i
		for i < len(text) && isDigit(text[i]) {
			i++
		}
		if i == n || i-n > 4 {
			return false
		}
		parts++
		if i == len(text) || text[i] != '.' || parts == 4 {
			break
		}
		i++
	}
	if parts < 2 {
		return false
	}
	if parts > 2 && i < len(text) && text[i] == '-' {
		for i++; i < len(text) && (isAlnum(text[i]) || text[i] == '.'); i++ {
		}
	}
	return i == len(text)
}

// validSecret is validPassword for a value that a machine made: eight characters or
// more, none of them a space; and not AWS's name of a key that lies elsewhere.
func validSecret(text []byte) bool {
	return len(text) >= 8 && bytes.IndexByte(text, ' ') < 0 && !bytes.HasPrefix(text, arn) && !placeholder(text)
}

var arn = []byte("arn:")

// validEntropy is validSecret, with the mixture of characters that random strings have:
// Shannon entropy of 3 bits a character, and a digit and a letter.
func validEntropy(text []byte) bool {
	if !validSecret(text) {
		return false
	}
	text = text[:min(len(text), 1<<12)]
	var count [256]uint16
	digit, letter := false, false
	sum := 0.0 // of n*log2(n) over all n in count, term by term
	for _, c := range text {
		sum += moreBits[min(count[c], uint16(len(moreBits)-1))]
		count[c]++
		digit = digit || c-'0' < 10
		letter = letter || c|0x20-'a' < 26
	}
	if !digit || !letter {
		return false
	}
	// Fast path, where rounding does not decide, and no character stands there often.
	total := float64(len(text))
	if bits := math.Log2(total) - sum/total; len(text) < len(moreBits) && math.Abs(bits-3) > 1e-6 {
		return bits > 3
	}
	bits := 0.0
	for _, n := range count {
		if n > 0 {
			p := float64(n) / total
			bits -= p * math.Log2(p)
		}
	}
	return bits >= 3
}

// moreBits is what n*log2(n) grows by from n on.
var moreBits = func() (t [512]float64) {
	for n := 1; n < len(t); n++ {
		t[n] = float64(n+1)*math.Log2(float64(n+1)) - float64(n)*math.Log2(float64(n))
	}
	return t
}()

// validRandom is validEntropy for a value in text, where the names of variables stand as
// well: those change between letters and digits, and from small letters to capitals,
// less often than a quarter of the time, which random strings hardly ever do. Hex digits
// alone are no name.
func validRandom(text []byte) bool {
	changes, hex := 0, len(text) > 0 && isHex(text[0])
	for i := 1; i < len(text); i++ {
		a, b := text[i-1], text[i]
		hex = hex && isHex(b)
		if isDigit(a) != isDigit(b) || 'a' <= a && a <= 'z' && 'A' <= b && b <= 'Z' {
			changes++
		}
	}
	return (hex || 4*changes > len(text)) && validEntropy(text)
}

// placeholder reports whether text stands in place of a secret, whole: "changeme",
// "${DB_PASS}", "<password>", "{{ secret }}", "xxxx", "****", "[REDACTED]". It looks
// at text alone, never at its neighbours, which an attacker could choose.
func placeholder(text []byte) bool {
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return true
	}
	first, last := text[0], text[len(text)-1]
	switch {
	case first == '<' && last == '>', first == '[' && last == ']', first == '{' && last == '}',
		first == '%' && last == '%' && len(text) > 1, first == '$' && last == '}',
		first == '$' && len(text) > 1 && (constantName(text[1:]) || placeholderWord(text[1:])),
		bytes.HasPrefix(text, twoStars), bytes.Contains(text, dollarBrace):
		return true
	}
	for _, c := range text {
		if c != first {
			return placeholderWord(text)
		}
	}
	return len(text) > 1 && !isDigit(first) || bytes.IndexByte([]byte("*.-_xX?"), first) >= 0
}

var (
	twoStars    = []byte("***")
	dollarBrace = []byte("${")
)

func constantName(text []byte) bool {
	for _, c := range text {
		if c != '_' && (c < 'A' || 'Z' < c) && !isDigit(c) {
			return false
		}
	}
	return true
}

// placeholderWord reports whether text is one of the words that stand for a secret.
func placeholderWord(text []byte) bool {
	var lower [24]byte
	n := 0
	for _, c := range text {
		if c == '_' || c == '-' || c == ' ' {
			continue
		}
		if n == len(lower) || !isAlnum(c) {
			return false
		}
		if isLetter(c) {
			c |= 0x20
		}
		lower[n] = c
		n++
	}
	if n == 0 || placeholderFirsts[n]>>(lower[0]&31)&1 == 0 {
		return false // Fast path.
	}
	return placeholderWords[string(lower[:n])]
}

// placeholderFirsts is by the length of placeholderWords their first letters, as bits.
var placeholderFirsts = func() (t [25]uint32) {
	for w := range placeholderWords {
		t[len(w)] |= 1 << (w[0] & 31)
	}
	return t
}()

// placeholderWords are compared without case, spaces, hyphens and underscores.
var placeholderWords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`
		null nil none true false undefined empty string str text object number optional required unknown unset missing
		password passwd pass passphrase pwd secret token apikey key value credential credentials
		yourpassword yourpass yoursecret yourtoken yourapikey yourkey mypassword mysecret mytoken myapikey mykey
		yourpasswordhere yoursecrethere yourtokenhere yourapikeyhere insertpasswordhere enterpassword
		userpassword thepassword newpassword oldpassword somepassword dbpassword
		changeme changeit changethis replaceme placeholder example sample dummy redacted hidden masked removed secretvalue
		todo tbd na fixme xxx user username accesstoken refreshtoken clientsecret bearer basic`) {
		m[w] = true
	}
	return m
}()

// validAWSSecret checks that forty characters of base64 have capitals, small letters and digits
// among them, which a SHA-1 in hex has not, and are not those of AWS's documentation.
func validAWSSecret(text []byte) bool {
	upper, lower, digit := false, false, false
	for _, c := range text {
		upper = upper || 'A' <= c && c <= 'Z'
		lower = lower || 'a' <= c && c <= 'z'
		digit = digit || isDigit(c)
	}
	return upper && lower && digit && !bytes.Contains(text, exampleKey)
}

// validAssigned checks the word that stands after "password:" in text. There code has
// types, calls and variables, and prose has words; a password has a letter, and a
// digit or a sign that names have not.
func validAssigned(text []byte) bool {
	if len(text) < 5 || placeholder(text) || bytes.ContainsAny(text, "()[]{}<>$`|/") {
		return false
	}
	letter, other := false, false
	for _, c := range text {
		letter = letter || isLetter(c) || c >= 0x80
		other = other || isDigit(c) || bytes.IndexByte(signs, c) >= 0
	}
	return letter && other
}

var signs = []byte("!@#%^&*+~?")
