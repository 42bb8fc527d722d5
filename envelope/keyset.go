package envelope

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/daead/aessiv"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"

	"github.com/mcpveil/mcpveil/internal/secretdo"
)

const (
	maxKeys    = 32
	aesSIVType = "type.googleapis.com/google.crypto.tink.AesSivKey"
)

// A keys is a keyset made ready. It is immutable.
type keys struct {
	handle  *keyset.Handle
	epoch   int64
	about   *about
	primary uint32
	open    map[uint32]*siv   // enabled keys by id
	roots   map[uint32][]byte // of the keys of subjects, likewise
	status  []KeyStatus
	asked   time.Time // when the store last confirmed it
}

// newHandle returns a keyset of one new key.
func newHandle() (*keyset.Handle, error) { return secretdo.Do(makeHandle) }

func makeHandle() (*keyset.Handle, error) {
	m := keyset.NewManager()
	id, err := addKey(m)
	if err != nil {
		return nil, err
	}
	if err := m.SetPrimary(id); err != nil {
		return nil, fmt.Errorf("envelope: %w", err)
	}
	return m.Handle()
}

func addKey(m *keyset.Manager) (uint32, error) {
	p, err := aessiv.NewParameters(sivKeySize, aessiv.VariantTink)
	if err != nil {
		return 0, fmt.Errorf("envelope: %w", err)
	}
	id, err := m.AddNewKeyFromParameters(p)
	if err != nil {
		return 0, fmt.Errorf("envelope: %w", err)
	}
	return id, nil
}

// newKeys checks a keyset against what is allowed here and makes its keys ready: up
// to 32 AES-256-SIV keys with Tink's prefix, one of them primary and enabled. A key
// without a prefix would be tried on every token there is.
func newKeys(h *keyset.Handle, epoch int64, a *about) (*keys, error) {
	return secretdo.Do(func() (*keys, error) { return readyKeys(h, epoch, a) })
}

func readyKeys(h *keyset.Handle, epoch int64, a *about) (*keys, error) {
	a = a.clone()
	info := h.KeysetInfo()
	if n := len(info.GetKeyInfo()); n == 0 || n > maxKeys {
		return nil, fmt.Errorf("envelope: keyset has %d keys, want 1 to %d", n, maxKeys)
	}
	k := &keys{handle: h, epoch: epoch, about: a, open: map[uint32]*siv{}, roots: map[uint32][]byte{}, asked: time.Now()}
	for i, ki := range info.GetKeyInfo() {
		if ki.GetTypeUrl() != aesSIVType || ki.GetOutputPrefixType() != tinkpb.OutputPrefixType_TINK {
			return nil, fmt.Errorf("envelope: key %d is not an AES-SIV key with Tink's prefix", ki.GetKeyId())
		}
		entry, err := h.Entry(i)
		if err != nil {
			return nil, fmt.Errorf("envelope: %w", err)
		}
		life := a.key(entry.KeyID())
		st := KeyStatus{
			ID: entry.KeyID(), Primary: entry.IsPrimary(), Enabled: entry.KeyStatus() == keyset.Enabled, Imported: life.Imported,
			Added: life.Added, Promoted: life.Promoted, Demoted: life.Demoted, Disabled: life.Disabled,
		}
		if st.Primary {
			k.primary = st.ID
		}
		k.status = append(k.status, st)
		if !st.Enabled {
			continue
		}
		if k.open[st.ID], k.roots[st.ID], err = readyKey(entry); err != nil {
			return nil, err
		}
	}
	if k.open[k.primary] == nil {
		return nil, errors.New("envelope: keyset has no primary key that is enabled")
	}
	return k, nil
}

// readyKey is the one place that takes a key's bytes out of Tink's hands.
func readyKey(entry *keyset.Entry) (s *siv, root []byte, err error) {
	key, ok := entry.Key().(*aessiv.Key)
	if !ok {
		return nil, nil, fmt.Errorf("envelope: key %d is not an AES-SIV key", entry.KeyID())
	}
	prefix := binary.BigEndian.AppendUint32([]byte{tinkStart}, entry.KeyID())
	if !bytes.Equal(key.OutputPrefix(), prefix) {
		return nil, nil, fmt.Errorf("envelope: key %d has another prefix than its id", entry.KeyID())
	}
	raw := key.KeyBytes().Data(insecuresecretdataaccess.Token{})
	defer clear(raw)
	if root, err = rootOf(raw); err != nil {
		return nil, nil, fmt.Errorf("envelope: %w", err)
	}
	s, err = newSIV(raw)
	return s, root, err
}
