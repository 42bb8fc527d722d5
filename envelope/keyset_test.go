package envelope_test

import (
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/daead"
	"github.com/tink-crypto/tink-go/v2/daead/aessiv"
	"github.com/tink-crypto/tink-go/v2/keyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
)

// TestAllowedKeysets: a keyset opens only if all in it is of the kind that is made here.
func TestAllowedKeysets(t *testing.T) {
	siv := daead.AESSIVKeyTemplate
	raw := siv()
	raw.OutputPrefixType = tinkpb.OutputPrefixType_RAW
	crunchy := siv()
	crunchy.OutputPrefixType = tinkpb.OutputPrefixType_CRUNCHY
	many := func(n int) []*tinkpb.KeyTemplate {
		var all []*tinkpb.KeyTemplate
		for range n {
			all = append(all, siv())
		}
		return all
	}
	tests := []struct {
		name      string
		templates []*tinkpb.KeyTemplate // the first is primary
		want      string                // "" if it opens
	}{
		{"one key", many(1), ""},
		{"32 keys", many(32), ""},
		{"33 keys", many(33), "33 keys"},
		{"raw", []*tinkpb.KeyTemplate{raw}, "Tink's prefix"},
		{"raw beside", []*tinkpb.KeyTemplate{siv(), raw}, "Tink's prefix"},
		{"crunchy beside", []*tinkpb.KeyTemplate{siv(), crunchy}, "Tink's prefix"},
		{"AES-GCM", []*tinkpb.KeyTemplate{aead.AES256GCMKeyTemplate()}, "not an AES-SIV key"},
		{"AES-GCM beside", []*tinkpb.KeyTemplate{siv(), aead.AES256GCMKeyTemplate()}, "not an AES-SIV key"},
		{"AES-CTR-HMAC beside", []*tinkpb.KeyTemplate{siv(), aead.AES128CTRHMACSHA256KeyTemplate()}, "not an AES-SIV key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := keyset.NewManager()
			for i, template := range tt.templates {
				id, err := m.Add(template)
				must(t, err)
				if i == 0 {
					must(t, m.SetPrimary(id))
				}
			}
			h, err := m.Handle()
			must(t, err)
			k, err := openTink(t, h)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Fatalf("Open = %v, want %q", err, tt.want)
			}
			if err == nil {
				opens(t, k, tt.name, seal(t, k, "EMAIL_ADDRESS", "x", alice), alice, "x")
			}
		})
	}
	for _, size := range []int{32, 48} {
		p, err := aessiv.NewParameters(size, aessiv.VariantTink)
		must(t, err)
		m := keyset.NewManager()
		id, err := m.AddNewKeyFromParameters(p)
		if err != nil { // Tink makes none of that size
			continue
		}
		must(t, m.SetPrimary(id))
		h, err := m.Handle()
		must(t, err)
		if _, err := openTink(t, h); err == nil {
			t.Errorf("Open of a keyset with keys of %d bytes = nil, want an error", size)
		}
	}
}
