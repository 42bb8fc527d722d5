// Package envelope encrypts single values under data keys that a key-encryption
// key wraps. What it makes is a token: printable, checksummed, safe in JSON at
// any depth, and of use in one scope only. Its format is in docs/token.md.
//
// A [Keyring] holds the data keys, a Tink keyset of AES-256-SIV keys. It asks its
// key service when it is opened and now and then in the background, never when a
// value is sealed or opened.
package envelope
