package patterns

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"aead.dev/minisign"
)

// SignatureSuffix is what the name of a pack's signature has behind the pack's: acme.yaml.minisig.
const SignatureSuffix = ".minisig"

// maxSigned is the longest file that is read to be verified.
const maxSigned = 16 << 20

// A PublicKey is whom a pack must be signed by. Signatures are minisign's, which are Ed25519
// over BLAKE2b: https://jedisct1.github.io/minisign/
type PublicKey struct{ key minisign.PublicKey }

// ParsePublicKey reads what minisign writes as a public key: its one line, RW…, or the whole file.
func ParsePublicKey(text string) (PublicKey, error) {
	var k PublicKey
	if err := k.key.UnmarshalText([]byte(strings.TrimSpace(text))); err != nil {
		return PublicKey{}, errors.New("patterns: is no minisign public key, want the line that begins with RW")
	}
	return k, nil
}

func (k PublicKey) String() string { return k.key.String() }

// Signed returns fsys without the files that none of keys signed: to open one is an error. What is read is
// what was verified, whatever becomes of the file meanwhile. Without keys nothing can be opened.
func Signed(fsys fs.FS, keys ...PublicKey) fs.FS { return signed{fsys, keys} }

type signed struct {
	fsys fs.FS
	keys []PublicKey
}

// Open opens a signed file, or a folder, which is only listed.
func (s signed) Open(name string) (fs.File, error) {
	f, err := s.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		return f, nil
	}
	_ = f.Close()
	if err != nil {
		return nil, err
	}
	data, err := s.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return &verified{bytes.NewReader(data), info}, nil
}

// Glob and Stat tell of files that nobody signed as well: that a pack is there and cannot be had must be noticed.

func (s signed) Glob(pattern string) ([]string, error) { return fs.Glob(s.fsys, pattern) }
func (s signed) Stat(name string) (fs.FileInfo, error) { return fs.Stat(s.fsys, name) }

// ReadFile reads a signed file.
func (s signed) ReadFile(name string) ([]byte, error) {
	fail := func(err error) ([]byte, error) { return nil, &fs.PathError{Op: "verify", Path: name, Err: err} }
	data, err := readBounded(s.fsys, name)
	if err != nil {
		return nil, err
	}
	signature, err := readBounded(s.fsys, name+SignatureSuffix)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fail(fmt.Errorf("is not signed: there is no %s beside it, and pack_keys asks for one", name+SignatureSuffix))
	case err != nil:
		return fail(err)
	}
	for _, k := range s.keys {
		if minisign.Verify(k.key, data, signature) {
			return data, nil
		}
	}
	return fail(errors.New("is not signed by any of pack_keys, or was changed since"))
}

// readBounded is fs.ReadFile for files that are not endless.
func readBounded(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxSigned {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("is longer than %d MiB", maxSigned>>20)}
	}
	return fs.ReadFile(fsys, name)
}

// A verified file holds what was verified.
type verified struct {
	*bytes.Reader
	info fs.FileInfo
}

func (v *verified) Stat() (fs.FileInfo, error) { return v.info, nil }
func (v *verified) Close() error               { return nil }

// GenerateKey makes a key to sign packs with: the public half, and the private one as minisign
// keeps it, encrypted with password.
func GenerateKey(password string) (PublicKey, []byte, error) {
	public, private, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		return PublicKey{}, nil, err
	}
	file, err := minisign.EncryptKey(password, private)
	if err != nil {
		return PublicKey{}, nil, err
	}
	return PublicKey{public}, file, nil
}

// Sign returns the signature of a pack by the private key that file holds, encrypted with password. The comment,
// which is signed too, says which pack it is and when it was signed. What is no pack is not signed.
func Sign(file []byte, password, name string, pack []byte, now time.Time) ([]byte, error) {
	p, errs := parse(name, pack)
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	key, err := minisign.DecryptKey(password, file)
	if err != nil {
		return nil, errors.New("patterns: the private key cannot be read: is it a minisign key, and the password right?")
	}
	comment := fmt.Sprintf("pack %s version %d, signed %s", p.Name, p.Version, now.UTC().Format(time.RFC3339))
	return minisign.SignWithComments(key, pack, comment, "signature of a mcpveil pattern pack"), nil
}

// CheckVersions says which of packs have another version than pins ask for, each NAME@VERSION. A pin of a pack
// that is not among them is a mistake as well.
func CheckVersions(pins []string, packs ...*Pack) error {
	var errs []error
pins:
	for _, pin := range pins {
		name, version, err := ParsePin(pin)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, p := range packs {
			if p.Name != name {
				continue
			}
			if p.Version != version {
				errs = append(errs, &Error{File: p.file, Line: p.line, Err: fmt.Errorf("pack %s is version %d, and %d is asked for", name, p.Version, version)})
			}
			continue pins
		}
		errs = append(errs, fmt.Errorf("patterns: version %d of pack %s is asked for, which is not among the packs that are on", version, name))
	}
	return errors.Join(errs...)
}

// ParsePin reads NAME@VERSION.
func ParsePin(s string) (name string, version int, err error) {
	name, number, ok := strings.Cut(s, "@")
	if _, err := fmt.Sscanf(number, "%d", &version); !ok || name == "" || err != nil || version < 1 || fmt.Sprint(version) != number {
		return "", 0, errors.New("patterns: want NAME@VERSION, such as acme@3")
	}
	return name, version, nil
}
