package envelope

import "encoding/binary"

// Inspect returns what a token says of itself: the name of its entity, and the id of the key that it was
// made under. Nothing of that is authenticated: only [Keyring.Unseal] tells whether it is true. The error is
// ErrShape, ErrChecksum, or ErrUnknown for a token of another version.
func Inspect(token []byte) (name string, keyID uint32, err error) {
	w := works.Get().(*work)
	defer w.free()
	if err := w.parse(token); err != nil {
		return "", 0, err
	}
	if h := w.body[0]; h != headerV1 && h != headerSubject {
		return "", 0, ErrUnknown
	}
	return string(w.name[:w.nameLen]), binary.BigEndian.Uint32(w.body[1:5]), nil
}

// TrimToken returns token without what redact adds where a schema asks for an e-mail address: it is no
// part of the token.
func TrimToken(token []byte) []byte { return trimMail(token) }
