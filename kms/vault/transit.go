package vault

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/mcpveil/mcpveil/kms"
)

// A kek is a key of the transit engine. It is safe for concurrent use.
type kek struct {
	*Client
	uri        string
	mount, key string
}

// Key opens the key at hcvault://HOST/MOUNT/keys/NAME, or hcvault+http:// on loopback,
// once it has proved to be what a key must be: one that binds a ciphertext to the
// associated data it came with, and makes no two alike. It asks Vault for that, with
// the rights "update" on MOUNT/encrypt/NAME and MOUNT/decrypt/NAME and no other. With
// Options.SelfTestKey, the right to encrypt is needed with that key alone.
func (c *Client) Key(ctx context.Context, uri *url.URL) (kms.KEK, error) {
	mount, name, err := c.path(uri, "keys")
	if err != nil {
		return nil, err
	}
	if !kms.CheckPart(name) {
		return nil, errors.New("vault: name of key in URI has more than one part")
	}
	if err := c.prove(ctx, mount, name); err != nil {
		return nil, err
	}
	return &kek{Client: c, uri: uri.String(), mount: mount, key: name}, nil
}

// prove has the key prove what Key says.
func (c *Client) prove(ctx context.Context, mount, name string) error {
	k := &kek{Client: c, mount: mount, key: name}
	tried := k
	if c.testKey != "" {
		tried = &kek{Client: c, mount: mount, key: c.testKey}
	}
	if err := tried.selfTest(ctx); errors.Is(err, kms.ErrDenied) && !errors.Is(err, ErrLogin) {
		// To Vault, encrypting with a key that is not there is creating it.
		return fmt.Errorf("%w; or there is no such key yet: vault write %s/keys/%s type=aes256-gcm96", err, mount, tried.key)
	} else if err != nil {
		return err
	}
	if tried == k {
		return nil
	}
	return k.probe(ctx)
}

func (k *kek) URI() string { return k.uri }

func (k *kek) EncryptWithContext(ctx context.Context, plaintext, associatedData []byte) ([]byte, error) {
	path := k.mount + "/encrypt/" + k.key
	a, err := k.ask(ctx, &request{path: path, capability: "update", in: map[string]any{
		"plaintext":       base64.StdEncoding.EncodeToString(plaintext),
		"associated_data": base64.StdEncoding.EncodeToString(associatedData),
	}})
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return nil, k.refused(a, path)
	}
	text, _ := a.data["ciphertext"].(string)
	if text == "" {
		return nil, k.fail("answers without a ciphertext", ErrAnswer)
	}
	return []byte(text), nil
}

func (k *kek) DecryptWithContext(ctx context.Context, ciphertext, associatedData []byte) ([]byte, error) {
	path := k.mount + "/decrypt/" + k.key
	a, err := k.ask(ctx, &request{path: path, capability: "update", in: map[string]any{
		"ciphertext":      string(ciphertext),
		"associated_data": base64.StdEncoding.EncodeToString(associatedData),
	}})
	if err != nil {
		return nil, err
	}
	if a.status == http.StatusBadRequest && !a.says("key not found") {
		if a.says("too old") {
			return nil, fmt.Errorf("vault: %s is below the key's min_decryption_version: %w", k.key, kms.ErrCiphertext)
		}
		return nil, fmt.Errorf("vault: %s: %w", k.key, kms.ErrCiphertext)
	}
	if a.status != http.StatusOK {
		return nil, k.refused(a, path)
	}
	text, ok := a.data["plaintext"].(string)
	plaintext, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil {
		return nil, k.fail("answers without a plaintext", ErrAnswer)
	}
	return plaintext, nil
}

func (k *kek) refused(a *answer, path string) error {
	switch {
	case a.status == http.StatusNotFound || a.says("key not found"):
		return fmt.Errorf("vault: %s has no transit key %s at %s: %w; create it with: vault write %s/keys/%s type=aes256-gcm96",
			k.addr, k.key, k.mount, kms.ErrNotFound, k.mount, k.key)
	case a.status == http.StatusBadRequest:
		return fmt.Errorf("vault: %s refuses to encrypt with %s: %w", k.addr, k.key, errKind)
	}
	return k.unexpected(a, path)
}

var errKind = errors.New("the key must be of type aes256-gcm96 or chacha20-poly1305, and neither derived nor convergent")

// selfTest finds out old servers, which ignore associated data, keys of a kind that does
// not bind it, convergent keys, with which Vault uses a nonce twice, and mocks.
func (k *kek) selfTest(ctx context.Context) error {
	plaintext := make([]byte, 32)
	rand.Read(plaintext)
	one, err := k.EncryptWithContext(ctx, plaintext, []byte("a"))
	if err != nil {
		return err
	}
	two, err := k.EncryptWithContext(ctx, plaintext, []byte("a"))
	if err != nil {
		return err
	}
	got, err := k.DecryptWithContext(ctx, one, []byte("a"))
	if err != nil {
		return fmt.Errorf("vault: self-test of %s: %w", k.key, err)
	}
	_, other := k.DecryptWithContext(ctx, one, []byte("b"))
	switch {
	case !bytes.Equal(got, plaintext):
		return fmt.Errorf("vault: self-test of %s: what was encrypted does not come back", k.key)
	case other == nil:
		return fmt.Errorf("vault: self-test of %s: associated data is ignored, so nothing is bound to its place: %w", k.key, errKind)
	case !errors.Is(other, kms.ErrCiphertext):
		return fmt.Errorf("vault: self-test of %s: %w", k.key, other)
	case bytes.Equal(one, two):
		return fmt.Errorf("vault: self-test of %s: equal plaintexts get equal ciphertexts: %w", k.key, errKind)
	}
	return nil
}

// probe finds out the kind of a key that we may only decrypt with: it has the key decrypt
// noise. A key of a kind that binds says that the noise does not authenticate; a derived
// one asks for a context first, an asymmetric one says something else. A version that may
// not be used any more says nothing, so a later one is looked for.
func (k *kek) probe(ctx context.Context) error {
	noise := make([]byte, 64)
	rand.Read(noise)
	path := k.mount + "/decrypt/" + k.key
	for low, high, version := 0, 0, 1; ; {
		a, err := k.ask(ctx, &request{path: path, capability: "update", in: map[string]any{
			"ciphertext":      fmt.Sprintf("vault:v%d:%s", version, base64.StdEncoding.EncodeToString(noise)),
			"associated_data": base64.StdEncoding.EncodeToString([]byte("self-test")),
		}})
		switch {
		case err != nil:
			return err
		case a.status == http.StatusNotFound || a.says("key not found"):
			return k.refused(a, path)
		case a.says("message authentication failed"):
			return nil
		case a.says("too old"):
			low = version
		case a.says("too new"):
			high = version
		default:
			return fmt.Errorf("vault: self-test of %s: %w", k.key, errKind)
		}
		if version = 2 * low; high > 0 {
			version = (low + high) / 2
		}
		if version == low || version >= 1<<24 {
			return fmt.Errorf("vault: self-test of %s: none of its versions may decrypt", k.key)
		}
	}
}
