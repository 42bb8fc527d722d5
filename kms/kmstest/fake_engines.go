package kmstest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A transitKey is a key of the transit engine. Of the kinds, only those with an
// AEAD do anything.
type transitKey struct {
	kind                string
	derived, convergent bool
	versions            []cipher.AEAD
	minDecryption       int
}

func newTransitKey(kind string) *transitKey {
	k := &transitKey{kind: kind, minDecryption: 1}
	k.rotate()
	return k
}

func (k *transitKey) rotate() {
	key := make([]byte, 32)
	rand.Read(key)
	b, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(b)
	if err != nil {
		panic(err)
	}
	k.versions = append(k.versions, aead)
}

func (k *transitKey) symmetric() bool {
	return k.kind == "aes256-gcm96" || k.kind == "aes128-gcm96" || k.kind == "chacha20-poly1305"
}

func (f *fake) transit(c *fakeCall, e *engine) *fakeAnswer {
	verb, name, _ := strings.Cut(c.rest, "/")
	name, action, _ := strings.Cut(name, "/")
	k := e.keys[name]
	switch {
	case verb == "keys" && action == "" && c.op == "write":
		if k == nil {
			kind := c.text("type")
			if kind == "" {
				kind = "aes256-gcm96"
			}
			k = newTransitKey(kind)
			k.derived, _ = c.in["derived"].(bool)
			k.convergent, _ = c.in["convergent_encryption"].(bool)
			e.keys[name] = k
		}
		return k.info(name)
	case verb == "encrypt" && c.op == "write" && k == nil: // upsert, for who has the right to create
		k = newTransitKey("aes256-gcm96")
		e.keys[name] = k
	case k == nil && verb == "keys":
		return absent
	case k == nil:
		return failWith(http.StatusBadRequest, "encryption key not found")
	}
	switch {
	case verb == "keys" && action == "" && c.op == "read":
		return k.info(name)
	case verb == "keys" && action == "" && c.op == "delete":
		return failWith(http.StatusBadRequest, "error deleting policy "+name+": deletion is not allowed for this key")
	case verb == "keys" && action == "rotate":
		k.rotate()
		return k.info(name)
	case verb == "keys" && action == "config":
		if n, ok := c.in["min_decryption_version"].(json.Number); ok {
			v, _ := n.Int64()
			k.minDecryption = int(v)
		}
		return k.info(name)
	case verb == "encrypt" && c.op == "write":
		return k.encrypt(c)
	case verb == "decrypt" && c.op == "write":
		return k.decrypt(c)
	}
	return failWith(http.StatusNotFound, "unsupported path")
}

func (k *transitKey) info(name string) *fakeAnswer {
	return &fakeAnswer{data: map[string]any{
		"name": name, "type": k.kind, "derived": k.derived, "convergent_encryption": k.convergent, "exportable": false,
		"allow_plaintext_backup": false, "deletion_allowed": false, "latest_version": len(k.versions),
		"min_decryption_version": k.minDecryption, "min_encryption_version": 0, "auto_rotate_period": 0,
		"keys": map[string]any{strconv.Itoa(len(k.versions)): time.Now().Unix()},
	}}
}

const missingContext = "missing 'context' for key derivation; the key was created using a derived key, which means additional, per-request information must be included in order to perform operations with the key"

func (k *transitKey) input(c *fakeCall, member string, known ...string) (in, ad []byte, warnings []string, bad *fakeAnswer) {
	warnings = c.unknown(append(known, member, "associated_data", "context", "batch_input", "key_version", "type")...)
	ad, err := base64.StdEncoding.DecodeString(c.text("associated_data"))
	if err != nil {
		return nil, nil, nil, failWith(http.StatusBadRequest, "failed to base64-decode associated_data")
	}
	switch {
	case !k.symmetric():
		return nil, nil, nil, failWith(http.StatusBadRequest, "key type "+k.kind+" does not support this")
	case k.derived && c.text("context") == "":
		return nil, nil, nil, failWith(http.StatusBadRequest, missingContext)
	}
	return []byte(c.text(member)), ad, warnings, nil
}

func (k *transitKey) encrypt(c *fakeCall) *fakeAnswer {
	in, ad, warnings, bad := k.input(c, "plaintext", "nonce", "convergent_encryption", "partial_failure_response_code")
	if bad != nil {
		return bad
	}
	plaintext, err := base64.StdEncoding.DecodeString(string(in))
	if _, ok := c.in["plaintext"]; !ok || err != nil {
		return failWith(http.StatusBadRequest, "failed to base64-decode plaintext")
	}
	n := len(k.versions)
	out := k.versions[n-1].Seal(nil, nil, plaintext, ad)
	return &fakeAnswer{warnings: warnings, data: map[string]any{"key_version": n, "ciphertext": fmt.Sprintf("vault:v%d:%s", n, base64.StdEncoding.EncodeToString(out))}}
}

func (k *transitKey) decrypt(c *fakeCall) *fakeAnswer {
	rest, ok := strings.CutPrefix(c.text("ciphertext"), "vault:v")
	num, text, ok2 := strings.Cut(rest, ":")
	n, err := strconv.Atoi(num)
	switch { // before it looks at the kind of key
	case !ok || !ok2 || err != nil:
		return failWith(http.StatusBadRequest, "invalid ciphertext: no prefix")
	case n > len(k.versions):
		return failWith(http.StatusBadRequest, "invalid ciphertext: version is too new")
	case n < k.minDecryption || n < 1:
		return failWith(http.StatusBadRequest, "ciphertext or signature version is disallowed by policy (too old)")
	}
	_, ad, warnings, bad := k.input(c, "ciphertext", "nonce", "partial_failure_response_code")
	if bad != nil {
		return bad
	}
	ct, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return failWith(http.StatusBadRequest, "invalid ciphertext: could not decode base64")
	}
	plaintext, err := k.versions[n-1].Open(nil, nil, ct, ad)
	if err != nil {
		return failWith(http.StatusBadRequest, "cipher: message authentication failed")
	}
	return &fakeAnswer{warnings: warnings, data: map[string]any{"plaintext": base64.StdEncoding.EncodeToString(plaintext)}}
}

// A kvSecret is a secret of a KV engine of version 2.
type kvSecret struct{ versions []*kvVersion }

type kvVersion struct {
	data    map[string]any
	created time.Time
	deleted time.Time
}

func (s *kvSecret) absent() bool { return s == nil || len(s.versions) == 0 }

func (v *kvVersion) metadata(n int) map[string]any {
	m := map[string]any{"version": n, "created_time": v.created.Format(time.RFC3339Nano), "deletion_time": "", "destroyed": false, "custom_metadata": nil}
	if !v.deleted.IsZero() {
		m["deletion_time"] = v.deleted.Format(time.RFC3339Nano)
	}
	return m
}

func (f *fake) kv(c *fakeCall, e *engine) *fakeAnswer {
	if e.version == 1 {
		if c.op == "write" {
			return nothing
		}
		return absent
	}
	verb, name, _ := strings.Cut(c.rest, "/")
	s := e.secrets[name]
	switch {
	case verb == "config" && c.op == "read":
		return &fakeAnswer{data: map[string]any{"cas_required": false, "max_versions": 0, "delete_version_after": "0s"}}
	case verb == "data" && c.op == "write":
		return f.kvPut(c, e, name)
	case verb == "metadata" && c.op == "list":
		return e.list(name)
	case verb == "metadata" && c.op == "delete":
		delete(e.secrets, name)
		return nothing
	case s.absent() && c.op == "delete":
		return nothing
	case s.absent():
		return absent
	}
	n := len(s.versions)
	last := s.versions[n-1]
	switch {
	case verb == "data" && c.op == "read":
		a := &fakeAnswer{data: map[string]any{"data": last.data, "metadata": last.metadata(n)}}
		if !last.deleted.IsZero() {
			a.status, a.data["data"] = http.StatusNotFound, nil
		}
		return a
	case verb == "data" && c.op == "delete":
		last.deleted = time.Now()
		return nothing
	case verb == "metadata" && c.op == "read":
		versions := map[string]any{}
		for i, v := range s.versions {
			versions[strconv.Itoa(i+1)] = v.metadata(i + 1)
		}
		return &fakeAnswer{data: map[string]any{"current_version": n, "oldest_version": 1, "max_versions": 0, "cas_required": false,
			"created_time": s.versions[0].created.Format(time.RFC3339Nano), "updated_time": last.created.Format(time.RFC3339Nano), "versions": versions}}
	}
	return failWith(http.StatusNotFound, "unsupported path")
}

func (f *fake) kvPut(c *fakeCall, e *engine, name string) *fakeAnswer {
	data, ok := c.in["data"].(map[string]any)
	if !ok {
		return failWith(http.StatusBadRequest, "no data provided")
	}
	s := e.secrets[name]
	if s == nil {
		s = new(kvSecret)
	}
	options, _ := c.in["options"].(map[string]any)
	if cas, ok := options["cas"].(json.Number); ok && cas.String() != strconv.Itoa(len(s.versions)) {
		return failWith(http.StatusBadRequest, "check-and-set parameter did not match the current version")
	}
	s.versions = append(s.versions, &kvVersion{data: data, created: time.Now()})
	e.secrets[name] = s
	return &fakeAnswer{data: s.versions[len(s.versions)-1].metadata(len(s.versions))}
}

func (e *engine) list(folder string) *fakeAnswer {
	var keys []string
	for name := range e.secrets {
		rest, ok := strings.CutPrefix(name, strings.TrimSuffix(folder, "/")+"/")
		if folder == "" {
			rest, ok = name, true
		}
		if !ok {
			continue
		}
		first, _, deeper := strings.Cut(rest, "/")
		if deeper {
			first += "/"
		}
		keys = append(keys, first)
	}
	if keys == nil {
		return absent
	}
	slices.Sort(keys)
	return &fakeAnswer{data: map[string]any{"keys": slices.Compact(keys)}}
}
