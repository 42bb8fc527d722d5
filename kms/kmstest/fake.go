package kmstest

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// FakeVault returns a made-up Vault with the methods of a real one: it behaves as Vault
// 1.21 does as far as kms/vault asks, and needs nothing built. What must hold of both is
// tested on both, so that it stays true to the real one.
func FakeVault(t testing.TB) *Vault {
	t.Helper()
	v := fakeVault(t)
	f := newFake(v)
	direct := httptest.NewServer(f)
	front := httptest.NewServer(v.front(f))
	t.Cleanup(func() { direct.Close(); front.Close() })
	v.direct, v.Addr, v.client = direct.URL, front.URL, http.DefaultClient
	return v.mounted()
}

// FakeVaultTLS is FakeVault over https. It asks for a client's certificate and takes any.
func FakeVaultTLS(t testing.TB) *Vault {
	t.Helper()
	v := fakeVault(t)
	srv := httptest.NewUnstartedServer(v.front(newFake(v)))
	srv.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	v.CAFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(v.CAFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	v.direct, v.Addr, v.client = srv.URL, srv.URL, srv.Client()
	return v.mounted()
}

// FakeVaultInProcess is FakeVault without a network: what is asked of its Client is
// answered in the process, so that it can be used in a bubble of testing/synctest.
func FakeVaultInProcess(t testing.TB) *Vault {
	t.Helper()
	v := fakeVault(t)
	f := newFake(v)
	v.Addr = "http://127.0.0.1:8200"
	v.direct, v.client, v.counted = v.Addr, &http.Client{Transport: inProcess{f}}, &http.Client{Transport: inProcess{v.front(f)}}
	return v.mounted()
}

func fakeVault(t testing.TB) *Vault {
	return &Vault{t: t, RootToken: "root-token-of-tests", unseal: "unseal-key-of-fake"}
}

// An inProcess transport has a handler answer, in the caller's process.
type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r = r.Clone(r.Context())
		r.Body = http.NoBody
	}
	done := make(chan *http.Response, 1)
	go func() {
		defer close(done)
		defer func() { _ = recover() }() // http.ErrAbortHandler: no answer
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		done <- w.Result()
	}()
	select {
	case resp := <-done:
		if resp == nil {
			return nil, io.ErrUnexpectedEOF
		}
		resp.Request = r
		return resp, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// A fake is the server. One lock is enough: it answers at once.
type fake struct {
	v        *Vault
	mu       sync.Mutex
	sealed   bool
	engines  map[string]*engine // by mount, "transit", "auth/approle"
	policies map[string]string
	tokens   map[string]*fakeToken
}

// An engine is what is mounted.
type engine struct {
	kind    string
	version int // of kv
	keys    map[string]*transitKey
	secrets map[string]*kvSecret
	config  map[string]any
	roles   map[string]*fakeRole
}

// A fakeToken is a token, and what wraps an answer.
type fakeToken struct {
	policies  []string
	root      bool
	renewable bool
	ttl       time.Duration // of each renewal
	created   time.Time
	expires   time.Time // zero: never
	last      time.Time // when no renewal helps; zero: never
	kind      string

	wraps map[string]any // data of the answer it wraps
	path  string         // where that was made
}

func newFake(v *Vault) *fake {
	f := &fake{v: v, engines: map[string]*engine{"auth/token": {kind: "token"}}, policies: map[string]string{"default": defaultPolicy}, tokens: map[string]*fakeToken{}}
	f.tokens[v.RootToken] = &fakeToken{root: true, policies: []string{"root"}, created: time.Now(), kind: "service"}
	return f
}

// defaultPolicy is of the policy that tokens have beside their own what is asked for here.
const defaultPolicy = `
path "auth/token/lookup-self" { capabilities = ["read"] }
path "auth/token/renew-self" { capabilities = ["update"] }
path "auth/token/revoke-self" { capabilities = ["update"] }
path "sys/capabilities-self" { capabilities = ["update"] }
`

// A fakeCall is one request, taken apart.
type fakeCall struct {
	http  *http.Request
	op    string // "read", "list", "write", "delete"
	mount string
	rest  string
	path  string
	in    map[string]any
	token *fakeToken
	id    string // the token's
}

// A fakeAnswer is what it is answered with.
type fakeAnswer struct {
	status   int
	data     map[string]any
	auth     map[string]any
	warnings []string
	errors   []string
	raw      any // in place of all of that
}

func failWith(status int, texts ...string) *fakeAnswer {
	if texts == nil {
		texts = []string{}
	}
	return &fakeAnswer{status: status, errors: texts}
}

var (
	absent     = failWith(http.StatusNotFound)
	nothing    = &fakeAnswer{status: http.StatusNoContent}
	denied     = failWith(http.StatusForbidden, "permission denied")
	badToken   = failWith(http.StatusForbidden, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n")
	fakeSealed = failWith(http.StatusServiceUnavailable, "Vault is sealed")
)

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	a := f.answer(r)
	f.mu.Unlock()
	if a.status == 0 {
		a.status = http.StatusOK
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	switch {
	case a.status == http.StatusNoContent:
	case a.raw != nil:
		json.NewEncoder(w).Encode(a.raw)
	case a.errors != nil:
		json.NewEncoder(w).Encode(map[string]any{"errors": a.errors})
	default:
		out := map[string]any{"request_id": randomID(""), "lease_id": "", "renewable": false, "lease_duration": 0,
			"data": a.data, "auth": a.auth, "wrap_info": nil, "warnings": a.warnings}
		if len(a.warnings) == 0 {
			out["warnings"] = nil
		}
		json.NewEncoder(w).Encode(out)
	}
}

func (f *fake) answer(r *http.Request) *fakeAnswer {
	c := &fakeCall{http: r, path: strings.TrimPrefix(r.URL.Path, "/v1/"), op: "read", in: map[string]any{}}
	switch {
	case r.Method == http.MethodPut || r.Method == http.MethodPost:
		c.op = "write"
		d := json.NewDecoder(r.Body)
		d.UseNumber()
		if err := d.Decode(&c.in); err != nil && err.Error() != "EOF" {
			return failWith(http.StatusBadRequest, "failed to parse JSON input")
		}
	case r.Method == http.MethodDelete:
		c.op = "delete"
	case r.Method == "LIST" || r.URL.Query().Get("list") == "true":
		c.op = "list"
		c.path = strings.TrimSuffix(c.path, "/") + "/"
	}
	switch c.path {
	case "sys/health":
		return f.health()
	case "sys/unseal":
		f.sealed = f.sealed && c.text("key") != f.v.unseal
		return &fakeAnswer{raw: map[string]any{"sealed": f.sealed}}
	}
	if f.sealed {
		return fakeSealed
	}
	switch {
	case c.path == "sys/wrapping/lookup":
		return f.lookupWrapping(c)
	case strings.HasPrefix(c.path, "auth/") && strings.HasSuffix(c.path, "/login"):
		return f.login(c)
	}
	c.id = r.Header.Get("X-Vault-Token")
	t, ok := f.tokens[c.id]
	switch {
	case c.id == "":
		return denied
	case !ok || !t.expires.IsZero() && !time.Now().Before(t.expires):
		delete(f.tokens, c.id)
		if c.path == "sys/wrapping/unwrap" {
			return failWith(http.StatusBadRequest, "wrapping token is not valid or does not exist")
		}
		return badToken
	case t.wraps != nil && c.path != "sys/wrapping/unwrap":
		return denied
	}
	c.token = t
	e := f.route(c)
	if !t.root && !slices.Contains(f.may(t, c.path), f.capability(c, e)) && !(t.wraps != nil) {
		return denied
	}
	return f.dispatch(c, e)
}

// route finds the engine with the longest mount that fits.
func (f *fake) route(c *fakeCall) *engine {
	var found *engine
	for mount, e := range f.engines {
		if rest, ok := strings.CutPrefix(c.path, mount+"/"); ok && len(mount) > len(c.mount) {
			c.mount, c.rest, found = mount, rest, e
		}
	}
	return found
}

func (f *fake) dispatch(c *fakeCall, e *engine) *fakeAnswer {
	switch {
	case strings.HasPrefix(c.path, "sys/"):
		return f.sys(c)
	case e == nil:
		return failWith(http.StatusNotFound, fmt.Sprintf("no handler for route %q. route entry not found.", c.path))
	case e.kind == "transit":
		return f.transit(c, e)
	case e.kind == "kv":
		return f.kv(c, e)
	case e.kind == "token":
		return f.tokenStore(c)
	}
	return f.auth(c, e)
}

func (f *fake) health() *fakeAnswer {
	a := &fakeAnswer{raw: map[string]any{
		"initialized": true, "sealed": f.sealed, "standby": false, "performance_standby": false,
		"version": "1.21.0", "server_time_utc": time.Now().Unix(),
	}}
	if f.sealed {
		a.status = http.StatusServiceUnavailable
	}
	return a
}

func (f *fake) sys(c *fakeCall) *fakeAnswer {
	switch kind, rest, _ := strings.Cut(strings.TrimPrefix(c.path, "sys/"), "/"); {
	case kind == "seal":
		f.sealed = true
		return nothing
	case kind == "mounts" && c.op == "write", kind == "auth" && c.op == "write":
		if kind == "auth" {
			rest = "auth/" + rest
		}
		if f.engines[rest] != nil {
			return failWith(http.StatusBadRequest, "path is already in use at "+rest+"/")
		}
		e := &engine{kind: c.text("type"), version: 1, keys: map[string]*transitKey{}, secrets: map[string]*kvSecret{}, roles: map[string]*fakeRole{}}
		if o, _ := c.in["options"].(map[string]any); o["version"] == "2" {
			e.version = 2
		}
		f.engines[rest] = e
		return nothing
	case strings.HasPrefix(c.path, "sys/policies/acl/") && c.op == "write":
		f.policies[strings.TrimPrefix(c.path, "sys/policies/acl/")] = c.text("policy")
		return nothing
	case c.path == "sys/wrapping/unwrap":
		if c.token.wraps == nil {
			return failWith(http.StatusBadRequest, "wrapping token is not valid or does not exist")
		}
		delete(f.tokens, c.id)
		return &fakeAnswer{data: c.token.wraps}
	case c.path == "sys/capabilities-self":
		data := map[string]any{}
		for _, p := range c.list("paths") {
			data[p] = f.may(c.token, p)
		}
		return &fakeAnswer{data: data}
	}
	return failWith(http.StatusNotFound, "unsupported path")
}

func (f *fake) lookupWrapping(c *fakeCall) *fakeAnswer {
	t := f.tokens[c.text("token")]
	if t == nil || t.wraps == nil || !time.Now().Before(t.expires) {
		return failWith(http.StatusBadRequest, "wrapping token is not valid or does not exist")
	}
	return &fakeAnswer{data: map[string]any{"creation_path": t.path, "creation_ttl": int(t.ttl.Seconds()), "creation_time": t.created.Format(time.RFC3339Nano)}}
}

func (c *fakeCall) text(name string) string {
	s, _ := c.in[name].(string)
	return s
}

func (c *fakeCall) list(name string) []string {
	switch v := c.in[name].(type) {
	case string:
		return strings.Split(v, ",")
	case []any:
		var out []string
		for _, e := range v {
			s, _ := e.(string)
			out = append(out, s)
		}
		return out
	}
	return nil
}

func (c *fakeCall) duration(name string) time.Duration {
	switch v := c.in[name].(type) {
	case json.Number:
		n, _ := v.Int64()
		return time.Duration(n) * time.Second
	case string:
		d, _ := time.ParseDuration(v)
		return d
	}
	return 0
}

// unknown warns as Vault does of parameters that an endpoint does not have.
func (c *fakeCall) unknown(known ...string) []string {
	var odd []string
	for name := range c.in {
		if !slices.Contains(known, name) {
			odd = append(odd, name)
		}
	}
	if odd == nil {
		return nil
	}
	slices.Sort(odd)
	return []string{fmt.Sprintf("Endpoint ignored these unrecognized parameters: %v", odd)}
}

var (
	comments  = regexp.MustCompile(`(?m)^\s*#.*$`)
	pathRules = regexp.MustCompile(`path\s+"([^"]+)"\s*\{\s*capabilities\s*=\s*\[([^\]]*)\]\s*\}`)
)

// may returns what a token may do at a path: of the rules that match, the one whose first
// wildcard stands farthest behind counts.
func (f *fake) may(t *fakeToken, path string) []string {
	if t.root {
		return []string{"root"}
	}
	best, caps := -1, []string(nil)
	for _, name := range t.policies {
		for _, m := range pathRules.FindAllStringSubmatch(comments.ReplaceAllString(f.policies[name], ""), -1) {
			if !globMatches(m[1], path) {
				continue
			}
			rank := strings.IndexAny(m[1], "+*")
			if rank < 0 {
				rank = 1 << 20
			}
			if rank > best {
				best, caps = rank, nil
			}
			if rank == best {
				for _, c := range strings.Split(m[2], ",") {
					caps = append(caps, strings.Trim(c, " \t\n\""))
				}
			}
		}
	}
	if caps == nil || slices.Contains(caps, "deny") {
		return []string{"deny"}
	}
	return caps
}

func globMatches(glob, path string) bool {
	re := strings.ReplaceAll(regexp.QuoteMeta(glob), `\+`, `[^/]+`)
	if rest, ok := strings.CutSuffix(re, `\*`); ok {
		re = rest + ".*"
	}
	return regexp.MustCompile("^" + re + "$").MatchString(path)
}

// capability is what a call needs. Writing is creating where there was nothing.
func (f *fake) capability(c *fakeCall, e *engine) string {
	switch c.op {
	case "read", "list", "delete":
		return c.op
	}
	if e != nil {
		verb, name, _ := strings.Cut(c.rest, "/")
		switch {
		case e.kind == "transit" && verb == "encrypt" && e.keys[name] == nil,
			e.kind == "transit" && verb == "keys" && e.keys[name] == nil && !strings.Contains(name, "/"),
			e.kind == "kv" && e.version == 2 && verb == "data" && e.secrets[name].absent():
			return "create"
		}
	}
	return "update"
}

// issue makes a token.
func (f *fake) issue(r *fakeRole) (id string, t *fakeToken) {
	now := time.Now()
	t = &fakeToken{policies: r.policies, renewable: r.kind != "batch", ttl: r.ttl, created: now, kind: r.kind}
	if t.ttl == 0 {
		t.ttl = 768 * time.Hour
	}
	if r.maxTTL > 0 {
		t.last = now.Add(r.maxTTL)
		t.ttl = min(t.ttl, r.maxTTL)
	}
	t.expires = now.Add(t.ttl)
	if !r.noDefault {
		t.policies = append(slices.Clone(t.policies), "default")
	}
	id = randomID("hvs.")
	f.tokens[id] = t
	return id, t
}

func (t *fakeToken) authAnswer(id string, ttl time.Duration) map[string]any {
	return map[string]any{"client_token": id, "accessor": randomID(""), "policies": t.policies, "token_policies": t.policies, "metadata": nil,
		"lease_duration": int(ttl.Seconds()), "renewable": t.renewable, "entity_id": "", "token_type": t.kind, "orphan": true, "mfa_requirement": nil, "num_uses": 0}
}

// wrapped puts an answer behind a token, if that was asked for.
func (f *fake) wrapped(c *fakeCall, data map[string]any) *fakeAnswer {
	ttl, err := time.ParseDuration(c.http.Header.Get("X-Vault-Wrap-TTL"))
	if err != nil {
		return &fakeAnswer{data: data}
	}
	id := randomID("hvs.")
	f.tokens[id] = &fakeToken{wraps: maps.Clone(data), path: c.path, ttl: ttl, created: time.Now(), expires: time.Now().Add(ttl)}
	return &fakeAnswer{raw: map[string]any{"wrap_info": map[string]any{"token": id, "ttl": int(ttl.Seconds()), "creation_path": c.path}}}
}

func randomID(prefix string) string {
	b := make([]byte, 12)
	rand.Read(b)
	return prefix + hex.EncodeToString(b)
}
