package envelope

import (
	"bytes"
	"unicode/utf8"
)

// NOTE. What is undone of what rendering does to a token, and nothing else: capitals throughout (parse does that), a backslash before a hyphen, as Markdown has it,
// characters without width, and quotation marks or backticks around it. Each leaves no doubt what the token was. A character that
// is wrong, missing or moved is not guessed: the checksum refuses.

// read reads text, a token or what else stands for a value, into w.
func (k *Keyring) read(w *work, text []byte) error {
	err := w.parse(text)
	if err != ErrShape {
		return err
	}
	if k.aliases != nil && maySurrogate(text) {
		w.text, w.alias = appendLower(w.text[:0], text), true
		return nil
	}
	if len(text) > 4*MaxToken {
		return err
	}
	if plain, noisy := unrender(text); noisy {
		return w.parse(plain)
	}
	return err
}

// unrender returns text without what rendering put into it, and whether there was any.
func unrender(text []byte) (plain []byte, noisy bool) {
	for _, q := range [...][2]string{{"`", "`"}, {`"`, `"`}, {"'", "'"}, {"\u201c", "\u201d"}, {"\u2018", "\u2019"}, {"\u00ab", "\u00bb"}} {
		if inner, ok := bytes.CutPrefix(text, []byte(q[0])); ok {
			if inner, ok = bytes.CutSuffix(inner, []byte(q[1])); ok {
				text, noisy = inner, true
				break
			}
		}
	}
	if !bytes.ContainsFunc(text, func(r rune) bool { return r == '\\' || widthless(r) }) {
		return text, noisy
	}
	plain = make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if !widthless(r) && !(r == '\\' && i+1 < len(text) && text[i+1] == '-') {
			plain = append(plain, text[i:i+n]...)
		}
		i += n
	}
	return plain, true
}

// widthless reports whether r is not to be seen: a soft hyphen, a zero-width space or joiner, a word joiner, a byte order mark.
func widthless(r rune) bool {
	return r == 0xad || r >= 0x200b && r <= 0x200d || r == 0x2060 || r == 0xfeff
}
