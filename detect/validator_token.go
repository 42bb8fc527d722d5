package detect

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"math"
)

// Checks of credentials whose form names the issuer, by a prefix or a word inside.

// validKey refuses what documents write in the place of such a key: one character over
// and over, "EXAMPLE" or "your" in it, words of one case without a digit, less than 2.8
// bits of entropy a character. The prefix has said what it is, so no more is asked.
func validKey(text []byte) bool {
	if len(text) < 8 || bytes.IndexByte(text, ' ') >= 0 || placeholder(text) || madeUp(text) {
		return false
	}
	digit, lower, upper := false, false, false
	var count [256]uint16
	run := 1
	for i, c := range text {
		count[c] = min(count[c]+1, 1<<12)
		switch {
		case isDigit(c):
			digit = true
		case 'a' <= c && c <= 'z':
			lower = true
		case 'A' <= c && c <= 'Z':
			upper = true
		}
		if i == 0 || c != text[i-1] {
			run = 1
		} else if run++; run == 8 && c != 'A' && c != '/' { // zero bytes are "A" in base64
			return false
		}
	}
	if !digit && !(lower && upper) {
		return false
	}
	bits, total := 0.0, float64(len(text))
	for _, n := range count {
		if n > 0 {
			p := float64(n) / total
			bits -= p * math.Log2(p)
		}
	}
	return bits >= min(2.8, 0.7*math.Log2(total))
}

// madeUp reports whether text says that it is no key. Words of seven letters and more do
// not happen in random strings.
func madeUp(text []byte) bool {
	for _, w := range madeUpWords {
		if bytes.Contains(text, w) {
			return true
		}
	}
	return false
}

var madeUpWords = [][]byte{
	[]byte("EXAMPLE"), []byte("example"), []byte("YOUR_"), []byte("your_"), []byte("your-"), []byte("placeholder"),
	[]byte("REDACTED"), []byte("redacted"), []byte("XXXXXXX"), []byte("xxxxxxx"), []byte("*****"), []byte("....."),
}

// validGitLabRoutable checks the last seven characters of a routable GitLab token: the
// CRC-32 of all before them, in base 36 with leading zeros (GitLab's
// lib/authn/token_field/generator/routable_token.rb).
func validGitLabRoutable(text []byte) bool {
	if len(text) < 16 {
		return false
	}
	sum := crc32.ChecksumIEEE(text[:len(text)-7])
	for j := len(text) - 1; j >= len(text)-7; j-- {
		if text[j] != "0123456789abcdefghijklmnopqrstuvwxyz"[sum%36] {
			return false
		}
		sum /= 36
	}
	return true
}

// validAtlassianCRC checks the last eight characters of an Atlassian token: the CRC-32 of
// all before them, the equals sign included, in hex.
func validAtlassianCRC(text []byte) bool {
	if len(text) < 16 {
		return false
	}
	sum := crc32.ChecksumIEEE(text[:len(text)-8])
	for j := len(text) - 1; j >= len(text)-8; j-- {
		if text[j] != "0123456789ABCDEF"[sum&15] {
			return false
		}
		sum >>= 4
	}
	return true
}

// validXPRV checks an extended private key of BIP 32, of Bitcoin's main or test network.
func validXPRV(text []byte) bool {
	var b [82]byte
	if !base58(b[:], text, base58Bitcoin) || !doubleHashed(b[:]) {
		return false
	}
	version := binary.BigEndian.Uint32(b[:])
	return (version == 0x0488ade4 || version == 0x04358394) && b[45] == 0
}

// validDiscordToken checks that the first of three parts is base64 of a snowflake: a
// number of 17 to 20 digits, the id of the bot.
func validDiscordToken(text []byte) bool {
	dot := bytes.IndexByte(text, '.')
	if dot < 22 || dot > 28 {
		return false
	}
	var buf [24]byte
	n, err := base64.RawStdEncoding.Decode(buf[:], text[:dot])
	if err != nil || n < 17 || n > 20 {
		return false
	}
	for _, c := range buf[:n] {
		if !isDigit(c) {
			return false
		}
	}
	return validKey(text)
}
