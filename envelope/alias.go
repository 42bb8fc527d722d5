package envelope

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/redact"
)

// NOTE. A token of the second form, an alias (docs/token.md), N being an entity's name:
//
//	pii-N-2 ID CHECKSUM
//
// ID are twelve characters, 60 bits of a pseudo-random function of the value in its scope; CHECKSUM is that of
// Bech32m with the human-readable part "pii-N-2". What it stands for is in a store (aliases.go), sealed under
// the keyring. A surrogate (surrogate.go) is an alias too, which looks as a schema wants it.

const (
	aliasID   = 12
	aliasData = aliasID + checksumLen
)

// A form is what aliases may look like.
type form struct {
	name      string // bound to the text's bits
	surrogate bool   // it looks like any value
	few       bool   // there are fewer than 2^40
	text      func(dst, name []byte, bits *block) []byte
}

var shortToken = &form{name: "alias", text: appendAliasID}

// aliasTries is how many texts are tried for a value before the store counts as full: the first is another
// value's once in 2^60 times, and more often where there are few.
const aliasTries = 8

// ErrNoAlias says that a value cannot be given an alias: there is no store, it is full, or the value is longer than MaxAlias.
var ErrNoAlias = errors.New("envelope: no alias to be had")

// SealAlias appends to dst the alias of plaintext, the same for equal values of one entity in a scope. Where none is to be had the error is
// ErrNoAlias, and [Keyring.Seal] may do. dst and plaintext must not overlap. On an error dst is returned as it was.
func (k *Keyring) SealAlias(dst []byte, entity detect.Entity, plaintext []byte, in redact.Scope) ([]byte, error) {
	w := works.Get().(*work)
	defer w.free()
	return k.standIn(w, dst, entity, plaintext, &in, shortToken, nil)
}

func appendAliasID(dst, name []byte, bits *block) []byte { return appendAlias(dst, name, bits[:]) }

// standIn appends to dst what stands for plaintext in one form: a text that the bits of plaintext make, that fits, and that is no
// other value's. What it stands for is kept.
func (k *Keyring) standIn(w *work, dst []byte, entity detect.Entity, plaintext []byte, in *redact.Scope, f *form, fits func([]byte) bool) ([]byte, error) {
	name, ok := k.nameOf(entity)
	switch {
	case !ok:
		return dst, fmt.Errorf("%w: %s", ErrNoName, entity)
	case k.aliases == nil:
		return dst, fmt.Errorf("%w: there is no store of aliases", ErrNoAlias)
	case len(plaintext) > MaxAlias:
		return dst, fmt.Errorf("%w: %d bytes, at most %d", ErrNoAlias, len(plaintext), MaxAlias)
	case k.refuses():
		return dst, ErrStale
	}
	if err := checkScope(in); err != nil {
		return dst, err
	}
	ks := k.keys.Load()
	key, header, err := k.sealKey(context.Background(), ks, in)
	if err != nil {
		return dst, err
	}
	w.setName(name)
	start := len(dst)
	for try := range byte(aliasTries) {
		// The bits of the text: a pseudo-random function of the value, as a digest is.
		w.bind(labelAliasID, in, w.name[:w.nameLen])
		bindField(w, f.name)
		w.body = append(append(w.body[:0], try), plaintext...)
		key.s2v(&w.scratch, w.ad, w.body)
		dst = f.text(dst[:start], w.name[:w.nameLen], &w.x)
		switch {
		case fits != nil && !fits(dst[start:]):
			return dst[:start], errMisfit
		case bytes.EqualFold(dst[start:], plaintext): // a value that lies where nobody's can
			continue
		}
		w.text = appendLower(w.text[:0], dst[start:])
		w.body = append(w.body[:0], header)
		w.body = binary.BigEndian.AppendUint32(w.body, ks.primary)
		w.body = append(append(w.body, make([]byte, blockSize)...), plaintext...)
		w.bind(labelAlias, in, w.name[:w.nameLen])
		bindField(w, w.text)
		key.seal(&w.scratch, w.body[5:], w.ad)
		switch k.aliases.put(w, in, w.text, entity, w.body, f) {
		case kept:
			k.stats.sealed.Add(1)
			return dst, nil
		case full:
			return dst[:start], fmt.Errorf("%w: the store is full", ErrNoAlias)
		}
	}
	return dst[:start], fmt.Errorf("%w: too many of this form are taken", ErrNoAlias)
}

var errMisfit = errors.New("envelope: text does not fit the schema")

// unsealAlias returns what w.text, the text of an alias in lower case, stands for in scope in. It lies in w, as the entity's name does.
func (k *Keyring) unsealAlias(w *work, in *redact.Scope) ([]byte, error) {
	if k.aliases == nil {
		return nil, closedGone
	}
	entity, ok := k.aliases.get(w, in, w.text)
	if !ok {
		return nil, closedGone
	}
	name, _ := k.nameOf(entity)
	key, err := k.openKey(context.Background(), k.keys.Load(), w.body[0], binary.BigEndian.Uint32(w.body[1:5]), in)
	switch {
	case err != nil:
		return nil, err
	case key == nil: // disabled since, or what it was derived from was destroyed
		return nil, closedUnknown
	}
	w.setName(name)
	w.bind(labelAlias, in, w.name[:w.nameLen])
	bindField(w, w.text)
	if !key.open(&w.scratch, w.body[5:], w.ad) {
		return nil, closedAuth
	}
	return w.body[bodyOverhead:], nil
}

// appendAlias appends the alias with that name and the first 60 bits of id.
func appendAlias(dst, name, id []byte) []byte {
	dst = append(dst, intro...)
	dst = append(dst, name...)
	dst = append(dst, "-2"...)
	sum := polymodPrefix(name, aliasMark)
	bits := binary.BigEndian.Uint64(id)
	for i := range aliasID {
		v := byte(bits>>(64-5*(i+1))) & 31
		sum = polymod(sum, v)
		dst = append(dst, charset[v])
	}
	return appendChecksum(dst, sum)
}

// decodeAlias checks the characters behind "-2" and leaves the alias, in lower case, in w.body.
func (w *work) decodeAlias(token, data []byte, value *[256]byte) error {
	if len(data) != aliasData {
		return ErrShape
	}
	sum := polymodPrefix(w.name[:w.nameLen], aliasMark)
	for _, c := range data {
		v := value[c]
		if v > 31 {
			return ErrShape
		}
		sum = polymod(sum, v)
	}
	if sum != bech32mConst {
		return ErrChecksum
	}
	w.text = appendLower(w.text[:0], token)
	return nil
}

func appendLower(dst, text []byte) []byte {
	for _, c := range text {
		dst = append(dst, lower(c))
	}
	return dst
}
