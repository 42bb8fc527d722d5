package envelope_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/kmstest"
	"github.com/mcpveil/mcpveil/kms/vault"
	"github.com/mcpveil/mcpveil/redact"
)

// A service is where a keyring is: a key and a store of a Vault.
type service struct {
	kek   kms.KEK
	store kms.Store
}

func reach(t *testing.T, keyURI, storeURI, token string) (service, error) {
	t.Helper()
	opts := &vault.Options{Token: func(context.Context) (string, error) { return token, nil }, Timeout: 10 * time.Second}
	at := func(uri string) *url.URL {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	store, err := vault.OpenStore(at(storeURI), opts)
	if err != nil {
		t.Fatal(err)
	}
	kek, err := vault.Open(t.Context(), at(keyURI), opts)
	return service{kek, store}, err
}

func reachVault(t *testing.T, v *kmstest.Vault, policy string) service {
	t.Helper()
	s, err := reach(t, v.KeyURI("kek"), v.StoreURI("mcpveil"), v.Token(policy))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openRing(t *testing.T, s service, name string, opts *envelope.Options) *envelope.Keyring {
	t.Helper()
	k, err := envelope.Open(t.Context(), s.kek, s.store, name, opts)
	if err != nil {
		t.Fatalf("Open(%s) = %v", name, err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

const childToken = "MCPVEIL_ENVELOPE_TEST_TOKEN"

// TestYesterdaysToken creates a keyring in a real Vault as an administrator, seals as
// one process, and opens as another that has the sidecar's rights alone.
func TestYesterdaysToken(t *testing.T) {
	if token := os.Getenv(childToken); token != "" {
		s, err := reach(t, os.Getenv("KEY_URI"), os.Getenv("STORE_URI"), os.Getenv("VAULT_TOKEN"))
		if err != nil {
			t.Fatal(err)
		}
		opens(t, openRing(t, s, "acme/tokens", options()), "in another process", token, alice, "ada@lovelace.example")
		return
	}
	v := kmstest.StartVault(t)
	v.CreateKey("kek", nil)
	admin := reachVault(t, v, kmstest.AdminPolicy("kek", "mcpveil"))
	k, err := envelope.Create(t.Context(), admin.kek, admin.store, "acme/tokens", options())
	if err != nil {
		t.Fatalf("Create = %v", err)
	}
	k.Close()
	token := seal(t, k, "EMAIL_ADDRESS", "ada@lovelace.example", alice)

	before := v.Requests()
	cmd := exec.Command(os.Args[0], "-test.run=^TestYesterdaysToken$")
	cmd.Env = append(os.Environ(), childToken+"="+token, "KEY_URI="+v.KeyURI("kek"), "STORE_URI="+v.StoreURI("mcpveil"),
		"VAULT_TOKEN="+v.Token(kmstest.SidecarPolicy("kek", "mcpveil")))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("another process: %v\n%s", err, out)
	}
	if asked := v.Requests() - before; asked < 5 { // the self-test, the keyring, its key
		t.Errorf("the other process made %d calls to Vault, want at least 5", asked)
	}

	k2 := openRing(t, reachVault(t, v, kmstest.SidecarPolicy("kek", "mcpveil")), "acme/tokens", options())
	if again := seal(t, k2, "EMAIL_ADDRESS", "ada@lovelace.example", alice); again != token {
		t.Error("opened again, the keyring seals to another token")
	}
	opens(t, k2, "another tenant", token, redact.Scope{Tenant: "umbrella", Kind: "principal", ID: "alice"}, envelope.ErrAuth)
	if _, err := envelope.Create(t.Context(), admin.kek, admin.store, "acme/tokens", options()); !errors.Is(err, kms.ErrConflict) {
		t.Errorf("Create where there is one = %v, want ErrConflict", err)
	}
	opens(t, openRing(t, admin, "acme/tokens", options()), "after that", token, alice, "ada@lovelace.example")

	// No call to Vault on the path, nor need of one.
	before = v.Requests()
	v.Down(true)
	for range 1000 {
		opens(t, k2, "Vault is down", token, alice, "ada@lovelace.example")
		seal(t, k2, "CREDIT_CARD", "4111111111111111", alice)
	}
	opens(t, k2, "an unknown key", seal(t, newRing(t), "EMAIL_ADDRESS", "x", alice), alice, envelope.ErrUnknown)
	if asked := v.Requests() - before; asked != 0 {
		t.Errorf("2,001 values took %d calls to Vault, want 0", asked)
	}
	if _, err := reach(t, v.KeyURI("kek"), v.StoreURI("mcpveil"), v.RootToken); !errors.Is(err, kms.ErrUnavailable) || !strings.Contains(err.Error(), v.Addr) {
		t.Errorf("a start while Vault is down: %v, want ErrUnavailable with its address", err)
	}
}

// TestSwap: a keyring put where it does not belong, by one who can write to the store,
// does not open there.
func TestSwap(t *testing.T) {
	v := kmstest.StartVault(t)
	v.CreateKey("kek", nil)
	v.CreateKey("other", nil)
	admin := reachVault(t, v, kmstest.AdminPolicy("kek", "mcpveil"))
	for _, name := range []string{"acme/tokens", "umbrella/tokens"} {
		k, err := envelope.Create(t.Context(), admin.kek, admin.store, name, options())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Add(t.Context()); err != nil { // epoch 2
			t.Fatal(err)
		}
		k.Close()
	}
	refused := func(what string, s service, name string) {
		t.Helper()
		_, err := envelope.Open(t.Context(), s.kek, s.store, name, options())
		if !errors.Is(err, kms.ErrCiphertext) || errors.Is(err, kms.ErrNotFound) {
			t.Errorf("%s: Open = %v, want ErrCiphertext", what, err)
		}
	}
	theirs, epoch, err := admin.store.Get(t.Context(), "umbrella/tokens")
	if err != nil || epoch != 2 {
		t.Fatal(epoch, err)
	}
	k := openRing(t, admin, "umbrella/tokens", options())
	if _, err := k.Add(t.Context()); err != nil { // epoch 3, which is the next of acme's as well
		t.Fatal(err)
	}
	k.Close()
	next, epoch, err := admin.store.Get(t.Context(), "umbrella/tokens")
	if err != nil || epoch != 3 {
		t.Fatal(epoch, err)
	}
	if err := admin.store.Put(t.Context(), "acme/tokens", 3, next); err != nil {
		t.Fatal(err)
	}
	refused("another tenant's, of the same epoch", admin, "acme/tokens")
	if err := admin.store.Put(t.Context(), "umbrella/tokens", 4, theirs); err != nil {
		t.Fatal(err)
	}
	refused("an older one as a newer", admin, "umbrella/tokens")
	other, err := reach(t, v.KeyURI("other"), v.StoreURI("mcpveil"), v.RootToken)
	if err != nil {
		t.Fatal(err)
	}
	refused("with another key", other, "acme/tokens")
}

// TestRotateKEK: after a rotation in Vault and a rewrap, the KEK's old version can go.
func TestRotateKEK(t *testing.T) {
	v := kmstest.StartVault(t)
	v.CreateKey("kek", nil)
	s := reachVault(t, v, kmstest.AdminPolicy("kek", "mcpveil"))
	k := create(t, s, options())
	token := seal(t, k, "EMAIL_ADDRESS", "x", alice)
	v.Root("POST", "transit/keys/kek/rotate", nil)
	opens(t, openRing(t, s, "ring", options()), "rotated", token, alice, "x")
	must(t, k.Rewrap(t.Context()))
	wrapped, epoch, err := s.store.Get(t.Context(), "ring")
	if err != nil || epoch != 2 || k.Epoch() != 2 {
		t.Fatalf("after Rewrap: epoch %d, %v", epoch, err)
	}
	v.Root("POST", "transit/keys/kek/config", map[string]any{"min_decryption_version": 2})
	opens(t, openRing(t, s, "ring", options()), "rewrapped", token, alice, "x")

	v.Root("POST", "transit/keys/kek/rotate", nil)
	v.Root("POST", "transit/keys/kek/config", map[string]any{"min_decryption_version": 3})
	if _, err := envelope.Open(t.Context(), s.kek, s.store, "ring", options()); !errors.Is(err, kms.ErrCiphertext) {
		t.Errorf("Open of %d bytes that were not rewrapped = %v, want ErrCiphertext", len(wrapped), err)
	}
}

// TestNotThere: with Vault, what is missing is not made.
func TestNotThere(t *testing.T) {
	v := kmstest.StartVault(t)
	v.CreateKey("kek", nil)
	s := reachVault(t, v, kmstest.AdminPolicy("kek", "mcpveil"))
	if _, err := envelope.Open(t.Context(), s.kek, s.store, "acme/tokens", options()); !errors.Is(err, kms.ErrNotFound) {
		t.Errorf("Open of nothing = %v, want ErrNotFound", err)
	}
	if _, _, err := s.store.Get(t.Context(), "acme/tokens"); !errors.Is(err, kms.ErrNotFound) {
		t.Errorf("after that Get = %v, want ErrNotFound", err)
	}
	v.Intercept(nil)
	v.Down(true)
	opts := options()
	opts.Create = true
	if _, err := envelope.Open(t.Context(), s.kek, s.store, "acme/tokens", opts); !errors.Is(err, kms.ErrUnavailable) {
		t.Errorf("Open with Create while Vault is down = %v, want ErrUnavailable", err)
	}
	v.Down(false)
	if _, _, err := s.store.Get(t.Context(), "acme/tokens"); !errors.Is(err, kms.ErrNotFound) {
		t.Errorf("after that Get = %v, want ErrNotFound: something was written", err)
	}
}
