package envelope

import (
	"bytes"
	"encoding/binary"
	"sync"
)

// NOTE. The form of a token (docs/token.md), N being an entity's name:
//
//	pii-N-1 BODY CHECKSUM
//
// and in alias.go that of one that refers to a store. BODY and CHECKSUM are Bech32m (BIP 350, without its limit of 90 characters) with
// the human-readable part "pii-N-" and the separator "1". The bytes of BODY are
//
//	header(1) ‖ key id(4) ‖ SIV(16) ‖ ciphertext(n)
//
// and a Tink ciphertext once the header is replaced by 0x01.

const (
	intro    = "pii-"
	markMail = "@pii.invalid" // what redact adds where a schema wants an e-mail address

	headerV1     = 0x20 // version 1 (3 bits), mode 0 (2 bits), reserved 0 (3 bits)
	tinkStart    = 0x01 // what Tink's prefix has in its place
	bodyOverhead = 1 + 4 + blockSize
	checksumLen  = 6

	maxName = 20

	// MaxToken is the length of the longest token in bytes, and MaxPlaintext that of
	// the longest value that can be sealed.
	MaxToken     = 8192
	MaxPlaintext = (MaxToken-len(intro)-maxName-len("-1")-checksumLen)*5/8 - bodyOverhead
)

// minData is the number of characters after the separator in the shortest token.
const minData = (bodyOverhead*8+4)/5 + checksumLen

const (
	charset      = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	bech32mConst = 0x2bc830a3
)

var (
	valueLower, valueUpper [256]byte // of a character; 0xff if it is none
	generator              [32]uint32
	generator2             [1024]uint32 // for two values at a time
)

func init() {
	for i := range valueLower {
		valueLower[i], valueUpper[i] = 0xff, 0xff
	}
	for i, c := range []byte(charset) {
		valueLower[c] = byte(i)
		valueUpper[upper(c)] = byte(i)
	}
	for i := range generator {
		for b, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if i>>b&1 == 1 {
				generator[i] ^= g
			}
		}
	}
	for i := range generator2 {
		generator2[i] = polymod(polymod(uint32(i)<<20, 0), 0)
	}
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// polymod takes one more value of five bits into the checksum.
func polymod(sum uint32, v byte) uint32 {
	return (sum&0x1ffffff)<<5 ^ uint32(v) ^ generator[sum>>25]
}

// polymod2 takes two more, in ten bits. It is polymod of the one and of the other, since
// polymod is linear; each step waits for the one before, so half as many take half the time.
func polymod2(sum, v uint32) uint32 {
	return (sum&0xfffff)<<10 ^ v ^ generator2[sum>>20]
}

// What ends the human-readable part, which the checksum covers, of either form.
const (
	inlineMark = "-"
	aliasMark  = "-2"
)

// polymodPrefix is the checksum's state after the human-readable part of name's tokens.
func polymodPrefix(name []byte, mark string) uint32 {
	sum := uint32(1)
	for _, part := range [...][]byte{[]byte(intro), name, []byte(mark)} {
		for _, c := range part {
			sum = polymod(sum, c>>5)
		}
	}
	sum = polymod(sum, 0)
	for _, part := range [...][]byte{[]byte(intro), name, []byte(mark)} {
		for _, c := range part {
			sum = polymod(sum, c&31)
		}
	}
	return sum
}

// appendToken appends the token with that name and body.
func appendToken(dst, name, body []byte) []byte {
	dst = append(dst, intro...)
	dst = append(dst, name...)
	dst = append(dst, "-1"...)
	sum := polymodPrefix(name, inlineMark)
	for ; len(body) >= 5; body = body[5:] {
		// Fast path: five bytes are eight characters.
		v := uint64(body[0])<<32 | uint64(binary.BigEndian.Uint32(body[1:]))
		for shift := 30; shift >= 0; shift -= 10 {
			two := uint32(v>>shift) & 1023
			sum = polymod2(sum, two)
			dst = append(dst, charset[two>>5], charset[two&31])
		}
	}
	var acc, n uint
	for _, b := range body {
		acc, n = acc<<8|uint(b), n+8
		for n >= 5 {
			n -= 5
			v := byte(acc>>n) & 31
			sum = polymod(sum, v)
			dst = append(dst, charset[v])
		}
	}
	if n > 0 {
		v := byte(acc<<(5-n)) & 31
		sum = polymod(sum, v)
		dst = append(dst, charset[v])
	}
	return appendChecksum(dst, sum)
}

// appendChecksum appends the six characters that end a token whose checksum stands at sum.
func appendChecksum(dst []byte, sum uint32) []byte {
	for range checksumLen / 2 {
		sum = polymod2(sum, 0)
	}
	sum ^= bech32mConst
	for i := range checksumLen {
		dst = append(dst, charset[sum>>(5*(checksumLen-1-i))&31])
	}
	return dst
}

// A work holds what sealing or opening one value writes to. Works are pooled; each
// is wiped before it goes back.
type work struct {
	scratch
	ad      []byte
	fields  int    // where in ad their number stands
	body    []byte // header, key id, SIV, text
	text    []byte // of an alias, in lower case
	name    [maxName]byte
	nameLen int
	alias   bool // what was parsed is one
}

// maxPooled is above what the longest token needs. Values of aliases are longer: what held one is not kept.
const maxPooled = 16 << 10

var works = sync.Pool{New: func() any { return &work{ad: make([]byte, 0, 128), body: make([]byte, 0, 256)} }}

func (w *work) free() {
	clear(w.body[:cap(w.body)])
	clear(w.ad[:cap(w.ad)])
	w.scratch = scratch{}
	w.ad, w.body, w.text, w.alias = w.ad[:0], w.body[:0], w.text[:0], false
	if cap(w.body) <= maxPooled && cap(w.text) <= maxPooled {
		works.Put(w)
	}
}

// parse reads token into w.name and w.body, an alias into w.name and w.text. It accepts one spelling in lower case,
// and that spelling in upper case, which is what rendering may make of it; nothing
// else, and it repairs nothing.
func (w *work) parse(token []byte) error {
	if len(token) < len(intro)+1+len("-2")+aliasData || len(token) > MaxToken {
		return ErrShape
	}
	value := &valueLower
	fold := func(c byte) byte { return c }
	if token[0] == 'P' {
		value, fold = &valueUpper, lower
		if bytes.ContainsFunc(token, func(r rune) bool { return 'a' <= r && r <= 'z' }) {
			return ErrShape
		}
	}
	for i := range len(intro) {
		if fold(token[i]) != intro[i] {
			return ErrShape
		}
	}
	rest := token[len(intro):]
	n := 0
	for ; n < len(rest) && rest[n] != '-'; n++ {
		c := fold(rest[n])
		if n == maxName || !nameByte(c) {
			return ErrShape
		}
		w.name[n] = c
	}
	w.nameLen = n
	switch {
	case n == 0 || len(rest) < n+2+aliasData:
		return ErrShape
	case rest[n+1] == '2':
		w.alias = true
		return w.decodeAlias(token, rest[n+2:], value)
	case rest[n+1] != '1' || len(rest) < n+2+minData:
		return ErrShape
	}
	return w.decode(rest[n+2:], value)
}

func (w *work) decode(data []byte, value *[256]byte) error {
	sum := polymodPrefix(w.name[:w.nameLen], inlineMark)
	body := w.body[:0]
	var acc, bits uint
	rest := data[:len(data)-checksumLen]
	for ; len(rest) >= 2; rest = rest[2:] {
		a, b := value[rest[0]], value[rest[1]]
		if a|b > 31 {
			return ErrShape
		}
		v := uint(a)<<5 | uint(b)
		sum = polymod2(sum, uint32(v))
		acc, bits = acc<<10|v, bits+10
		for bits >= 8 {
			bits -= 8
			body = append(body, byte(acc>>bits))
		}
	}
	if len(rest) > 0 {
		v := value[rest[0]]
		if v > 31 {
			return ErrShape
		}
		sum = polymod(sum, v)
		if acc, bits = acc<<5|uint(v), bits+5; bits >= 8 {
			bits -= 8
			body = append(body, byte(acc>>bits))
		}
	}
	w.body = body
	for _, c := range data[len(data)-checksumLen:] {
		v := value[c]
		if v > 31 {
			return ErrShape
		}
		sum = polymod(sum, v)
	}
	switch {
	case sum != bech32mConst:
		return ErrChecksum
	case bits >= 5 || acc&(1<<bits-1) != 0: // a second spelling of the same body
		return ErrShape
	case len(body) < bodyOverhead:
		return ErrShape
	}
	return nil
}

func nameByte(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }

func validName(s string) bool {
	for i := range len(s) {
		if !nameByte(s[i]) {
			return false
		}
	}
	return 0 < len(s) && len(s) <= maxName
}
