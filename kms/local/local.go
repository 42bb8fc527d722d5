// Package local keeps a key-encryption key in a file, and the keyrings it wraps beside
// it, for one user on one machine. The folder is:
//
//	key                   the key, mode 0600, made on first use
//	keyrings/NAME/1.json  the wrapped keyrings, a file an epoch, the last ten
//
// Whoever can read the folder can open all tokens made with it: it belongs neither into
// a project nor into a backup that others can read.
package local

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/mcpveil/mcpveil/internal/secretdo"
	"github.com/mcpveil/mcpveil/kms"
)

const (
	keyFile  = "key"
	ringsDir = "keyrings"
	keySize  = 32

	// keyHead opens the one line of the key file. The version says how it wraps: 1 is
	// AES-256-GCM with a random nonce in front.
	keyHead = "mcpveil-local-key-1 "

	cipherVersion = 1
)

// DefaultDir returns the folder in which the key stands unless another is named:
// mcpveil/keys in the user's folder for configuration.
func DefaultDir() (string, error) {
	base, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("local: no folder for the key: %w; name one in the configuration", err)
	}
	return filepath.Join(base, "mcpveil", "keys"), nil
}

// Open opens the key and the store in dir, or in [DefaultDir] if dir is empty. It makes
// the key if there is none and the folder does not show that there once was one; of
// several that start at once, all get the same key. It refuses a folder inside a
// project, and one that others can read.
func Open(dir string) (kms.KEK, kms.Store, error) {
	var err error
	if dir == "" {
		if dir, err = DefaultDir(); err != nil {
			return nil, nil, err
		}
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, nil, fmt.Errorf("local: key folder: %w", err)
	}
	if err := outsideProject(dir); err != nil {
		return nil, nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("local: make key folder: %w", err)
	}
	if err := checkMode(dir, fs.ModeDir, 0o700); err != nil {
		return nil, nil, err
	}
	kek, err := secretdo.Do(func() (kms.KEK, error) {
		key, err := readOrMakeKey(dir)
		if err != nil {
			return nil, err
		}
		defer clear(key)
		return newKEK(dir, key)
	})
	if err != nil {
		return nil, nil, err
	}
	return kek, &store{dir: filepath.Join(dir, ringsDir)}, nil
}

// Opener opens "local:" and "local:///FOLDER" for kms.Providers.
func Opener(_ context.Context, uri *url.URL) (kms.KEK, error) {
	if uri.Host != "" || uri.RawQuery != "" || uri.User != nil {
		return nil, errors.New("local: key URI is not of the form local:///FOLDER")
	}
	kek, _, err := Open(filepath.FromSlash(uri.Path))
	return kek, err
}

func readOrMakeKey(dir string) ([]byte, error) {
	path := filepath.Join(dir, keyFile)
	key, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	rings, err := os.ReadDir(filepath.Join(dir, ringsDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("local: look for keyrings: %w", err)
	}
	if len(rings) > 0 {
		// Another start may have made both since we looked for the key.
		if key, err := readKey(path); !errors.Is(err, fs.ErrNotExist) {
			return key, err
		}
		return nil, fmt.Errorf("local: %s is gone, but keyrings wrapped by it are there: put the key back, or, to begin anew with no token made so far ever opening again, move %s away: %w",
			path, filepath.Join(dir, ringsDir), kms.ErrNotFound)
	}
	if err := makeKey(path); err != nil {
		return nil, err
	}
	return readKey(path)
}

func readKey(path string) ([]byte, error) {
	if err := checkMode(path, 0, 0o600); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("local: read key: %w", err)
	}
	defer clear(text)
	line, ok := strings.CutPrefix(strings.TrimRight(string(text), "\r\n"), keyHead)
	if !ok {
		return nil, fmt.Errorf("local: %s is not a key file of this version", path)
	}
	key, err := base64.StdEncoding.Strict().DecodeString(line)
	if err != nil || len(key) != keySize {
		return nil, fmt.Errorf("local: %s does not hold a key of %d bytes: was it cut or edited?", path, keySize)
	}
	return key, nil
}

// makeKey makes the file in whole or not at all. That another was quicker is no error.
func makeKey(path string) error {
	key := make([]byte, keySize)
	rand.Read(key)
	defer clear(key)
	line := append(base64.StdEncoding.AppendEncode([]byte(keyHead), key), '\n')
	defer clear(line)
	err := writeNew(path, line)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("local: make key: %w", err)
	}
	return nil
}

// writeNew puts a file in place that is complete when it appears. It fails with
// fs.ErrExist if there is one.
func writeNew(path string, content []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(content)
	if err == nil {
		err = tmp.Sync()
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); errors.Is(err, fs.ErrExist) {
		return err
	} else if err != nil {
		return fmt.Errorf("%w (without hard links, nothing can be put in place in whole: choose a folder on another file system)", err)
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" { // folders cannot be synced there
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// checkMode refuses what is of another type than want, and what others may read.
func checkMode(path string, want fs.FileMode, perm fs.FileMode) error {
	st, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("local: %w", err)
	}
	if st.Mode().Type() != want {
		kind := map[fs.FileMode]string{0: "regular file", fs.ModeDir: "folder"}[want]
		return fmt.Errorf("local: %s is not a %s", path, kind)
	}
	if runtime.GOOS != "windows" && st.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("local: others can get at %s (mode %04o); run: chmod %o %s", path, st.Mode().Perm(), perm, path)
	}
	return nil
}

// A kek wraps with AES-256-GCM. It is immutable and safe for concurrent use.
type kek struct {
	uri  string
	aead cipher.AEAD
}

func newKEK(dir string, key []byte) (kms.KEK, error) {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("local: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(b)
	if err != nil {
		return nil, fmt.Errorf("local: %w", err)
	}
	return &kek{uri: (&url.URL{Scheme: "local", Path: filepath.ToSlash(dir)}).String(), aead: aead}, nil
}

func (k *kek) URI() string { return k.uri }

func (k *kek) EncryptWithContext(ctx context.Context, plaintext, associatedData []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("local: %w: %w", kms.ErrUnavailable, err)
	}
	return k.aead.Seal([]byte{cipherVersion}, nil, plaintext, associatedData), nil
}

func (k *kek) DecryptWithContext(ctx context.Context, ciphertext, associatedData []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("local: %w: %w", kms.ErrUnavailable, err)
	}
	if len(ciphertext) == 0 || ciphertext[0] != cipherVersion {
		return nil, fmt.Errorf("local: %w", kms.ErrCiphertext)
	}
	plaintext, err := k.aead.Open(nil, nil, ciphertext[1:], associatedData)
	if err != nil {
		return nil, fmt.Errorf("local: %w", kms.ErrCiphertext)
	}
	return plaintext, nil
}
