package envelope_test

import (
	"errors"
	"testing"

	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/kmstest"
)

// Keyrings that could not be read can be closed.
func TestCloseUnread(t *testing.T) {
	r, err := envelope.NewKeyrings(kmstest.New(t), new(kmstest.Store), nil)
	must(t, err)
	if _, err := r.Get(t.Context(), "acme", envelope.Tokens); !errors.Is(err, kms.ErrNotFound) {
		t.Errorf("Get of what is not there = %v, want ErrNotFound", err)
	}
	must(t, r.Close())
}

// Keyrings that are made on first use are made where they stand now, not where those of earlier versions did.
func TestCreateBesideLegacy(t *testing.T) {
	r, err := envelope.NewKeyrings(kmstest.New(t), new(kmstest.Store), &envelope.KeyringsOptions{Options: envelope.Options{Create: true}, Legacy: "crm"})
	must(t, err)
	defer r.Close()
	k, err := r.Get(t.Context(), "acme", envelope.Tokens)
	must(t, err)
	if got, want := k.Name(), envelope.KeyringName("acme", envelope.Tokens); got != want {
		t.Errorf("the keyring is made at %q, want %q", got, want)
	}
}
