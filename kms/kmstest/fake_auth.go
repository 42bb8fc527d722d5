package kmstest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A fakeRole is a role of an auth method, and how tokens of it are.
type fakeRole struct {
	policies    []string
	noDefault   bool
	ttl, maxTTL time.Duration
	kind        string

	in      map[string]any // what it was written with
	id      string         // of an AppRole
	secrets map[string]*secretID
}

type secretID struct {
	expires time.Time
	uses    int // left; -1: no limit
}

func (c *fakeCall) role() *fakeRole {
	r := &fakeRole{policies: c.list("token_policies"), ttl: c.duration("token_ttl"), maxTTL: c.duration("token_max_ttl"), kind: "service", in: c.in,
		id: randomID(""), secrets: map[string]*secretID{}}
	r.noDefault, _ = c.in["token_no_default_policy"].(bool)
	if c.text("token_type") == "batch" {
		r.kind = "batch"
	}
	return r
}

// tokenStore answers what is asked about tokens.
func (f *fake) tokenStore(c *fakeCall) *fakeAnswer {
	switch c.rest {
	case "create":
		r := &fakeRole{policies: c.list("policies"), ttl: c.duration("ttl"), maxTTL: c.duration("explicit_max_ttl"), kind: "service"}
		r.noDefault, _ = c.in["no_default_policy"].(bool)
		id, t := f.issue(r)
		if v, ok := c.in["renewable"].(bool); ok {
			t.renewable = v
		}
		if c.http.Header.Get("X-Vault-Wrap-TTL") != "" {
			return f.wrapped(c, map[string]any{"token": id})
		}
		return &fakeAnswer{auth: t.authAnswer(id, t.ttl)}
	case "lookup-self":
		ttl, end := 0, any(nil)
		if !c.token.expires.IsZero() {
			ttl, end = int(time.Until(c.token.expires).Seconds()), c.token.expires.Format(time.RFC3339Nano)
		}
		return &fakeAnswer{data: map[string]any{"ttl": ttl, "expire_time": end, "renewable": c.token.renewable, "policies": c.token.policies, "type": c.token.kind,
			"explicit_max_ttl": 0, "num_uses": 0, "creation_ttl": int(c.token.ttl.Seconds())}}
	case "renew-self":
		return f.renew(c)
	case "revoke-self":
		delete(f.tokens, c.id)
		return nothing
	case "revoke":
		delete(f.tokens, c.text("token"))
		return nothing
	}
	return failWith(http.StatusNotFound, "unsupported path")
}

func (f *fake) renew(c *fakeCall) *fakeAnswer {
	t := c.token
	if !t.renewable {
		return failWith(http.StatusBadRequest, "lease is not renewable")
	}
	a := &fakeAnswer{}
	ttl := t.ttl
	if left := time.Until(t.last); !t.last.IsZero() && left < ttl {
		a.warnings = []string{fmt.Sprintf("TTL of %q exceeded the effective max_ttl of %q; TTL value is capped accordingly", ttl, left)}
		ttl = left
	}
	t.expires = time.Now().Add(ttl)
	a.auth = t.authAnswer(c.id, ttl)
	return a
}

// auth answers what an operator configures of a method.
func (f *fake) auth(c *fakeCall, e *engine) *fakeAnswer {
	parts := strings.Split(c.rest, "/")
	switch {
	case c.rest == "config" && c.op == "write":
		e.config = c.in
		return nothing
	case len(parts) == 2 && (parts[0] == "role" || parts[0] == "certs") && c.op == "write":
		e.roles[parts[1]] = c.role()
		return nothing
	case len(parts) == 3 && parts[0] == "role" && e.roles[parts[1]] != nil:
		r := e.roles[parts[1]]
		switch parts[2] {
		case "role-id":
			return &fakeAnswer{data: map[string]any{"role_id": r.id}}
		case "secret-id":
			id, s := randomID(""), &secretID{uses: -1}
			if n, ok := r.in["secret_id_num_uses"].(json.Number); ok {
				v, _ := n.Int64()
				s.uses = int(v)
			}
			if ttl := (&fakeCall{in: r.in}).duration("secret_id_ttl"); ttl > 0 {
				s.expires = time.Now().Add(ttl)
			}
			r.secrets[id] = s
			return f.wrapped(c, map[string]any{"secret_id": id, "secret_id_accessor": randomID(""), "secret_id_ttl": 0, "secret_id_num_uses": 0})
		}
	}
	return failWith(http.StatusNotFound, "unsupported path")
}

// login answers a login of any method.
func (f *fake) login(c *fakeCall) *fakeAnswer {
	e := f.route(c)
	if e == nil {
		return failWith(http.StatusForbidden, "permission denied")
	}
	var r *fakeRole
	switch e.kind {
	case "approle":
		for _, known := range e.roles {
			if known.id == c.text("role_id") {
				r = known
			}
		}
		if r == nil || !r.use(c.text("secret_id")) {
			return failWith(http.StatusBadRequest, "invalid role or secret ID")
		}
	case "jwt":
		if r = e.roles[c.text("role")]; r == nil {
			return failWith(http.StatusBadRequest, fmt.Sprintf("role %q could not be found", c.text("role")))
		}
		sub, ok := verifyES256(e.config["jwt_validation_pubkeys"], c.text("jwt"))
		if want, _ := r.in["bound_subject"].(string); !ok || want != "" && sub != want {
			return failWith(http.StatusBadRequest, "error validating token")
		}
	case "kubernetes":
		if r = e.roles[c.text("role")]; r == nil {
			return failWith(http.StatusBadRequest, "invalid role name")
		}
		host, _ := e.config["kubernetes_host"].(string)
		user, ok := reviewToken(host, c.text("jwt"))
		names := (&fakeCall{in: r.in}).list("bound_service_account_names")
		if parts := strings.Split(user, ":"); !ok || len(parts) != 4 || !slices.Contains(names, parts[3]) {
			return denied
		}
	case "cert":
		if r = certRole(e, c); r == nil {
			return failWith(http.StatusBadRequest, "invalid certificate or no client certificate supplied")
		}
	default:
		return failWith(http.StatusNotFound, "unsupported path")
	}
	id, t := f.issue(r)
	return &fakeAnswer{auth: t.authAnswer(id, t.ttl)}
}

// use takes a secret id, once more.
func (r *fakeRole) use(id string) bool {
	s := r.secrets[id]
	if s == nil || !s.expires.IsZero() && !time.Now().Before(s.expires) {
		return false
	}
	if s.uses > 0 {
		if s.uses--; s.uses == 0 {
			delete(r.secrets, id)
		}
	}
	return true
}

// verifyES256 checks a JWT's signature and time, and returns its subject.
func verifyES256(keys any, jwt string) (sub string, ok bool) {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return "", false
	}
	sig, err1 := base64.RawURLEncoding.DecodeString(parts[2])
	body, err2 := base64.RawURLEncoding.DecodeString(parts[1])
	if err1 != nil || err2 != nil || len(sig) != 64 {
		return "", false
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	good := false
	for _, k := range (&fakeCall{in: map[string]any{"k": keys}}).list("k") {
		block, _ := pem.Decode([]byte(k))
		if block == nil {
			continue
		}
		pub, err := x509.ParsePKIXPublicKey(block.Bytes)
		if ec, isEC := pub.(*ecdsa.PublicKey); err == nil && isEC {
			good = good || ecdsa.Verify(ec, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:]))
		}
	}
	var claims struct {
		Sub string `json:"sub"`
		Exp int64  `json:"exp"`
	}
	err := json.Unmarshal(body, &claims)
	return claims.Sub, good && err == nil && time.Now().Unix() < claims.Exp
}

// reviewToken asks a Kubernetes API server whose token it is.
func reviewToken(host, jwt string) (user string, ok bool) {
	body, _ := json.Marshal(map[string]any{"kind": "TokenReview", "spec": map[string]any{"token": jwt}})
	resp, err := http.Post(host+"/apis/authentication.k8s.io/v1/tokenreviews", "application/json", bytes.NewReader(body))
	if err != nil {
		return "", false
	}
	defer resp.Body.Close()
	var out struct {
		Status struct {
			Authenticated bool
			User          struct{ Username string }
		}
	}
	err = json.NewDecoder(resp.Body).Decode(&out)
	return out.Status.User.Username, err == nil && out.Status.Authenticated
}

// certRole finds the role that trusts who signed the caller's certificate.
func certRole(e *engine, c *fakeCall) *fakeRole {
	if c.http.TLS == nil || len(c.http.TLS.PeerCertificates) == 0 {
		return nil
	}
	for name, r := range e.roles {
		if want := c.text("name"); want != "" && want != name {
			continue
		}
		pool := x509.NewCertPool()
		text, _ := r.in["certificate"].(string)
		pool.AppendCertsFromPEM([]byte(text))
		if _, err := c.http.TLS.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err == nil {
			return r
		}
	}
	return nil
}
