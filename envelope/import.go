package envelope

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/keyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"

	"github.com/mcpveil/mcpveil/internal/secretdo"
	"github.com/mcpveil/mcpveil/kms"
)

// A Keyset is one made elsewhere that a keyring may have: 1 to 32 AES-SIV keys of 64
// bytes with Tink's prefix, and a primary that is enabled.
type Keyset struct{ handle *keyset.Handle }

// ReadKeyset reads a keyset as google/tink/go, tink-go and tinkey write it, binary or
// JSON: an encrypted one if kek is given, which must be the key it was encrypted with and
// associatedData what it was bound to (tinkey: nothing), and otherwise one in clear. The
// caller answers for where such a one comes from, and clears text afterwards.
// A keyset that a keyring may not have is refused; no error holds any of the text.
func ReadKeyset(ctx context.Context, text []byte, kek kms.KEK, associatedData []byte) (*Keyset, error) {
	h, err := secretdo.Do(func() (*keyset.Handle, error) {
		if kek != nil {
			return readEncrypted(ctx, text, kek, associatedData)
		}
		return readClear(text)
	})
	if err != nil {
		return nil, fmt.Errorf("envelope: import: %w", err)
	}
	if _, err := newKeys(h, 1, new(about)); err != nil {
		return nil, fmt.Errorf("envelope: import: %w", err)
	}
	return &Keyset{h}, nil
}

// Keys lists its keys, oldest first.
func (s *Keyset) Keys() []KeyStatus {
	var list []KeyStatus
	for _, ki := range s.handle.KeysetInfo().GetKeyInfo() {
		list = append(list, KeyStatus{
			ID: ki.GetKeyId(), Primary: ki.GetKeyId() == s.handle.KeysetInfo().GetPrimaryKeyId(),
			Enabled: ki.GetStatus() == tinkpb.KeyStatusType_ENABLED,
		})
	}
	return list
}

func reader(text []byte) keyset.Reader {
	if bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) {
		return keyset.NewJSONReader(bytes.NewReader(text))
	}
	return keyset.NewBinaryReader(bytes.NewReader(text))
}

func readEncrypted(ctx context.Context, text []byte, kek kms.KEK, ad []byte) (*keyset.Handle, error) {
	enc, err := reader(text).ReadEncrypted()
	if err != nil || len(enc.GetEncryptedKeyset()) == 0 {
		return nil, errors.New("this is no encrypted keyset, neither binary nor JSON")
	}
	asked := &heard{KEK: kek}
	h, err := keyset.ReadWithContext(ctx, &keyset.MemReaderWriter{EncryptedKeyset: enc}, asked, ad)
	if errors.Is(asked.err, kms.ErrCiphertext) {
		return nil, fmt.Errorf("the keyset was encrypted with another key, or is bound to other associated data: %w", asked.err)
	}
	if err != nil {
		return nil, asked.or(errors.New("what was encrypted is no keyset"))
	}
	return h, nil
}

// readClear hands a keyset in clear to the reader of encrypted ones, so that the product
// links nothing that would write one in clear.
func readClear(text []byte) (*keyset.Handle, error) {
	ks, err := reader(text).Read()
	if err != nil || len(ks.GetKey()) == 0 {
		if enc, e := reader(text).ReadEncrypted(); e == nil && len(enc.GetEncryptedKeyset()) > 0 {
			return nil, errors.New("the keyset is encrypted: say with which key")
		}
		return nil, errors.New("this is no keyset of Tink's, neither binary nor JSON")
	}
	var buf bytes.Buffer
	defer func() { clear(buf.Bytes()) }()
	if err := keyset.NewBinaryWriter(&buf).Write(ks); err != nil {
		return nil, errors.New("this is no keyset of Tink's")
	}
	enc := &tinkpb.EncryptedKeyset{EncryptedKeyset: buf.Bytes()}
	h, err := keyset.Read(&keyset.MemReaderWriter{EncryptedKeyset: enc}, inClear{})
	if err != nil {
		return nil, errors.New("this is no keyset that can be used: every key needs an id, a known type and status, and one must be primary")
	}
	return h, nil
}

// inClear is a cipher that does nothing.
type inClear struct{}

func (inClear) Encrypt(_, _ []byte) ([]byte, error) { return nil, errors.ErrUnsupported }

func (inClear) Decrypt(ciphertext, _ []byte) ([]byte, error) { return bytes.Clone(ciphertext), nil }

// Import makes a keyring of a keyset that was made elsewhere, as [Create] makes one of a
// new key: wrapped by kek, under name, kms.ErrConflict if there is one already.
func Import(ctx context.Context, kek kms.KEK, store kms.Store, name string, ks *Keyset, opts *Options) (*Keyring, error) {
	k, err := prepare(kek, store, name, opts)
	if err != nil {
		return nil, err
	}
	t := now()
	a := newAbout(t)
	a.Written, a.Equality = t, 1
	for _, st := range ks.Keys() {
		ka := keyAbout{ID: st.ID, Added: t, Imported: true}
		if st.Primary {
			ka.Promoted = t
		} else {
			ka.Demoted = t // it may have sealed until now
		}
		if !st.Enabled {
			ka.Disabled = t
		}
		a.Keys = append(a.Keys, ka)
	}
	made, err := k.write(ctx, ks.handle, 1, a)
	if err != nil {
		return nil, err
	}
	k.start(made)
	return k, nil
}
