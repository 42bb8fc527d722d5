package vault_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/kmstest"
	"github.com/mcpveil/mcpveil/kms/vault"
)

// withLogin returns a client of v that is let in by l.
func withLogin(t *testing.T, v *kmstest.Vault, l vault.Login) *vault.Client {
	t.Helper()
	c, err := vault.New(parse(t, v.URI()), &vault.Options{Login: l, Timeout: 10 * time.Second, Client: v.Client()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// works opens a key with c and uses it.
func works(t *testing.T, v *kmstest.Vault, c *vault.Client, key string) kms.KEK {
	t.Helper()
	k, err := c.Key(t.Context(), parse(t, v.KeyURI(key)))
	if err != nil {
		t.Fatalf("Key = %v", err)
	}
	return k
}

// secretFile writes a file and returns its path, and how to write it anew.
func secretFile(t *testing.T, text string) (path string, write func(string)) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "secret")
	write = func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(text)
	return path, write
}

// grantPolicy makes the policy "sidecar" for the key "kek", and the key.
func grantPolicy(v *kmstest.Vault) {
	v.CreateKey("kek", nil)
	v.Root("PUT", "sys/policies/acl/sidecar", map[string]any{"policy": kmstest.SidecarPolicy("kek", "mcpveil")})
}

// enableAppRole makes the role "mcpveil" and returns its id.
func enableAppRole(v *kmstest.Vault, more map[string]any) string {
	v.Root("POST", "sys/auth/approle", map[string]any{"type": "approle"})
	role := map[string]any{"token_policies": "sidecar", "token_ttl": "1h"}
	for k, val := range more {
		role[k] = val
	}
	v.Root("POST", "auth/approle/role/mcpveil", role)
	return data(v.Root("GET", "auth/approle/role/mcpveil/role-id", nil), "role_id")
}

func data(answer map[string]any, name string) string {
	d, _ := answer["data"].(map[string]any)
	s, _ := d[name].(string)
	return s
}

func secretID(v *kmstest.Vault) string {
	return data(v.Root("POST", "auth/approle/role/mcpveil/secret-id", map[string]any{}), "secret_id")
}

// wrap makes a call whose answer is wrapped, and returns the wrapping token.
func wrap(v *kmstest.Vault, path, ttl string, body map[string]any) string {
	_, answer := v.DoWith("POST", path, v.RootToken, body, map[string]string{"X-Vault-Wrap-TTL": ttl})
	info, _ := answer["wrap_info"].(map[string]any)
	s, _ := info["token"].(string)
	return s
}

func TestAppRole(t *testing.T) { onBoth(t, testAppRole) }

func testAppRole(t *testing.T, v *kmstest.Vault) {
	grantPolicy(v)
	id := enableAppRole(v, nil)
	path, write := secretFile(t, secretID(v))
	k := works(t, v, withLogin(t, v, &vault.AppRole{RoleID: id, SecretIDFile: path}), "kek")
	idFile, _ := secretFile(t, id)
	works(t, v, withLogin(t, v, &vault.AppRole{RoleIDFile: idFile, SecretIDFile: path}), "kek")

	bad := secretID(v) + "canary"
	for _, tt := range []struct {
		what, secret, id, want string
	}{
		{"a wrong secret id", bad, id, "is the role id right"},
		{"a wrong role id", secretID(v), "canary-role", "is the role id right"},
		{"an empty file", "", id, "it is empty"},
		{"a file with more", "two words canary", id, "holds more than"},
	} {
		write(tt.secret)
		err := withLogin(t, v, &vault.AppRole{RoleID: tt.id, SecretIDFile: path}).Login(t.Context())
		if !errors.Is(err, vault.ErrLogin) || !errors.Is(err, kms.ErrDenied) || errors.Is(err, vault.ErrTampered) || !strings.Contains(err.Error(), tt.want) || vault.Class(err) != "login" {
			t.Errorf("Login with %s = %v, want ErrLogin and %q", tt.what, err, tt.want)
		}
		silent(t, err, bad)
	}
	if err := withLogin(t, v, &vault.AppRole{RoleID: id, SecretIDFile: path + "-none"}).Login(t.Context()); !errors.Is(err, vault.ErrLogin) {
		t.Errorf("Login without a file = %v, want ErrLogin", err)
	}
	write(secretID(v))
	if err := withLogin(t, v, &vault.AppRole{Mount: "elsewhere", RoleID: id, SecretIDFile: path}).Login(t.Context()); !errors.Is(err, vault.ErrLogin) {
		t.Errorf("Login at another mount = %v, want ErrLogin", err)
	}
	if _, err := k.EncryptWithContext(t.Context(), []byte("x"), nil); err != nil {
		t.Errorf("of all that the first knows nothing: %v", err)
	}
}

// TestWrapped (T29): a wrapped secret id serves one start. Whoever opened it before us, or put
// another's there, is noticed.
func TestWrapped(t *testing.T) { onBothAtOnce(t, testWrapped) }

func testWrapped(t *testing.T, v *kmstest.Vault) {
	grantPolicy(v)
	const path = "auth/approle/role/mcpveil/secret-id"
	id := enableAppRole(v, map[string]any{"token_ttl": "2s", "token_max_ttl": "2s"})
	v.Root("POST", "auth/approle/role/other", map[string]any{"token_policies": "sidecar"})
	file, write := secretFile(t, wrap(v, path, "60s", map[string]any{}))
	login := func() vault.Login {
		return &vault.AppRole{RoleID: id, SecretIDFile: file, Wrapped: true, Role: "mcpveil"}
	}
	k := works(t, v, withLogin(t, v, login()), "kek")

	alarm := func(what, want string) {
		t.Helper()
		err := withLogin(t, v, login()).Login(t.Context())
		if !errors.Is(err, vault.ErrTampered) || !strings.Contains(err.Error(), want) || vault.Class(err) != "tampered" {
			t.Errorf("Login with %s = %v, want ErrTampered and %q", what, err, want)
		}
		if text, _ := os.ReadFile(file); len(text) > 5 {
			silent(t, err, strings.TrimSpace(string(text)))
		}
	}
	alarm("one used before", "unwrapped before, or has expired")

	// The token ends in the meantime: the secret id that was unwrapped serves for the next.
	time.Sleep(2500 * time.Millisecond)
	if _, err := k.EncryptWithContext(t.Context(), []byte("x"), nil); err != nil {
		t.Errorf("after the token's end: %v", err)
	}

	write(wrap(v, "auth/approle/role/other/secret-id", "60s", map[string]any{}))
	alarm("another role's", "not made by auth/approle/role/mcpveil/secret-id")
	forged := wrap(v, "auth/token/create", "60s", map[string]any{"policies": []string{"sidecar"}})
	write(forged)
	alarm("what wraps a token", "not made by")
	if status, _ := v.Do("POST", "sys/wrapping/unwrap", forged, map[string]any{}); status != http.StatusOK {
		t.Errorf("unwrapping what was refused: %d; the evidence should be left", status)
	}
	write("hvs.canary-no-token")
	alarm("no wrapping token", "unwrapped before, or has expired")
	expired := wrap(v, path, "1s", map[string]any{})
	eventually(t, "a wrapping token to expire", func() bool {
		status, _ := v.Do("POST", "sys/wrapping/lookup", v.RootToken, map[string]any{"token": expired})
		return status != http.StatusOK
	})
	write(expired)
	alarm("an expired one", "unwrapped before, or has expired")

	write(wrap(v, path, "60s", map[string]any{}))
	works(t, v, withLogin(t, v, login()), "kek")
}

// A signer issues JWTs, as a platform does.
type signer struct {
	t   *testing.T
	key *ecdsa.PrivateKey
}

func newSigner(t *testing.T) signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{t, key}
}

func (s signer) public() string {
	der, err := x509.MarshalPKIXPublicKey(&s.key.PublicKey)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func (s signer) sign(claims map[string]any) string {
	s.t.Helper()
	body, err := json.Marshal(claims)
	if err != nil {
		s.t.Fatal(err)
	}
	enc := base64.RawURLEncoding
	text := enc.EncodeToString([]byte(`{"alg":"ES256","typ":"JWT"}`)) + "." + enc.EncodeToString(body)
	sum := sha256.Sum256([]byte(text))
	a, b, err := ecdsa.Sign(rand.Reader, s.key, sum[:])
	if err != nil {
		s.t.Fatal(err)
	}
	sig := make([]byte, 64)
	a.FillBytes(sig[:32])
	b.FillBytes(sig[32:])
	return text + "." + enc.EncodeToString(sig)
}

// TestJWT: the token of a workload is read at each login, since the platform renews it.
func TestJWT(t *testing.T) { onBoth(t, testJWT) }

func testJWT(t *testing.T, v *kmstest.Vault) {
	grantPolicy(v)
	s := newSigner(t)
	issue := func(sub string, ttl time.Duration) string {
		return s.sign(map[string]any{"iss": "ci", "sub": sub, "aud": "vault", "iat": time.Now().Unix(), "nbf": time.Now().Add(-time.Minute).Unix(), "exp": time.Now().Add(ttl).Unix()})
	}
	v.Root("POST", "sys/auth/jwt", map[string]any{"type": "jwt"})
	v.Root("POST", "auth/jwt/config", map[string]any{"jwt_validation_pubkeys": []string{s.public()}, "bound_issuer": "ci"})
	v.Root("POST", "auth/jwt/role/mcpveil", map[string]any{"role_type": "jwt", "user_claim": "sub", "bound_subject": "job", "bound_audiences": []string{"vault"},
		"clock_skew_leeway": -1, "expiration_leeway": -1, "not_before_leeway": -1, "token_policies": []string{"sidecar"}, "token_ttl": "1h"})
	first := issue("job", time.Hour)
	file, write := secretFile(t, first)
	l := &vault.JWT{Mount: "jwt", Role: "mcpveil", TokenFile: file}
	c := withLogin(t, v, l)
	k := works(t, v, c, "kek")
	for what, token := range map[string]string{
		"an expired token": issue("job", -time.Minute), "another's token": issue("canary", time.Hour),
		"a token of another issuer": newSigner(t).sign(map[string]any{"iss": "ci", "sub": "job", "aud": "vault", "exp": time.Now().Add(time.Hour).Unix()}),
	} {
		write(token)
		err := withLogin(t, v, l).Login(t.Context())
		if !errors.Is(err, vault.ErrLogin) || !strings.Contains(err.Error(), `"mcpveil"`) {
			t.Errorf("Login with %s = %v, want ErrLogin", what, err)
		}
		silent(t, err, token)
	}
	// Revoked, it logs in with what the file holds by now.
	write(issue("job", time.Hour))
	revokeAll(t, v)
	if _, err := k.EncryptWithContext(t.Context(), []byte("x"), nil); err != nil {
		t.Errorf("after the tokens were revoked: %v", err)
	}
}

// revokeAll revokes the token that the next call comes with, and says when it has. Both servers are asked for
// tokens through the calls that go there.
func revokeAll(t *testing.T, v *kmstest.Vault) (revoked *atomic.Bool) {
	t.Helper()
	var once sync.Once
	revoked = new(atomic.Bool)
	v.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if token := r.Header.Get("X-Vault-Token"); token != "" && token != v.RootToken {
			once.Do(func() {
				v.Root("POST", "auth/token/revoke", map[string]any{"token": token})
				v.Intercept(nil)
				revoked.Store(true)
			})
		}
		return false
	})
	return revoked
}

// TestKubernetes: a pod logs in with the token of its service account, which the API server
// is asked about.
func TestKubernetes(t *testing.T) { onBoth(t, testKubernetes) }

func testKubernetes(t *testing.T, v *kmstest.Vault) {
	grantPolicy(v)
	s := newSigner(t)
	issue := func(account string) string {
		return s.sign(map[string]any{"iss": "kubernetes/serviceaccount", "sub": "system:serviceaccount:mcp:" + account, "nbf": time.Now().Add(-time.Minute).Unix(), "exp": time.Now().Add(time.Hour).Unix(),
			"kubernetes.io": map[string]any{"namespace": "mcp", "serviceaccount": map[string]any{"name": account, "uid": "u-" + account}}})
	}
	accounts := map[string]string{issue("mcpveil"): "mcpveil", issue("other"): "other"}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Spec struct{ Token string } }
		json.NewDecoder(r.Body).Decode(&in)
		account, ok := accounts[in.Spec.Token]
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		json.NewEncoder(w).Encode(map[string]any{"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "status": map[string]any{
			"authenticated": ok, "user": map[string]any{"username": "system:serviceaccount:mcp:" + account, "uid": "u-" + account, "groups": []string{"system:serviceaccounts"}}}})
	}))
	defer api.Close()
	v.Root("POST", "sys/auth/kubernetes", map[string]any{"type": "kubernetes"})
	v.Root("POST", "auth/kubernetes/config", map[string]any{"kubernetes_host": api.URL, "disable_local_ca_jwt": true, "token_reviewer_jwt": issue("reviewer"), "kubernetes_ca_cert": selfSigned(t)})
	v.Root("POST", "auth/kubernetes/role/mcpveil", map[string]any{"bound_service_account_names": []string{"mcpveil"}, "bound_service_account_namespaces": []string{"mcp"},
		"token_policies": []string{"sidecar"}, "token_ttl": "1h"})
	file, write := secretFile(t, "")
	for token, account := range accounts {
		write(token)
		c := withLogin(t, v, &vault.JWT{Mount: "kubernetes", Role: "mcpveil", TokenFile: file})
		if account == "mcpveil" {
			works(t, v, c, "kek")
		} else if err := c.Login(t.Context()); !errors.Is(err, vault.ErrLogin) {
			t.Errorf("Login as %s = %v, want ErrLogin", account, err)
		} else {
			silent(t, err, token)
		}
	}
}

// TestTokenOfEnvironment: VAULT_TOKEN is a way in, and no other.
func TestTokenOfEnvironment(t *testing.T) { onBoth(t, testTokenOfEnvironment) }

func testTokenOfEnvironment(t *testing.T, v *kmstest.Vault) {
	v.CreateKey("kek", nil)
	t.Setenv("VAULT_TOKEN", v.Token(kmstest.SidecarPolicy("kek", "mcpveil")))
	works(t, v, withLogin(t, v, &vault.Token{}), "kek")
	for _, bad := range []string{"", "canary token"} {
		t.Setenv("VAULT_TOKEN", bad)
		err := withLogin(t, v, &vault.Token{}).Login(t.Context())
		if !errors.Is(err, vault.ErrLogin) || !strings.Contains(err.Error(), "VAULT_TOKEN") {
			t.Errorf("Login with VAULT_TOKEN=%q = %v, want ErrLogin", bad, err)
		}
		silent(t, err)
	}
}

// TestAgent: with auto-auth none of our calls bears a token.
func TestAgent(t *testing.T) {
	v := kmstest.FakeVault(t)
	v.CreateKey("kek", nil)
	v.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("X-Vault-Token") != "" || r.Header.Get("X-Vault-Request") != "true" {
			t.Errorf("%s bears a token, or not the header that agents ask for", r.URL.Path)
		}
		r.Header.Set("X-Vault-Token", v.RootToken) // what an agent does
		return false
	})
	t.Setenv("VAULT_TOKEN", "canary")
	works(t, v, withLogin(t, v, &vault.Agent{}), "kek")
}

// TestStrangeLogins: what no Vault answers to a login lets nobody in.
func TestStrangeLogins(t *testing.T) {
	v := kmstest.FakeVault(t)
	grantPolicy(v)
	id := enableAppRole(v, nil)
	path, _ := secretFile(t, secretID(v))
	for answer, want := range map[string]error{
		`{}`: vault.ErrAnswer, `{"auth":null}`: vault.ErrAnswer, `{"auth":{}}`: vault.ErrAnswer, `{"auth":{"client_token":""}}`: vault.ErrAnswer,
		`{"auth":{"client_token":7}}`: vault.ErrAnswer, `{"auth":[]}`: vault.ErrAnswer, `{"auth":{"client_token":"a b"}}`: vault.ErrAnswer,
		`{"auth":{"client_token":"a\nb"}}`: vault.ErrAnswer, `{"auth":{"client_token":"canary","lease_duration":-1}}`: vault.ErrAnswer,
		`{"auth":{"client_token":"","mfa_requirement":{"mfa_request_id":"x"}}}`:                          vault.ErrLogin,
		`{"warnings":["Endpoint ignored: canary"],"auth":{"client_token":"canary","lease_duration":10}}`: vault.ErrAnswer,
		`{"auth":{"client_token":"canary"`:                                                               vault.ErrAnswer, ``: vault.ErrAnswer, `[]`: vault.ErrAnswer,
	} {
		v.Intercept(func(w http.ResponseWriter, _ *http.Request) bool { fmt.Fprint(w, answer); return true })
		err := withLogin(t, v, &vault.AppRole{RoleID: id, SecretIDFile: path}).Login(t.Context())
		if !errors.Is(err, want) {
			t.Errorf("Login answered with %s = %v, want %v", answer, err, want)
		}
		silent(t, err, "a b")
	}
}

// TestLoginCancelled: who gives up while a login is under way stops no one else's.
func TestLoginCancelled(t *testing.T) {
	v := kmstest.FakeVault(t)
	grantPolicy(v)
	id := enableAppRole(v, nil)
	path, _ := secretFile(t, secretID(v))
	c := withLogin(t, v, &vault.AppRole{RoleID: id, SecretIDFile: path})
	ctx, cancel := context.WithCancel(t.Context())
	v.Intercept(func(_ http.ResponseWriter, r *http.Request) bool { cancel(); <-r.Context().Done(); return true })
	if err := c.Login(ctx); !errors.Is(err, context.Canceled) || !errors.Is(err, kms.ErrUnavailable) {
		t.Errorf("Login(cancelled) = %v", err)
	}
	v.Intercept(nil)
	if err := c.Login(t.Context()); err != nil {
		t.Errorf("Login after one that was cancelled = %v", err)
	}
}
