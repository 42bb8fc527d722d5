package vault_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/kmstest"
	"github.com/mcpveil/mcpveil/kms/vault"
	"github.com/mcpveil/mcpveil/redact"
)

// TestClasses (T38): each way in which a Vault fails has its class, whatever was asked; what it
// wrote is in no error.
func TestClasses(t *testing.T) {
	const said = `{"errors":["canary"]}`
	for _, tt := range []struct {
		name      string
		f         func(http.ResponseWriter, *http.Request) bool
		class     string
		is        error
		transient bool
	}{
		{"429", answer(429, said), "throttled", vault.ErrThrottled, true},
		{"sealed", answer(503, `{"errors":["Vault is sealed"]}`), "sealed", vault.ErrSealed, true},
		{"not initialised", answer(503, `{"errors":["Vault is not initialized"]}`), "uninitialised", vault.ErrUninitialised, true},
		{"501", answer(501, said), "uninitialised", vault.ErrUninitialised, true},
		{"performance standby", answer(473, said), "standby", vault.ErrStandby, true},
		{"secondary", answer(472, said), "standby", vault.ErrStandby, true},
		{"standby without a leader", answer(500, `{"errors":["local node not active but active cluster node not found"]}`), "standby", vault.ErrStandby, true},
		{"412", answer(412, said), "unavailable", kms.ErrUnavailable, true},
		{"500", answer(500, said), "unavailable", kms.ErrUnavailable, true},
		{"502 of a proxy", answer(502, `<html>canary`), "unavailable", kms.ErrUnavailable, true},
		{"503 without a word", answer(503, ``), "unavailable", kms.ErrUnavailable, true},
		{"403", answer(403, said), "denied", kms.ErrDenied, false},
		{"403 of a proxy", answer(403, `<html>canary`), "denied", kms.ErrDenied, false},
		{"400 of a proxy", answer(400, `<html>canary`), "answer", vault.ErrAnswer, true},
		{"404 of a proxy", answer(404, `<html>canary`), "answer", vault.ErrAnswer, true},
		{"404 of a gateway", answer(404, `{"message":"canary"}`), "answer", vault.ErrAnswer, true},
		{"405", answer(405, said), "answer", vault.ErrAnswer, false},
		{"418", answer(418, said), "answer", vault.ErrAnswer, false},
		{"201", answer(201, `{"data":{}}`), "answer", vault.ErrAnswer, false},
		{"empty", answer(200, ``), "answer", vault.ErrAnswer, true},
		{"HTML", answer(200, `<html>canary</html>`), "answer", vault.ErrAnswer, true},
		{"a list", answer(200, `["canary"]`), "answer", vault.ErrAnswer, true},
		{"data is a text", answer(200, `{"data":"canary"}`), "answer", vault.ErrAnswer, true},
		{"errors are a text", answer(200, `{"errors":"canary"}`), "answer", vault.ErrAnswer, true},
		{"no data", answer(200, `{}`), "answer", vault.ErrAnswer, false},
		{"data is null", answer(200, `{"data":null}`), "answer", vault.ErrAnswer, false},
		{"data is of the wrong types", answer(200, `{"data":{"ciphertext":7,"plaintext":[],"data":"canary","metadata":7,"version":"canary","keys":7,"current_version":{},"versions":[]}}`), "answer", vault.ErrAnswer, false},
		{"a warning", answer(200, `{"data":{"ciphertext":"canary","plaintext":"Y2FuYXJ5"},"warnings":["canary"]}`), "answer", vault.ErrAnswer, false},
		{"half a body", half, "answer", vault.ErrAnswer, true},
		{"too long", endless, "answer", vault.ErrAnswer, true},
		{"too long an error", func(w http.ResponseWriter, r *http.Request) bool { w.WriteHeader(400); return endless(w, r) }, "answer", vault.ErrAnswer, true},
		{"cut off", func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }, "unreachable", vault.ErrUnreachable, true},
		{"redirect", answerRedirect("http://elsewhere.example:8200"), "standby", vault.ErrStandby, false},
	} {
		synctest.Test(t, func(t *testing.T) { // for the waits
			v := kmstest.FakeVaultInProcess(t)
			v.CreateKey("kek", nil)
			k, err := openKey(t, v, "kek", v.RootToken)
			if err != nil {
				t.Fatal(err)
			}
			s := openStore(t, v, "mcpveil", v.RootToken)
			v.Intercept(tt.f)
			_, errEncrypt := k.EncryptWithContext(t.Context(), []byte("canary-plaintext"), []byte("ad"))
			_, errDecrypt := k.DecryptWithContext(t.Context(), []byte("vault:v1:canary"), []byte("ad"))
			_, _, errGet := s.Get(t.Context(), "ring")
			_, errEpoch := s.Epoch(t.Context(), "ring")
			_, errList := s.List(t.Context(), "")
			for what, err := range map[string]error{
				"encrypt": errEncrypt, "decrypt": errDecrypt, "get": errGet, "epoch": errEpoch, "list": errList,
				"put": s.Put(t.Context(), "ring", 1, []byte(`{"canary":1}`)), "delete": s.Delete(t.Context(), "ring"),
			} {
				if tt.name == "errors are a text" || tt.name == "data is null" || tt.name == "no data" {
					if what == "delete" || what == "list" {
						continue // which look at less
					}
				}
				switch {
				case what == "delete" && tt.class == "answer" && err == nil: // as is deleting what is answered with 200
				case err == nil, !errors.Is(err, tt.is), vault.Class(err) != tt.class, errors.Is(err, kms.ErrUnavailable) != tt.transient:
					t.Errorf("%s: %s: %v, of class %q, transient %t; want %q, %t", tt.name, what, err, vault.Class(err), errors.Is(err, kms.ErrUnavailable), tt.class, tt.transient)
				}
				if errors.Is(err, kms.ErrNotFound) || errors.Is(err, kms.ErrCiphertext) || errors.Is(err, kms.ErrConflict) {
					t.Errorf("%s: %s: %v says more than is known", tt.name, what, err)
				}
				silent(t, err, v.RootToken, "Y2FuYXJ5")
			}
			// And it is over when it is over.
			v.Intercept(nil)
			if errors.Is(errEncrypt, vault.ErrThrottled) {
				return
			}
			if _, err := k.EncryptWithContext(t.Context(), []byte("x"), nil); err != nil {
				t.Errorf("%s: afterwards: %v", tt.name, err)
			}
		})
	}
	if vault.Class(nil) != "" || vault.Class(io.EOF) != "other" {
		t.Error("Class of nil and of another's error")
	}
}

func half(w http.ResponseWriter, _ *http.Request) bool {
	w.Header().Set("Content-Length", "1000")
	fmt.Fprint(w, `{"data":{"ciphertext":"canary`)
	return true
}

func endless(w http.ResponseWriter, _ *http.Request) bool {
	fmt.Fprint(w, `{"errors":["`, strings.Repeat("x", 2<<20), `"]}`)
	return true
}

func answerRedirect(to string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, to+r.URL.Path, http.StatusTemporaryRedirect)
		return true
	}
}

// TestTriedAgain: what Vault did not get, or could not do, is asked once more; a write is not,
// since nobody knows whether it was done.
func TestTriedAgain(t *testing.T) {
	v := kmstest.FakeVault(t)
	v.CreateKey("kek", nil)
	k, err := openKey(t, v, "kek", v.RootToken)
	if err != nil {
		t.Fatal(err)
	}
	s := openStore(t, v, "mcpveil", v.RootToken)
	var asked atomic.Int64
	v.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		return asked.Add(1)%2 == 1 && answer(500, `{"errors":["internal error"]}`)(w, r)
	})
	if _, err := k.EncryptWithContext(t.Context(), []byte("x"), nil); err != nil || asked.Load() != 2 {
		t.Errorf("Encrypt = %v after %d calls, want success with the second", err, asked.Load())
	}
	if _, _, err := s.Get(t.Context(), "ring"); !errors.Is(err, kms.ErrNotFound) || asked.Load() != 4 {
		t.Errorf("Get = %v after %d calls, want ErrNotFound with the second", err, asked.Load()-2)
	}
	if err := s.Put(t.Context(), "ring", 1, []byte("{}")); !errors.Is(err, kms.ErrUnavailable) || asked.Load() != 5 {
		t.Errorf("Put = %v after %d calls, want ErrUnavailable after one", err, asked.Load()-4)
	}
}

// TestRedirects (T40): a call follows to a host that is configured, once, and to no other; the
// token goes nowhere else.
func TestRedirects(t *testing.T) {
	v := kmstest.FakeVault(t)
	v.CreateKey("kek", nil)
	var strangers atomic.Int64
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strangers.Add(1) }))
	defer stranger.Close()
	to := v.Addr
	standby := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answerRedirect(to)(w, r) }))
	defer standby.Close()
	host := strings.TrimPrefix(v.Addr, "http://")
	open := func(redirects ...string) error {
		opts := as(v.RootToken)
		opts.Redirects = redirects
		_, err := vault.Open(t.Context(), parse(t, "hcvault+"+standby.URL+"/transit/keys/kek"), opts)
		return err
	}
	if err := open(host); err != nil {
		t.Errorf("to a host that is configured: %v", err)
	}
	for what, tt := range map[string]struct {
		to        string
		redirects []string
	}{
		"to a host that is not":  {v.Addr, nil},
		"to a stranger":          {stranger.URL, []string{host}},
		"to a stranger's user":   {strings.Replace(stranger.URL, "http://", "http://"+host+"@", 1), []string{host}},
		"to https":               {"https://" + host, []string{host}},
		"to another path":        {v.Addr + "/elsewhere", []string{host}},
		"to itself, without end": {standby.URL, []string{strings.TrimPrefix(standby.URL, "http://")}},
		"to nowhere":             {"://", []string{host}},
	} {
		to = tt.to
		err := open(tt.redirects...)
		if tt.to == "://" && errors.Is(err, vault.ErrUnreachable) {
			continue // it is no redirect, then
		}
		if !errors.Is(err, vault.ErrStandby) || !strings.Contains(err.Error(), "not followed") {
			t.Errorf("%s: %v, want it not followed", what, err)
		}
		silent(t, err, v.RootToken)
	}
	if n := strangers.Load(); n != 0 {
		t.Errorf("a stranger was asked %d times", n)
	}
}

// TestEnvironmentRefused (T36): what the vault command would heed is not passed over in silence.
func TestEnvironmentRefused(t *testing.T) {
	uri := parse(t, "hcvault://vault.example:8200/transit/keys/kek")
	for name, value := range map[string]string{
		"VAULT_SKIP_VERIFY": "true", "VAULT_ADDR": "https://other.example:8200", "VAULT_NAMESPACE": "elsewhere", "VAULT_CACERT": "/x", "VAULT_CACERT_BYTES": "x",
		"VAULT_CAPATH": "/x", "VAULT_CLIENT_CERT": "/x", "VAULT_CLIENT_KEY": "/x", "VAULT_TLS_SERVER_NAME": "x", "VAULT_HEADERS": `{"a":"b"}`,
		"VAULT_HTTP_PROXY": "http://proxy", "VAULT_PROXY_ADDR": "http://proxy", "VAULT_AGENT_ADDR": "http://agent", "VAULT_SRV_LOOKUP": "true", "VAULT_WRAP_TTL": "60s",
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, value)
			_, err := vault.New(uri, as("canary"))
			if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "ignore_environment") {
				t.Errorf("New with %s = %v, want it refused by name", name, err)
			}
			silent(t, err, value)
		})
	}
	for _, off := range []string{"false", "0", ""} {
		t.Setenv("VAULT_SKIP_VERIFY", off)
		if _, err := vault.New(uri, as("x")); err != nil {
			t.Errorf("New with VAULT_SKIP_VERIFY=%q = %v", off, err)
		}
	}
	t.Setenv("VAULT_ADDR", "https://vault.example:8200/")
	t.Setenv("VAULT_NAMESPACE", "team")
	opts := as("x")
	opts.Namespace = "team"
	if _, err := vault.New(uri, opts); err != nil {
		t.Errorf("New where both say the same = %v", err)
	}
}

// TestNamespace (T37): each call bears it, logins and renewals as well.
func TestNamespace(t *testing.T) {
	v := kmstest.FakeVault(t)
	grantPolicy(v)
	id := enableAppRole(v, nil)
	path, _ := secretFile(t, secretID(v))
	calls := map[string]int{}
	v.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if ns := r.Header.Values("X-Vault-Namespace"); len(ns) != 1 || ns[0] != "team/a" {
			t.Errorf("%s bears the namespaces %q", r.URL.Path, ns)
		}
		calls[r.URL.Path]++
		return false
	})
	c, err := vault.New(parse(t, v.URI()), &vault.Options{Login: &vault.AppRole{RoleID: id, SecretIDFile: path}, Namespace: "team/a"})
	if err != nil {
		t.Fatal(err)
	}
	works(t, v, c, "kek")
	c.Close()
	if calls["/v1/auth/approle/login"] != 1 || calls["/v1/auth/token/revoke-self"] != 1 || calls["/v1/transit/encrypt/kek"] == 0 {
		t.Errorf("calls: %v", calls)
	}
}

// TestNamespaceOfBao: in a namespace of OpenBao's keys, keyrings and logins stand by themselves.
func TestNamespaceOfBao(t *testing.T) {
	v := kmstest.StartBao(t)
	v.Root("POST", "sys/namespaces/team", map[string]any{})
	for path, body := range map[string]map[string]any{
		"sys/mounts/transit": {"type": "transit"}, "sys/mounts/secret": {"type": "kv", "options": map[string]any{"version": "2"}}, "sys/auth/approle": {"type": "approle"},
	} {
		v.Root("POST", "team/"+path, body)
	}
	v.Root("POST", "team/transit/keys/kek", map[string]any{})
	v.Root("PUT", "team/sys/policies/acl/sidecar", map[string]any{"policy": kmstest.SidecarPolicy("kek", "mcpveil")})
	v.Root("POST", "team/auth/approle/role/mcpveil", map[string]any{"token_policies": "sidecar"})
	id := data(v.Root("GET", "team/auth/approle/role/mcpveil/role-id", nil), "role_id")
	const path = "team/auth/approle/role/mcpveil/secret-id"
	open := func(namespace, wrapped string) error {
		file, _ := secretFile(t, wrapped)
		c, err := vault.New(parse(t, v.URI()), &vault.Options{Namespace: namespace, Timeout: 10 * time.Second,
			Login: &vault.AppRole{RoleID: id, SecretIDFile: file, Wrapped: true, Role: "mcpveil"}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		_, err = c.Key(t.Context(), parse(t, v.KeyURI("kek")))
		return err
	}
	if err := open("team", wrap(v, path, "60s", map[string]any{})); err != nil {
		t.Errorf("in the namespace: %v", err)
	}
	if err := open("", wrap(v, path, "60s", map[string]any{})); err == nil {
		t.Error("outside of the namespace its login let in")
	}
}

// TestSelfTestKey (T19): with a key for the self-test, no right to encrypt with the other is
// needed, and the other is found out all the same if it is of a kind that does not bind.
func TestSelfTestKey(t *testing.T) { onBoth(t, testSelfTestKey) }

func testSelfTestKey(t *testing.T, v *kmstest.Vault) {
	v.CreateKey("selftest", nil)
	open := func(key, selfTest string) error {
		opts := as(v.Token(fmt.Sprintf(`path "transit/decrypt/%s" { capabilities = ["update"] }
path "transit/+/%s" { capabilities = ["update"] }`, key, selfTest)))
		opts.SelfTestKey = selfTest
		_, err := vault.Open(t.Context(), parse(t, v.KeyURI(key)), opts)
		return err
	}
	for name, more := range map[string]map[string]any{
		"aes256": {"type": "aes256-gcm96"}, "chacha": {"type": "chacha20-poly1305"}, "aes128": {"type": "aes128-gcm96"},
		"derived": {"derived": true}, "convergent": {"derived": true, "convergent_encryption": true},
		"rsa": {"type": "rsa-2048"}, "ed25519": {"type": "ed25519"}, "hmac": {"type": "hmac", "key_size": 32},
	} {
		v.CreateKey(name, more)
		err := open(name, "selftest")
		if good := name == "aes256" || name == "chacha" || name == "aes128"; good != (err == nil) {
			t.Errorf("Open of a key of kind %s = %v", name, err)
		}
		if err != nil && !strings.Contains(err.Error(), "neither derived nor convergent") {
			t.Errorf("Open of a key of kind %s = %v, which does not say what key it must be", name, err)
		}
	}
	if err := open("aes256", "derived"); err == nil || !strings.Contains(err.Error(), "neither derived nor convergent") {
		t.Errorf("Open with a self-test key that does not bind = %v", err)
	}
	if err := open("missing", "selftest"); !errors.Is(err, kms.ErrNotFound) {
		t.Errorf("Open of a key that is not there = %v, want ErrNotFound", err)
	}
	if err := open("aes256", "missing"); !errors.Is(err, kms.ErrDenied) || !strings.Contains(err.Error(), "vault write transit/keys/missing") {
		t.Errorf("Open without the self-test key = %v, want ErrDenied and how to create it", err)
	}
	// Its first versions may be out of use.
	for n := 2; n <= 12; n++ {
		v.Root("POST", "transit/keys/aes256/rotate", map[string]any{})
		v.Root("POST", "transit/keys/derived/rotate", map[string]any{})
		v.Root("POST", "transit/keys/aes256/config", map[string]any{"min_decryption_version": n})
		v.Root("POST", "transit/keys/derived/config", map[string]any{"min_decryption_version": n})
		if err := open("aes256", "selftest"); err != nil {
			t.Errorf("Open of a key whose version %d is the first in use = %v", n, err)
		}
		if err := open("derived", "selftest"); err == nil {
			t.Errorf("Open of a derived key whose version %d is the first in use = nil", n)
		}
	}
}

// TestSwap (T20): a wrapped keyring that is put in another's place does not open there, nor one of
// an earlier epoch in a later one's.
func TestSwap(t *testing.T) { onBoth(t, testSwap) }

func testSwap(t *testing.T, v *kmstest.Vault) {
	v.CreateKey("kek", nil)
	k, err := openKey(t, v, "kek", v.RootToken)
	if err != nil {
		t.Fatal(err)
	}
	s := openStore(t, v, "mcpveil", v.RootToken)
	for _, name := range []string{"acme/tokens", "other/tokens"} {
		ring, err := envelope.Create(t.Context(), k, s, name, nil)
		if err != nil {
			t.Fatal(err)
		}
		ring.Close()
	}
	wrapped, _, err := s.Get(t.Context(), "acme/tokens")
	if err != nil {
		t.Fatal(err)
	}
	open := func(name string) error {
		ring, err := envelope.Open(t.Context(), k, s, name, nil)
		if err == nil {
			ring.Close()
		}
		return err
	}
	if err := open("acme/tokens"); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"over another's":    s.Put(t.Context(), "other/tokens", 2, wrapped),
		"in an empty place": s.Put(t.Context(), "third/tokens", 1, wrapped),
		"as a later epoch":  s.Put(t.Context(), "acme/tokens", 2, wrapped),
	} {
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	for _, name := range []string{"other/tokens", "third/tokens", "acme/tokens"} {
		if err := open(name); !errors.Is(err, kms.ErrCiphertext) {
			t.Errorf("Open of %s, which holds what is not its own = %v, want ErrCiphertext", name, err)
		}
	}
}

// TestFirstStartWritesNothing (T39): a start that does not see whether there is a keyring makes
// none, even where it may.
func TestFirstStartWritesNothing(t *testing.T) {
	for what, f := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"sealed": answer(503, `{"errors":["Vault is sealed"]}`), "500": answer(500, `{}`), "denied": answer(403, `{"errors":["permission denied"]}`),
		"HTML": answer(404, `<html>not found`), "JSON": answer(404, `{"message":"no Route matched with those values"}`), "no engine": answer(404, `{"errors":["no handler for route"]}`), "nothing": answer(200, `{}`), "half": half,
		"deleted": answer(404, `{"data":{"data":null,"metadata":{"version":3,"deletion_time":"2026-01-01T00:00:00Z"}}}`),
	} {
		v := kmstest.FakeVault(t)
		v.CreateKey("kek", nil)
		k, err := openKey(t, v, "kek", v.RootToken)
		if err != nil {
			t.Fatal(err)
		}
		var puts atomic.Int64
		v.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodGet && strings.HasPrefix(r.URL.Path, "/v1/secret/") {
				puts.Add(1)
			}
			return strings.HasPrefix(r.URL.Path, "/v1/secret/") && r.Method == http.MethodGet && f(w, r)
		})
		ring, err := envelope.Open(t.Context(), k, openStore(t, v, "mcpveil", v.RootToken), "acme/tokens", &envelope.Options{Create: true})
		if err == nil || errors.Is(err, kms.ErrNotFound) || puts.Load() != 0 {
			t.Errorf("%s: Open = %v, and %d were written; want an error and nothing written", what, err, puts.Load())
		}
		if ring != nil {
			ring.Close()
		}
	}
}

// TestSealed (T26): a Vault that is sealed while it is used, and unsealed again, is of use at
// once, with the same session.
func TestSealed(t *testing.T) { onBoth(t, testSealed) }

func testSealed(t *testing.T, v *kmstest.Vault) {
	grantPolicy(v)
	id := enableAppRole(v, nil)
	path, _ := secretFile(t, secretID(v))
	k := works(t, v, withLogin(t, v, &vault.AppRole{RoleID: id, SecretIDFile: path}), "kek")
	v.Seal()
	for range 3 {
		if _, err := k.EncryptWithContext(t.Context(), []byte("x"), nil); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("sealed: %v, want ErrSealed", err)
		}
	}
	if err := withLogin(t, v, &vault.AppRole{RoleID: id, SecretIDFile: path}).Login(t.Context()); !errors.Is(err, vault.ErrSealed) || errors.Is(err, vault.ErrLogin) {
		t.Errorf("Login to a sealed one = %v, want ErrSealed alone", err)
	}
	v.Unseal()
	before := v.Requests()
	if _, err := k.EncryptWithContext(t.Context(), []byte("x"), nil); err != nil || v.Requests() != before+1 {
		t.Errorf("unsealed: %v after %d requests, want success with the first", err, v.Requests()-before)
	}
}

// TestOutage (T27): with Vault down nobody starts; who runs goes on until the keys are a day old,
// and then refuses; when Vault is back both work. The tokens of the session end meanwhile.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, map[string]any{"token_ttl": "1h", "token_max_ttl": "4h"})
		store, err := vault.OpenStore(parse(t, w.StoreURI("mcpveil")), &vault.Options{Token: as(w.RootToken).Token, Client: w.Client()})
		if err != nil {
			t.Fatal(err)
		}
		name, alice := "acme/tokens", redact.Scope{Tenant: "acme", Kind: "principal", ID: "alice"}
		opts := &envelope.Options{Names: map[detect.Entity]string{"EMAIL_ADDRESS": "email"}, Log: slog.New(slog.DiscardHandler)}
		ring, err := envelope.Create(t.Context(), w.k, store, name, opts)
		if err != nil {
			t.Fatal(err)
		}
		defer ring.Close()
		seal := func() error {
			_, err := ring.Seal(nil, "EMAIL_ADDRESS", []byte("ada@lovelace.example"), alice)
			return err
		}
		w.Down(true)
		start := time.Now()
		for time.Since(start) < 23*hour {
			time.Sleep(10 * time.Minute)
			if err := seal(); err != nil {
				t.Fatalf("after %v without Vault: %v", time.Since(start), err)
			}
		}
		if _, err := envelope.Open(t.Context(), w.k, store, name, opts); !errors.Is(err, kms.ErrUnavailable) {
			t.Errorf("a start without Vault = %v, want ErrUnavailable", err)
		}
		time.Sleep(2 * hour)
		for range 100 {
			if err := seal(); err == nil {
				t.Fatalf("after %v without Vault something was sealed", time.Since(start))
			}
		}
		w.Down(false)
		time.Sleep(10 * time.Minute)
		if err := seal(); err != nil {
			t.Errorf("with Vault back: %v", err)
		}
	})
}

// TestErrorsSayNothing: no error holds what went to Vault or came from it.
func TestErrorsSayNothing(t *testing.T) {
	v := kmstest.FakeVault(t)
	v.CreateKey("kek", nil)
	k, err := openKey(t, v, "kek", v.RootToken)
	if err != nil {
		t.Fatal(err)
	}
	for status := 300; status < 600; status++ {
		v.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			body, _ := io.ReadAll(r.Body) // as a server that repeats what it was sent
			w.Header().Set("Location", []string{"http://canary.example/", "://"}[status%2]+r.Header.Get("X-Vault-Token"))
			w.WriteHeader(status)
			json.NewEncoder(w).Encode(map[string]any{"errors": []string{"canary", string(body), r.Header.Get("X-Vault-Token")}})
			return true
		})
		if status == 429 || status == 412 || status >= 470 && status != 503 {
			continue // they are tried again; TestClasses has them
		}
		_, err := k.EncryptWithContext(t.Context(), []byte("canary"), []byte("canary"))
		if err == nil {
			t.Errorf("%d: no error", status)
			continue
		}
		if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, v.RootToken) || strings.Contains(text, "Y2FuYXJ5") {
			t.Errorf("%d: the error holds a secret: %s", status, text)
		}
	}
}
