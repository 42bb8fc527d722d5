package envelope

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"github.com/mcpveil/mcpveil/redact"
)

var errNoCall = errors.New("envelope: value comes without the call it belongs to")

// Encrypt carries out policy.Encrypt: it puts a token in a value's place. A value that
// is a token of this keyring and scope already becomes that token. One longer than
// MaxPlaintext gets an alias; without a store that has room for it the error is redact.ErrNoToken, and it is counted.
func (k *Keyring) Encrypt() redact.Transformer { return encrypter{k: k} }

// Alias carries out policy.Encrypt with "alias": it puts an alias in a value's place, or a token as
// Encrypt does where the store has no room.
func (k *Keyring) Alias() redact.Transformer { return encrypter{k: k, short: true} }

type encrypter struct {
	k     *Keyring
	short bool
}

func (e encrypter) Transform(_ context.Context, dst []byte, v redact.Value) ([]byte, error) {
	if v.Call == nil {
		return dst, errNoCall
	}
	in := &v.Call.Scope
	if text := trimMail(v.Text); e.k.opens(text, in) {
		switch {
		case !has(text, intro):
			return append(dst, text...), nil // a surrogate
		case v.Shape == nil || v.Shape.Format != "email": // where redact adds it
			text = v.Text
		}
		return appendLower(dst, text), nil
	}
	if s := v.Shape; s != nil && e.k.aliases != nil && (s.Misfit != nil || s.MaxLen > 0 || s.Format == "email") {
		return e.fit(dst, &v)
	}
	return e.token(dst, &v)
}

// token appends the token or the alias of v.
func (e encrypter) token(dst []byte, v *redact.Value) ([]byte, error) {
	in := &v.Call.Scope
	if e.short || len(v.Text) > MaxPlaintext {
		out, err := e.k.SealAlias(dst, v.Entity, v.Text, *in)
		if !errors.Is(err, ErrNoAlias) {
			return out, err
		}
	}
	if len(v.Text) > MaxPlaintext {
		e.k.stats.tooLong.Add(1)
		return dst, redact.ErrNoToken
	}
	return e.k.Seal(dst, v.Entity, v.Text, *in)
}

// opens reports whether text is a token or a surrogate that opens in scope in. It is not counted.
func (k *Keyring) opens(text []byte, in *redact.Scope) bool {
	if !has(text, intro) && (k.aliases == nil || !maySurrogate(text)) {
		return false
	}
	w := works.Get().(*work)
	defer w.free()
	_, err := k.unseal(w, text, in)
	return err == nil
}

// Decrypt carries out policy.Decrypt: it puts the value back in a token's place, and
// in the place of a token with "@pii.invalid" behind it. Where the token is not ours to
// open, the error is redact.ErrNotOurs.
func (k *Keyring) Decrypt() redact.Transformer { return decrypter{k} }

type decrypter struct{ k *Keyring }

func (d decrypter) Transform(_ context.Context, dst []byte, v redact.Value) ([]byte, error) {
	if v.Call == nil {
		return dst, errNoCall
	}
	token := trimMail(v.Text)
	w := works.Get().(*work)
	defer w.free()
	plaintext, err := d.k.unseal(w, token, &v.Call.Scope)
	if name, _ := d.k.nameOf(v.Entity); err == nil && name != string(w.name[:w.nameLen]) {
		err = closedAuth // policy was asked about another entity than the token is of
	}
	if d.k.count(err); err != nil {
		return dst, err
	}
	return append(dst, plaintext...), nil
}

func trimMail(text []byte) []byte {
	if n := len(text) - len(markMail); n > 0 && strings.EqualFold(string(text[n:]), markMail) {
		return text[:n]
	}
	return text
}

// Hash carries out policy.Hash: it puts a keyed digest in a value's place, the same
// for equal values of one entity in one scope for as long as the primary key is the
// same. An unkeyed one could be undone by trying every card number there is.
func (k *Keyring) Hash() redact.Transformer { return hasher{k} }

type hasher struct{ k *Keyring }

func (h hasher) Transform(_ context.Context, dst []byte, v redact.Value) ([]byte, error) {
	if v.Call == nil {
		return dst, errNoCall
	}
	name, ok := h.k.nameOf(v.Entity)
	switch {
	case !ok:
		return dst, fmt.Errorf("%w: %s", ErrNoName, v.Entity)
	case h.k.refuses():
		return dst, ErrStale
	}
	if err := checkScope(&v.Call.Scope); err != nil {
		return dst, err
	}
	ks := h.k.keys.Load()
	w := works.Get().(*work)
	defer w.free()
	w.setName(name)
	w.bind(labelHash, &v.Call.Scope, w.name[:w.nameLen])
	w.body = append(w.body[:0], v.Text...)
	ks.open[ks.primary].s2v(&w.scratch, w.ad, w.body) // S2V is a pseudo-random function
	h.k.stats.hashed.Add(1)
	dst = append(dst, "hash-"...)
	dst = append(dst, name...)
	dst = append(dst, '-')
	return hashText.AppendEncode(dst, w.x[:]), nil
}

// The alphabet of RFC 4648 in lower case: 26 characters of it hold 16 bytes.
var hashText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
