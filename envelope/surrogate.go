package envelope

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"
	"strconv"
	"time"

	"github.com/mcpveil/mcpveil/redact"
)

// NOTE. A surrogate is an alias (alias.go) for a place where a tool's schema allows no token: it looks as the schema wants it. Each form lies where
// nobody's value can: in numbers, addresses and years that are not given to anyone (docs/token.md). Nothing but the store says that one is a
// surrogate, so it is opened, and left alone, by exact lookup in its scope only.

const (
	reservedDigits = "999" // country code, issuer and area that nobody has
	uuidMark       = "70696900-"
	domain         = "pii.invalid" // nobody can have a name in it: RFC 2606
	uriMark        = "https://" + domain + "/"
	hostMark       = "veil"      // and twelve characters
	ipv6Mark       = "2001:db8:" // for documents: RFC 3849

	minDigits, maxDigits = 12, 19
)

var (
	phoneForm = &form{name: "phone", surrogate: true, few: true, text: func(dst, _ []byte, b *block) []byte {
		return appendDecimal(append(dst, '+', '9', '9', '9'), b, 12)
	}}
	dateForm     = &form{name: "date", surrogate: true, few: true, text: func(dst, _ []byte, b *block) []byte { return appendDate(dst, below(b, reservedDays)) }}
	dateTimeForm = &form{name: "date-time", surrogate: true, few: true, text: func(dst, _ []byte, b *block) []byte {
		n := below(b, reservedDays*86400)
		dst = append(appendDate(dst, n/86400), 'T')
		dst = append(appendPadded(dst, n%86400/3600, 2), ':')
		dst = append(appendPadded(dst, n%3600/60, 2), ':')
		return append(appendPadded(dst, n%60, 2), 'Z')
	}}
	uuidForm = &form{name: "uuid", surrogate: true, text: func(dst, _ []byte, b *block) []byte {
		const hex = "0123456789abcdef"
		at := len(dst)
		dst = append(dst, uuidMark+"0000-8000-8000-000000000000"...)
		for i, n := at+len(uuidMark), 0; i < len(dst); i++ {
			switch i - at {
			case 13, 18, 23, 14: // hyphens, and version 8: what one makes of it oneself (RFC 9562)
				continue
			}
			v := b[n/2] >> (4 * (n % 2)) & 15
			if n++; i-at == 19 {
				v = v&3 | 8 // the variant
			}
			dst[i] = hex[v]
		}
		return dst
	}}
	ipv4Form = &form{name: "ipv4", surrogate: true, few: true, text: func(dst, _ []byte, b *block) []byte {
		n := below(b, 15<<24) // 240.0.0.0/4 without 255.0.0.0/8: kept for the future since 1989
		dst = strconv.AppendUint(dst, 240+n>>24, 10)
		for shift := 16; shift >= 0; shift -= 8 {
			dst = strconv.AppendUint(append(dst, '.'), n>>shift&255, 10)
		}
		return dst
	}}
	ipv6Form = &form{name: "ipv6", surrogate: true, text: func(dst, _ []byte, b *block) []byte {
		dst = append(dst, ipv6Mark...)
		for i := range 6 {
			if i > 0 {
				dst = append(dst, ':')
			}
			// Not zero: a run of zeros has another spelling.
			dst = strconv.AppendUint(dst, uint64(binary.BigEndian.Uint16(b[2*i:])|1<<12), 16)
		}
		return dst
	}}
	uriForm    = &form{name: "uri", surrogate: true, text: func(dst, _ []byte, b *block) []byte { return appendID(append(dst, uriMark...), b) }}
	digitForms [maxDigits + 1]*form // by how many digits
)

func init() {
	for n := minDigits; n <= maxDigits; n++ {
		digitForms[n] = digitForm(n, nil)
	}
}

// digitForm is of n digits, as like separates them, if that has as many and separators among them.
func digitForm(n int, like []byte) *form {
	return &form{name: "digits" + strconv.Itoa(n), surrogate: true, few: n < 3+13, text: func(dst, _ []byte, b *block) []byte {
		var digits [maxDigits]byte
		d := appendDecimal(append(digits[:0], reservedDigits...), b, n-3)
		if luhn(d) { // no card's number
			d[n-1] = '0' + (d[n-1]-'0'+1)%10
		}
		if like == nil {
			return append(dst, d...)
		}
		for _, c := range like {
			if isDigit(c) {
				c, d = d[0], d[1:]
			}
			dst = append(dst, c)
		}
		return dst
	}}
}

// The years 9000 to 9998, of each month the first 28 days, without the first of all: 9999-12-31 and 9000-01-01 mean "never" to some.
const reservedDays = 999*12*28 - 1

func appendDate(dst []byte, n uint64) []byte {
	n++
	dst = append(appendPadded(dst, 9000+n/(12*28), 4), '-')
	dst = append(appendPadded(dst, 1+n/28%12, 2), '-')
	return appendPadded(dst, 1+n%28, 2)
}

// below returns a number below n made of b, each about as often.
func below(b *block, n uint64) uint64 {
	hi, _ := bits.Mul64(binary.BigEndian.Uint64(b[:]), n)
	return hi
}

// appendDecimal appends n digits made of b, at most 16.
func appendDecimal(dst []byte, b *block, n int) []byte {
	limit := uint64(1)
	for range n {
		limit *= 10
	}
	return appendPadded(dst, below(b, limit), n)
}

func appendPadded(dst []byte, v uint64, n int) []byte {
	at := len(dst)
	for range n {
		dst = append(dst, '0')
	}
	for i := len(dst) - 1; i >= at; i, v = i-1, v/10 {
		dst[i] += byte(v % 10)
	}
	return dst
}

// appendID appends what stands in an alias between "-2" and the checksum.
func appendID(dst []byte, b *block) []byte {
	v := binary.BigEndian.Uint64(b[:])
	for i := range aliasID {
		dst = append(dst, charset[v>>(64-5*(i+1))&31])
	}
	return dst
}

func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// surrogateForms returns the forms that are tried for a value, the best first.
func surrogateForms(v *redact.Value) []*form {
	switch s := v.Shape; {
	case s.Type == "number" || s.Type == "integer":
		forms := []*form{digitForms[15], digitForms[14], digitForms[13], digitForms[12]} // no more: 2^53 is enough for many readers
		if n := len(v.Text); n >= minDigits && n < 15 {
			forms = append([]*form{digitForms[n]}, forms...)
		}
		return forms
	default:
		switch s.Format {
		case "date":
			return []*form{dateForm}
		case "date-time":
			return []*form{dateTimeForm}
		case "uuid":
			return []*form{uuidForm}
		case "ipv4":
			return []*form{ipv4Form}
		case "ipv6":
			return []*form{ipv6Form}
		case "uri", "iri", "url":
			return []*form{uriForm}
		}
	}
	return formsLike(v.Text)
}

// formsLike returns the forms that look like text, where only a pattern or a length says what is wanted.
func formsLike(text []byte) []*form {
	digits, other := 0, false
	for _, c := range text {
		switch {
		case isDigit(c):
			digits++
		case bytes.IndexByte([]byte(" -.()/+"), c) < 0:
			other = true
		}
	}
	switch {
	case len(text) == len(time.DateOnly) && isDate(text):
		return []*form{dateForm}
	case len(text) > len(time.DateOnly) && isDate(text[:len(time.DateOnly)]) && text[len(time.DateOnly)]|0x20 == 't':
		return []*form{dateTimeForm}
	case !other && digits >= 7:
		var forms []*form
		if text[0] == '+' {
			forms = append(forms, phoneForm)
		}
		if minDigits <= digits && digits <= maxDigits {
			if digits < len(text) && groups(text) {
				forms = append(forms, digitForm(digits, text))
			}
			forms = append(forms, digitForms[digits])
		}
		if text[0] != '+' {
			forms = append(forms, phoneForm)
		}
		return append(forms, digitForms[minDigits:]...)
	case len(text) == 36 && text[8] == '-' && text[23] == '-':
		return []*form{uuidForm}
	case bytes.Contains(text, []byte("://")):
		return []*form{uriForm}
	case bytes.IndexByte(text, ':') >= 0 && digits > 0:
		return []*form{ipv6Form}
	case !other && digits >= 4 && bytes.Count(text, []byte{'.'}) == 3:
		return []*form{ipv4Form}
	}
	return nil
}

func isDate(text []byte) bool {
	_, err := time.Parse(time.DateOnly, string(text))
	return err == nil
}

// groups reports whether text is digits with single blanks or hyphens between some of them.
func groups(text []byte) bool {
	for i, c := range text {
		if !isDigit(c) && (c != ' ' && c != '-' || i == 0 || i == len(text)-1 || !isDigit(text[i-1])) {
			return false
		}
	}
	return true
}

// fit appends what stands for v, a value in a place of which a schema says something, and fits there: a token, an alias, or else a
// surrogate. Where nothing does, or there is no room for it, it is the token.
func (e encrypter) fit(dst []byte, v *redact.Value) ([]byte, error) {
	k, s, in := e.k, v.Shape, &v.Call.Scope
	w := works.Get().(*work)
	defer w.free()
	if !v.Whole {
		if s.MaxLen > 0 {
			if out, err := k.standIn(w, dst, v.Entity, v.Text, in, shortToken, nil); !passing(err) {
				return out, err
			}
		}
		return e.token(dst, v)
	}
	number := s.Type == "number" || s.Type == "integer"
	mail := !number && (s.Format == "email" || s.Format == "idn-email" || s.Format == "" && bytes.IndexByte(v.Text, '@') > 0)
	fits := func(text []byte) bool { return s.Misfit == nil || s.Misfit(text) == "" }
	asMail := func(text []byte) bool { return fits(append(bytes.Clone(text), markMail...)) }
	switch {
	case number:
	case s.Format == "email": // redact adds what is missing; an address has at most 64 characters before its @
		if out, err := k.standIn(w, dst, v.Entity, v.Text, in, shortToken, asMail); !passing(err) {
			return out, err
		}
		return e.token(dst, v)
	default:
		if !e.short {
			switch out, err := e.token(dst, v); {
			case err != nil && !errors.Is(err, redact.ErrNoToken), err == nil && fits(out[len(dst):]):
				return out, err
			}
		}
		if out, err := k.standIn(w, dst, v.Entity, v.Text, in, shortToken, fits); !passing(err) {
			return out, err
		}
		if mail {
			if out, err := k.standIn(w, dst, v.Entity, v.Text, in, shortToken, asMail); err == nil {
				return append(out, markMail...), nil
			} else if !passing(err) {
				return dst, err
			}
		}
	}
	for _, f := range surrogateForms(v) {
		if out, err := k.standIn(w, dst, v.Entity, v.Text, in, f, fits); !passing(err) {
			return out, err
		}
	}
	return e.token(dst, v)
}

// passing reports whether err of one form leaves hope for others.
func passing(err error) bool { return errors.Is(err, errMisfit) || errors.Is(err, ErrNoAlias) }
