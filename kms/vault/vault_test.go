package vault_test

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/kmstest"
	"github.com/mcpveil/mcpveil/kms/vault"
)

var quiet = log.New(io.Discard, "", 0)

// proxyTo passes a call on.
func proxyTo(w http.ResponseWriter, r *http.Request, addr string) {
	target, _ := url.Parse(addr)
	(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }, ErrorLog: quiet}).ServeHTTP(w, r)
}

func as(token string) *vault.Options {
	return &vault.Options{Token: func(context.Context) (string, error) { return token, nil }, Timeout: 10 * time.Second}
}

func parse(t *testing.T, uri string) *url.URL {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func openKey(t *testing.T, v *kmstest.Vault, key, token string) (kms.KEK, error) {
	t.Helper()
	opts := as(token)
	opts.Client = v.Client()
	return vault.Open(t.Context(), parse(t, v.KeyURI(key)), opts)
}

func openStore(t *testing.T, v *kmstest.Vault, prefix, token string) kms.Store {
	t.Helper()
	opts := as(token)
	opts.Client = v.Client()
	s, err := vault.OpenStore(parse(t, v.StoreURI(prefix)), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// onBoth runs a test on a real Vault, a real OpenBao where there is one, and on the fake, which
// so stays true to them.
func onBoth(t *testing.T, test func(*testing.T, *kmstest.Vault)) {
	t.Run("vault", func(t *testing.T) { test(t, kmstest.StartVault(t)) })
	t.Run("openbao", func(t *testing.T) { test(t, kmstest.StartBao(t)) })
	t.Run("fake", func(t *testing.T) { test(t, kmstest.FakeVault(t)) })
}

// onBothAtOnce is onBoth for tests that take seconds.
func onBothAtOnce(t *testing.T, test func(*testing.T, *kmstest.Vault)) {
	t.Parallel()
	t.Run("vault", func(t *testing.T) { t.Parallel(); test(t, kmstest.StartVault(t)) })
	t.Run("openbao", func(t *testing.T) { t.Parallel(); test(t, kmstest.StartBao(t)) })
	t.Run("fake", func(t *testing.T) { t.Parallel(); test(t, kmstest.FakeVault(t)) })
}

// TestSuite runs what every KEK and Store must pass on a real Vault, with no more
// rights than are needed.
func TestSuite(t *testing.T) { onBoth(t, testSuite) }

func testSuite(t *testing.T, v *kmstest.Vault) {
	var n atomic.Int64
	t.Run("KEK", func(t *testing.T) {
		kmstest.Run(t, func(t *testing.T) kms.KEK {
			key := fmt.Sprint("kek-", n.Add(1))
			v.CreateKey(key, nil)
			k, err := openKey(t, v, key, v.Token(kmstest.SidecarPolicy(key, "none")))
			if err != nil {
				t.Fatal(err)
			}
			if k.URI() != v.KeyURI(key) {
				t.Errorf("URI() = %q, want %q", k.URI(), v.KeyURI(key))
			}
			return k
		})
	})
	t.Run("Store", func(t *testing.T) {
		kmstest.RunStore(t, func(t *testing.T) kms.Store {
			prefix := fmt.Sprint("mcpveil/store-", n.Add(1))
			return openStore(t, v, prefix, v.Token(kmstest.AdminPolicy("none", prefix)))
		})
	})
}

// TestSelfTest: no key opens that would not bind, or that would use a nonce twice.
func TestSelfTest(t *testing.T) { onBoth(t, testSelfTest) }

func testSelfTest(t *testing.T, v *kmstest.Vault) {
	for name, more := range map[string]map[string]any{
		"aes256":     {"type": "aes256-gcm96"},
		"chacha":     {"type": "chacha20-poly1305"},
		"derived":    {"derived": true},
		"convergent": {"derived": true, "convergent_encryption": true},
		"rsa":        {"type": "rsa-2048"},
		"ed25519":    {"type": "ed25519"},
		"hmac":       {"type": "hmac", "key_size": 32},
	} {
		v.CreateKey(name, more)
		_, err := openKey(t, v, name, v.RootToken)
		if good := name == "aes256" || name == "chacha"; good != (err == nil) {
			t.Errorf("Open of a key of kind %s = %v", name, err)
		}
		if err != nil && !strings.Contains(err.Error(), "neither derived nor convergent") {
			t.Errorf("Open of a key of kind %s = %v, which does not say what key it must be", name, err)
		}
	}
}

// TestMocks: servers that take part of the parameters do not pass for a Vault.
func TestMocks(t *testing.T) {
	v := kmstest.FakeVault(t)
	v.CreateKey("kek", nil)
	answer := func(body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool { fmt.Fprint(w, body); return true }
	}
	drop := func(w http.ResponseWriter, r *http.Request) bool { // what hcvault's legacy mode does
		fmt.Fprint(w, `{"warnings":["Endpoint ignored these unrecognized parameters: [associated_data]"],"data":{"ciphertext":"vault:v1:xx"}}`)
		return true
	}
	for _, tt := range []struct {
		name, want string
		f          func(http.ResponseWriter, *http.Request) bool
	}{
		{"warns", "warned", drop},
		{"ignores associated data", "associated data is ignored", plainMock},
		{"makes equal ciphertexts", "equal ciphertexts", convergentMock},
		{"empty", "not JSON", answer("")},
		{"half", "not JSON", answer(`{"data":{"ciphert`)},
		{"HTML", "not JSON", answer("<html>")},
		{"null", "without a ciphertext", answer(`{"data":null}`)},
		{"other type", "without a ciphertext", answer(`{"data":{"ciphertext":7}}`)},
		{"list", "not JSON", answer(`{"data":[]}`)},
		{"endless", "too long", func(w http.ResponseWriter, _ *http.Request) bool {
			fmt.Fprint(w, `{"data":{"ciphertext":"`, strings.Repeat("x", 2<<20), `"}}`)
			return true
		}},
	} {
		v.Intercept(tt.f)
		if _, err := openKey(t, v, "kek", v.RootToken); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Open = %v, want an error that says %q", tt.name, err, tt.want)
		}
	}
}

var plainCount atomic.Int64

// convergentMock binds associated data, and gives equal plaintexts equal ciphertexts.
func convergentMock(w http.ResponseWriter, r *http.Request) bool {
	in := readJSON(r)
	ad := ":" + in["associated_data"]
	if strings.Contains(r.URL.Path, "/encrypt/") {
		fmt.Fprintf(w, `{"data":{"ciphertext":"vault:v1:%s%s"}}`, in["plaintext"], ad)
		return true
	}
	plaintext, ok := strings.CutSuffix(strings.TrimPrefix(in["ciphertext"], "vault:v1:"), ad)
	if !ok {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"errors":["cipher: message authentication failed"]}`)
		return true
	}
	fmt.Fprintf(w, `{"data":{"plaintext":%q}}`, plaintext)
	return true
}

// plainMock encrypts by putting "vault:N:" in front and looks at nothing else.
func plainMock(w http.ResponseWriter, r *http.Request) bool {
	in := readJSON(r)
	if strings.Contains(r.URL.Path, "/encrypt/") {
		fmt.Fprintf(w, `{"data":{"ciphertext":"vault:%d:%s"}}`, plainCount.Add(1), in["plaintext"])
		return true
	}
	fmt.Fprintf(w, `{"data":{"plaintext":%q}}`, in["ciphertext"][strings.LastIndex(in["ciphertext"], ":")+1:])
	return true
}

// TestDenied: a right that lacks is named, and the token is not.
func TestDenied(t *testing.T) { onBoth(t, testDenied) }

func testDenied(t *testing.T, v *kmstest.Vault) {
	v.CreateKey("kek", nil)
	for _, tt := range []struct{ name, policy, want string }{
		{"nothing", `path "x" { capabilities = ["read"] }`, `path "transit/encrypt/kek" { capabilities = ["update"] }`},
		{"encrypt only", `path "transit/encrypt/kek" { capabilities = ["update"] }`, `path "transit/decrypt/kek" { capabilities = ["update"] }`},
		{"another key", kmstest.SidecarPolicy("other", "x"), `path "transit/encrypt/kek"`},
	} {
		token := v.Token(tt.policy)
		_, err := openKey(t, v, "kek", token)
		if !errors.Is(err, kms.ErrDenied) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Open = %v, want ErrDenied and the advice %s", tt.name, err, tt.want)
		}
		silent(t, err, token)
	}
	reader := openStore(t, v, "mcpveil", v.Token(kmstest.SidecarPolicy("kek", "mcpveil")))
	if err := reader.Put(t.Context(), "ring", 1, []byte("{}")); !errors.Is(err, kms.ErrDenied) || !strings.Contains(err.Error(), `path "secret/data/mcpveil/ring" { capabilities = ["create"] }`) {
		t.Errorf("Put with the sidecar's rights = %v, want ErrDenied", err)
	}
	if _, _, err := openStore(t, v, "elsewhere", v.Token(kmstest.SidecarPolicy("kek", "mcpveil"))).Get(t.Context(), "ring"); !errors.Is(err, kms.ErrDenied) || errors.Is(err, kms.ErrNotFound) {
		t.Errorf("Get of another's keyring = %v, want ErrDenied", err)
	}
	if _, err := openKey(t, v, "kek", "no-such-token"); !errors.Is(err, kms.ErrDenied) {
		t.Errorf("Open with a wrong token = %v, want ErrDenied", err)
	}
	t.Setenv("VAULT_TOKEN", "")
	if _, err := vault.Open(t.Context(), parse(t, v.KeyURI("kek")), nil); !errors.Is(err, kms.ErrDenied) || !strings.Contains(err.Error(), "set VAULT_TOKEN") {
		t.Errorf("Open without a token = %v, want ErrDenied", err)
	}
}

// TestNoUpsert: with the rights that are asked for, a key is never made by encrypting.
func TestNoUpsert(t *testing.T) { onBoth(t, testNoUpsert) }

func testNoUpsert(t *testing.T, v *kmstest.Vault) {
	_, err := openKey(t, v, "missing", v.Token(kmstest.SidecarPolicy("missing", "x")))
	if !errors.Is(err, kms.ErrDenied) || !strings.Contains(err.Error(), "vault write transit/keys/missing") {
		t.Errorf("Open of a key that is not there = %v, want ErrDenied and how to create it", err)
	}
	// Whoever may create keys gets one here. That is why the policy has no "create".
	if _, err := openKey(t, v, "made-by-upsert", v.RootToken); err != nil {
		t.Errorf("Open with all rights = %v", err)
	}
	if status, _ := v.Do("GET", "transit/keys/missing", v.RootToken, nil); status != http.StatusNotFound {
		t.Errorf("after that there is a key: status %d", status)
	}
}

func TestUnavailable(t *testing.T) { onBoth(t, testUnavailable) }

func testUnavailable(t *testing.T, v *kmstest.Vault) {
	v.CreateKey("kek", nil)
	k, err := openKey(t, v, "kek", v.RootToken)
	if err != nil {
		t.Fatal(err)
	}
	s := openStore(t, v, "mcpveil", v.RootToken)
	check := func(what, says string) {
		t.Helper()
		_, err1 := k.EncryptWithContext(t.Context(), []byte("canary-plaintext"), []byte("ad"))
		_, _, err2 := s.Get(t.Context(), "ring")
		err3 := s.Put(t.Context(), "ring", 1, []byte(`{"canary":1}`))
		for _, err := range []error{err1, err2, err3} {
			if !errors.Is(err, kms.ErrUnavailable) || errors.Is(err, kms.ErrNotFound) || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v, want ErrUnavailable and %q", what, err, says)
			}
			silent(t, err, v.RootToken)
		}
	}
	v.Down(true)
	check("down", v.Addr)
	v.Down(false)
	for _, status := range []int{503} {
		v.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(status)
			fmt.Fprint(w, `{"errors":["canary"]}`)
			return true
		})
		check("status", fmt.Sprint(status))
	}
	v.Intercept(nil)
	v.Seal()
	check("sealed", "unseal it")
	v.Unseal()
	if _, err := k.EncryptWithContext(t.Context(), []byte("x"), nil); err != nil {
		t.Errorf("after unsealing: %v", err)
	}
}

func TestTimeout(t *testing.T) {
	v := kmstest.FakeVault(t)
	v.CreateKey("kek", nil)
	stop := make(chan struct{})
	defer close(stop)
	v.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-stop:
		case <-r.Context().Done():
		}
		return true
	})
	opts := as(v.RootToken)
	opts.Timeout = 100 * time.Millisecond
	start := time.Now()
	_, err := vault.Open(t.Context(), parse(t, v.KeyURI("kek")), opts)
	if !errors.Is(err, kms.ErrUnavailable) || !strings.Contains(err.Error(), "100ms") || time.Since(start) > long {
		t.Errorf("Open of a Vault that does not answer = %v after %v, want ErrUnavailable after 100ms", err, time.Since(start))
	}
}

// TestOnly404IsAbsent: on no other answer might a keyring be made anew.
func TestOnly404IsAbsent(t *testing.T) { onBoth(t, testOnly404IsAbsent) }

func testOnly404IsAbsent(t *testing.T, v *kmstest.Vault) {
	s := openStore(t, v, "mcpveil", v.RootToken)
	if _, _, err := s.Get(t.Context(), "ring"); !errors.Is(err, kms.ErrNotFound) {
		t.Errorf("Get of nothing = %v, want ErrNotFound", err)
	}
	if err := s.Put(t.Context(), "ring", 1, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	v.Root("DELETE", "secret/data/mcpveil/ring", nil)
	if _, _, err := s.Get(t.Context(), "ring"); err == nil || errors.Is(err, kms.ErrNotFound) || !strings.Contains(err.Error(), "undelete") {
		t.Errorf("Get of what was deleted = %v, want an error that is not ErrNotFound", err)
	}
	v.Root("POST", "sys/mounts/old", map[string]any{"type": "kv", "options": map[string]any{"version": "1"}})
	for _, mount := range []string{"nowhere", "old", "transit"} {
		s, err := vault.OpenStore(parse(t, "hcvault+"+v.Addr+"/"+mount+"/data/mcpveil"), as(v.RootToken))
		if err != nil {
			t.Fatal(err)
		}
		if mount != "old" {
			if _, _, err := s.Get(t.Context(), "ring"); err == nil || errors.Is(err, kms.ErrNotFound) {
				t.Errorf("Get at mount %s = %v, want an error that is not ErrNotFound", mount, err)
			}
		}
		if err := s.Put(t.Context(), "ring", 1, []byte("{}")); err == nil {
			t.Errorf("Put at mount %s = nil, want an error", mount)
		}
	}
}

func TestURIs(t *testing.T) {
	for _, tt := range []struct{ uri, want string }{
		{"hcvault+http://vault.example:8200/transit/keys/k", "plain http"},
		{"hcvault+http://10.0.0.1/transit/keys/k", "plain http"},
		{"hcvault+http://127.0.0.1.example/transit/keys/k", "plain http"},
		{"hcvault://u:p@h/transit/keys/k", "form"},
		{"hcvault://h/transit/keys/k?namespace=x", "form"},
		{"hcvault:///transit/keys/k", "form"},
		{"https://h/transit/keys/k", "form"},
		{"hcvault://h/transit/k", "path"},
		{"hcvault://h/keys/k", "path"},
		{"hcvault://h/transit/keys/", "path"},
		{"hcvault://h/transit/keys/a/b", "more than one part"},
		{"hcvault://h/transit/keys/../../sys/seal", "path"},
		{"hcvault://h/transit/keys/%2e%2e", "path"},
		{"hcvault://h/tr%2fansit/keys/k", "path"},
		{"hcvault://h/transit/keys/k.json", "path"},
	} {
		_, err := vault.Open(t.Context(), parse(t, tt.uri), as("secret-token"))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Open(%q) = %v, want an error that says %q", tt.uri, err, tt.want)
		}
		silent(t, err, "secret-token", "u:p@")
	}
	t.Setenv("VAULT_SKIP_VERIFY", "1")
	if _, err := vault.Open(t.Context(), parse(t, "hcvault://h/transit/keys/k"), as("x")); err == nil || !strings.Contains(err.Error(), "VAULT_SKIP_VERIFY") {
		t.Errorf("Open with VAULT_SKIP_VERIFY = %v, want it refused", err)
	}
}

// TestRedirect: what is sent to Vault is sent to nobody else, wherever it points.
func TestRedirect(t *testing.T) {
	v := kmstest.FakeVault(t)
	v.CreateKey("kek", nil)
	for _, status := range []int{301, 302, 307, 308} {
		v.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "http://127.0.0.1:1/elsewhere", status)
			return true
		})
		if _, err := openKey(t, v, "kek", v.RootToken); err == nil || !strings.Contains(err.Error(), "not followed") {
			t.Errorf("Open where Vault answers %d = %v, want it refused", status, err)
		}
		v.Intercept(func(w http.ResponseWriter, r *http.Request) bool { // the same call, to another host
			http.Redirect(w, r, "http://127.0.0.1:1"+r.URL.Path, status)
			return true
		})
		if _, err := openKey(t, v, "kek", v.RootToken); err == nil || !strings.Contains(err.Error(), "not followed") {
			t.Errorf("Open where Vault answers %d with another host = %v, want it refused", status, err)
		}
	}
}

func TestTLS(t *testing.T) {
	v := kmstest.FakeVault(t)
	v.CreateKey("kek", nil)
	target := parse(t, v.Addr)
	srv := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }})
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	uri := parse(t, strings.Replace(srv.URL, "https", "hcvault", 1)+"/transit/keys/kek")
	opts := as(v.RootToken)
	_, err := vault.Open(t.Context(), uri, opts)
	if err == nil || errors.Is(err, kms.ErrUnavailable) || !strings.Contains(err.Error(), "does not verify") {
		t.Errorf("Open with an unknown authority = %v, want it refused", err)
	}
	opts.CACert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	if _, err := vault.Open(t.Context(), uri, opts); err != nil {
		t.Errorf("Open with the authority's certificate = %v", err)
	}
	uri.Host = strings.Replace(uri.Host, "127.0.0.1", "localhost", 1)
	if _, err := vault.Open(t.Context(), uri, opts); err == nil || !strings.Contains(err.Error(), "does not verify") {
		t.Errorf("Open under another name than the certificate's = %v, want it refused", err)
	}
	opts.CACert = []byte("not a certificate")
	if _, err := vault.Open(t.Context(), uri, opts); err == nil || !strings.Contains(err.Error(), "PEM") {
		t.Errorf("Open with a broken certificate = %v", err)
	}
}

// TestEnvironment: what the client library would take from the environment, it does not.
func TestEnvironment(t *testing.T) {
	v := kmstest.FakeVault(t)
	v.CreateKey("kek", nil)
	for name, value := range map[string]string{
		"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_AGENT_ADDR": "http://127.0.0.1:1", "VAULT_NAMESPACE": "elsewhere",
		"VAULT_HEADERS": `{"X-Extra":"1"}`, "VAULT_TOKEN": "other-token", "VAULT_WRAP_TTL": "60s", "VAULT_SKIP_VERIFY": "true", "HTTP_PROXY": "http://127.0.0.1:1",
	} {
		t.Setenv(name, value)
	}
	var seen http.Header
	v.Intercept(func(_ http.ResponseWriter, r *http.Request) bool { seen = r.Header.Clone(); return false })
	opts := as(v.RootToken)
	opts.IgnoreEnvironment = true
	if _, err := vault.Open(t.Context(), parse(t, v.KeyURI("kek")), opts); err != nil {
		t.Fatalf("Open = %v", err)
	}
	if seen.Get("X-Vault-Namespace") != "" || seen.Get("X-Extra") != "" || seen.Get("X-Vault-Wrap-TTL") != "" || seen.Get("X-Vault-Token") != v.RootToken {
		t.Error("headers were taken from the environment")
	}
	opts.Namespace = "team"
	vault.Open(t.Context(), parse(t, v.KeyURI("kek")), opts)
	if seen.Get("X-Vault-Namespace") != "team" {
		t.Errorf("namespace sent = %q, want team", seen.Get("X-Vault-Namespace"))
	}
}

func TestTokenFile(t *testing.T) { onBoth(t, testTokenFile) }

func testTokenFile(t *testing.T, v *kmstest.Vault) {
	v.CreateKey("kek", nil)
	path := filepath.Join(t.TempDir(), "token")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(v.RootToken + "\n")
	k, err := vault.Open(t.Context(), parse(t, v.KeyURI("kek")), &vault.Options{Login: &vault.Token{File: path}})
	if err != nil {
		t.Fatal(err)
	}
	write("") // as when it is being written
	if _, err := k.EncryptWithContext(t.Context(), []byte("x"), nil); err != nil {
		t.Errorf("with nothing in the file: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := k.EncryptWithContext(t.Context(), []byte("x"), nil); err != nil {
		t.Errorf("without the file: %v", err)
	}
	write("revoked")
	if _, err := k.EncryptWithContext(t.Context(), []byte("x"), nil); !errors.Is(err, kms.ErrDenied) {
		t.Errorf("with another token in the file: %v, want ErrDenied", err)
	}
	write(v.Token(kmstest.SidecarPolicy("kek", "x")))
	if _, err := k.EncryptWithContext(t.Context(), []byte("x"), nil); err != nil {
		t.Errorf("with a new token in the file: %v", err)
	}
}

// TestProviders opens a key by its URI alone.
func TestProviders(t *testing.T) { onBoth(t, testProviders) }

func testProviders(t *testing.T, v *kmstest.Vault) {
	v.CreateKey("kek", nil)
	p := kms.Providers{}
	for _, s := range vault.Schemes {
		p[s] = vault.Opener(as(v.RootToken))
	}
	if k, err := p.Open(t.Context(), v.KeyURI("kek")); err != nil || k.URI() != v.KeyURI("kek") {
		t.Errorf("Open = %v, %v", k, err)
	}
}

// silent checks that an error holds no secret.
func silent(t *testing.T, err error, secrets ...string) {
	t.Helper()
	for _, s := range append(secrets, "canary") {
		if err != nil && strings.Contains(err.Error(), s) {
			t.Errorf("error holds %q: %v", s, err)
		}
	}
}

// TestDeployedPolicy: with deploy/vault-policy.hcl one can run the sidecar, and no more.
func TestDeployedPolicy(t *testing.T) {
	hcl, err := os.ReadFile("../../deploy/vault-policy.hcl")
	if err != nil {
		t.Fatal(err)
	}
	v := kmstest.StartVault(t)
	v.CreateKey("mcpveil", nil)
	v.CreateKey("other", nil)
	if err := openStore(t, v, "mcpveil", v.RootToken).Put(t.Context(), "acme/keysets/token", 1, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	token := v.Token(string(hcl))
	if _, err := openKey(t, v, "mcpveil", token); err != nil {
		t.Errorf("Open = %v", err)
	}
	if _, _, err := openStore(t, v, "mcpveil", token).Get(t.Context(), "acme/keysets/token"); err != nil {
		t.Errorf("Get = %v", err)
	}
	for _, tt := range []struct {
		method, path string
		body         any
	}{
		{"GET", "transit/keys/mcpveil", nil},
		{"POST", "transit/keys/mcpveil/rotate", map[string]any{}},
		{"POST", "transit/keys/mcpveil/config", map[string]any{"deletion_allowed": true}},
		{"DELETE", "transit/keys/mcpveil", nil},
		{"GET", "transit/export/encryption-key/mcpveil", nil},
		{"POST", "transit/encrypt/other", map[string]any{"plaintext": "YQ=="}},
		{"POST", "transit/encrypt/new", map[string]any{"plaintext": "YQ=="}},
		{"POST", "transit/decrypt/other", map[string]any{"ciphertext": "vault:v1:YQ=="}},
		{"POST", "transit/datakey/plaintext/mcpveil", map[string]any{}},
		{"POST", "transit/keys/new", map[string]any{}},
		{"PUT", "secret/data/mcpveil/acme/keysets/token", map[string]any{"data": map[string]any{}}},
		{"DELETE", "secret/data/mcpveil/acme/keysets/token", nil},
		{"DELETE", "secret/metadata/mcpveil/acme/keysets/token", nil},
		{"GET", "secret/data/elsewhere/acme/tokens", nil},
		{"PUT", "sys/seal", map[string]any{}},
		{"GET", "sys/policies/acl/root", nil},
	} {
		if status, _ := v.Do(tt.method, tt.path, token, tt.body); status != http.StatusForbidden {
			t.Errorf("%s %s: status %d, want 403", tt.method, tt.path, status)
		}
	}
}

// TestDeletedLater: a version that is to be deleted one day (delete_version_after) is there until then.
func TestDeletedLater(t *testing.T) {
	for name, start := range map[string]func(testing.TB) *kmstest.Vault{"vault": kmstest.StartVault, "openbao": kmstest.StartBao} {
		t.Run(name, func(t *testing.T) {
			v := start(t)
			s := openStore(t, v, "mcpveil", v.RootToken)
			v.Root("POST", "secret/metadata/mcpveil/ring", map[string]any{"delete_version_after": "1h"})
			if err := s.Put(t.Context(), "ring", 1, []byte("{}")); err != nil {
				t.Fatal(err)
			}
			if _, epoch, err := s.Get(t.Context(), "ring"); epoch != 1 || err != nil {
				t.Fatalf("Get = %d, %v", epoch, err)
			}
			if epoch, err := s.Epoch(t.Context(), "ring"); epoch != 1 || err != nil {
				t.Errorf("Epoch = %d, %v; want 1", epoch, err)
			}
		})
	}
}
