package kmstest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/internal/testenv"
)

// A Vault is a real one (tools/vaultd) or a fake, in memory, on loopback, with a transit
// engine at transit/ and a KV engine of version 2 at secret/. It is unsealed and has no keys.
type Vault struct {
	Addr      string // "http://127.0.0.1:PORT"; what is sent there is counted
	RootToken string
	CAFile    string // of whom signed its certificate, if Addr is https://

	t        testing.TB
	direct   string       // where it is not counted, nor cut off
	client   *http.Client // for there
	counted  *http.Client // for Addr; nil for any
	unseal   string
	requests atomic.Int64
	down     atomic.Bool
	intern   atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
}

// StartVault starts a real Vault, which ends with the test. It skips the test, or fails it
// in CI, where testenv has no "vaultd".
func StartVault(t testing.TB) *Vault {
	t.Helper()
	v := start(t)
	v.proxied()
	return v.mounted()
}

// proxied puts a proxy before the server that counts, and can be told to be down.
func (v *Vault) proxied() {
	target, err := url.Parse(v.direct)
	if err != nil {
		v.t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	srv := httptest.NewServer(v.front(proxy))
	v.t.Cleanup(srv.Close)
	v.Addr, v.client = srv.URL, http.DefaultClient
}

// StartVaultTLS is StartVault over https. It asks for a client's certificate and takes any;
// nothing is counted, and it cannot be told to be down.
func StartVaultTLS(t testing.TB) *Vault {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	v := start(t, "-tls-ca-out", ca)
	v.CAFile, v.Addr = ca, v.direct
	text, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	v.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	return v.mounted()
}

func start(t testing.TB, args ...string) *Vault {
	t.Helper()
	v := &Vault{t: t, RootToken: "root-token-of-tests"}
	cmd := exec.Command(testenv.Tool(t, "vaultd"), append(args, "-listen", "127.0.0.1:0", "-root-token", v.RootToken)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr := new(bytes.Buffer)
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line := make(chan string, 1)
	go func() {
		s, _ := bufio.NewReader(out).ReadString('\n')
		line <- s
	}()
	select {
	case s := <-line:
		var token string
		if n, err := fmt.Sscanf(s, "vaultd %s token=%s unseal_key=%s", &v.direct, &token, &v.unseal); n != 3 {
			t.Fatalf("vaultd did not start (%v): %s", err, stderr)
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("vaultd did not start in two minutes")
	}
	return v
}

// mounted mounts the engines.
func (v *Vault) mounted() *Vault {
	v.t.Helper()
	v.Root("POST", "sys/mounts/transit", map[string]any{"type": "transit"})
	v.Root("POST", "sys/mounts/secret", map[string]any{"type": "kv", "options": map[string]any{"version": "2"}})
	v.ready()
	return v
}

// front counts what goes to backend, and can be told to be down.
func (v *Vault) front(backend http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.requests.Add(1)
		if v.down.Load() {
			panic(http.ErrAbortHandler)
		}
		// Read the body first: the server closes it when the answer begins, and a transport
		// that has not seen its end by then gives up on the answer; nor would a handler be
		// told that the client has gone.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if f := v.intern.Load(); f != nil && (*f)(w, r) {
			return
		}
		backend.ServeHTTP(w, r)
	})
}

// ready waits until the KV engine has finished its upgrade to version 2.
func (v *Vault) ready() {
	for range 12000 { // two minutes
		status, _ := v.Do("GET", "secret/data/none", v.RootToken, nil)
		if status == http.StatusNotFound {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	v.t.Fatal("vaultd: KV engine is not ready")
}

// Requests returns how many calls went to Addr.
func (v *Vault) Requests() int64 { return v.requests.Load() }

// Down cuts every call to Addr off, or no more.
func (v *Vault) Down(down bool) { v.down.Store(down) }

// Intercept has f answer a call to Addr in Vault's place, where it returns true. A nil
// f ends that.
func (v *Vault) Intercept(f func(http.ResponseWriter, *http.Request) bool) {
	if f == nil {
		v.intern.Store(nil)
		return
	}
	v.intern.Store(&f)
}

// Client returns what to make calls with: nil, which means anything, but for a fake
// without a network.
func (v *Vault) Client() *http.Client { return v.counted }

// URI names this Vault.
func (v *Vault) URI() string {
	if rest, ok := strings.CutPrefix(v.Addr, "https://"); ok {
		return "hcvault://" + rest
	}
	return "hcvault+" + v.Addr
}

// KeyURI names a transit key of this Vault.
func (v *Vault) KeyURI(key string) string { return v.URI() + "/transit/keys/" + key }

// StoreURI names a store of keyrings in this Vault.
func (v *Vault) StoreURI(prefix string) string {
	return v.URI() + "/secret/data/" + prefix
}

// Do makes a call that is not counted, and returns its status and answer.
func (v *Vault) Do(method, path, token string, body any) (status int, answer map[string]any) {
	v.t.Helper()
	return v.DoWith(method, path, token, body, nil)
}

// DoWith is Do with more headers.
func (v *Vault) DoWith(method, path, token string, body any, headers map[string]string) (status int, answer map[string]any) {
	v.t.Helper()
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			v.t.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.direct+"/v1/"+path, in)
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("X-Vault-Token", token)
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	resp, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			v.t.Fatalf("%s %s: %d, not JSON", method, path, resp.StatusCode)
		}
	}
	return resp.StatusCode, answer
}

// Root makes a call with all rights, which must succeed, and returns its answer.
func (v *Vault) Root(method, path string, body any) map[string]any {
	v.t.Helper()
	status, answer := v.Do(method, path, v.RootToken, body)
	if status >= 300 {
		v.t.Fatalf("%s %s: %d %v", method, path, status, answer["errors"])
	}
	return answer
}

// CreateKey creates a transit key: of type aes256-gcm96, unless more says otherwise.
func (v *Vault) CreateKey(name string, more map[string]any) {
	v.t.Helper()
	v.Root("POST", "transit/keys/"+name, more)
}

// Token returns a token with that policy and no other right.
func (v *Vault) Token(policy string) string {
	v.t.Helper()
	name := fmt.Sprintf("p%d", time.Now().UnixNano())
	v.Root("PUT", "sys/policies/acl/"+name, map[string]any{"policy": policy})
	answer := v.Root("POST", "auth/token/create", map[string]any{"policies": []string{name}, "no_default_policy": true, "no_parent": true, "ttl": "10m"})
	auth, _ := answer["auth"].(map[string]any)
	token, _ := auth["client_token"].(string)
	if token == "" {
		v.t.Fatal("vaultd: no token")
	}
	return token
}

// SidecarPolicy is what mcpveil needs to run with a key and the keyrings under prefix, of
// whatever layout. (With "prefix/*" in place of all the "+", Vault would heed that alone.)
func SidecarPolicy(key, prefix string) string {
	all := policy("transit/encrypt/"+key, "update") + policy("transit/decrypt/"+key, "update") +
		policy("secret/data/"+prefix+"/+/subjects/*", "read", "create")
	for _, names := range []string{"/+", "/+/+", "/+/keysets/*"} {
		all += policy("secret/data/"+prefix+names, "read") + policy("secret/metadata/"+prefix+names, "read")
	}
	return all
}

// AdminPolicy is what is needed to create, rotate, list and delete keyrings, too.
func AdminPolicy(key, prefix string) string {
	return policy("transit/encrypt/"+key, "update") + policy("transit/decrypt/"+key, "update") +
		policy("secret/data/"+prefix+"/*", "read", "create", "update") +
		policy("secret/metadata/"+prefix+"/*", "read", "list", "delete")
}

func policy(path string, capabilities ...string) string {
	return fmt.Sprintf("path %q { capabilities = [\"%s\"] }\n", path, strings.Join(capabilities, `", "`))
}

// Seal seals the Vault, so that it answers nothing until Unseal.
func (v *Vault) Seal() {
	v.t.Helper()
	v.Root("PUT", "sys/seal", nil)
}

func (v *Vault) Unseal() {
	v.t.Helper()
	v.Root("PUT", "sys/unseal", map[string]any{"key": v.unseal})
	v.ready()
}
