package vault

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/mcpveil/mcpveil/kms"
)

// NOTE. This file is for those who look after a Vault, not for the path of a message: it asks Vault
// about itself, its token and the engines that a key and a store are in. Each question needs rights
// of its own, which a sidecar's token need not have: then it fails with kms.ErrDenied.

// An Examiner asks a Vault about the key and the store that Open and OpenStore would open.
type Examiner struct {
	*Client
	mount, key      string // of the transit key
	kvMount, prefix string // of the keyrings
}

// Examine returns an examiner of the Vault with that key and store. It asks nothing yet.
func Examine(key, store *url.URL, opts *Options) (*Examiner, error) {
	c, err := New(key, opts)
	if err != nil {
		return nil, err
	}
	mount, name, err := c.path(key, "keys")
	if err != nil {
		return nil, err
	}
	kvMount, prefix, err := c.path(store, "data")
	if err != nil {
		return nil, err
	}
	if !kms.CheckPart(name) {
		return nil, fmt.Errorf("vault: name of key in URI has more than one part")
	}
	return &Examiner{Client: c, mount: mount, key: name, kvMount: kvMount, prefix: prefix}, nil
}

// A Health is what a Vault says of itself to anyone.
type Health struct {
	Initialized, Sealed, Standby bool

	Version     string
	TLS         string        // version of TLS; "" over plain http
	CertExpires time.Time     // of its certificate
	Skew        time.Duration // how far its clock is ahead of ours, to a second; a network's delay is in it
}

// Health asks how Vault is. It sends no token.
func (e *Examiner) Health(ctx context.Context) (*Health, error) {
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	req := e.api.NewRequest(http.MethodGet, "/v1/sys/health")
	req.ClientToken = ""
	req.Headers.Del("X-Vault-Namespace") // it is the server's, not a namespace's
	req.Params = url.Values{"standbyok": {"true"}, "perfstandbyok": {"true"}, "sealedcode": {"200"}, "uninitcode": {"200"}}
	asked := time.Now()
	resp, err := e.api.RawRequestWithContext(ctx, req)
	if resp == nil {
		return nil, e.noAnswer(ctx, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("vault: %s answers %d to sys/health: is it a Vault?", e.addr, resp.StatusCode)
	}
	var body struct {
		Initialized, Sealed, Standby bool
		Version                      string
	}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || body.Version == "" {
		return nil, fmt.Errorf("vault: %s does not answer sys/health as a Vault does", e.addr)
	}
	h := &Health{Initialized: body.Initialized, Sealed: body.Sealed, Standby: body.Standby, Version: body.Version}
	if s := resp.TLS; s != nil {
		h.TLS = tls.VersionName(s.Version)
		if len(s.PeerCertificates) > 0 {
			h.CertExpires = s.PeerCertificates[0].NotAfter
		}
	}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		// The header has whole seconds, cut off: the middle of the one it names.
		h.Skew = date.Add(500 * time.Millisecond).Sub(asked).Round(time.Second)
	}
	return h, nil
}

// A TokenInfo is what may be known of the token at hand, which is not in it.
type TokenInfo struct {
	Policies  []string
	TTL       time.Duration // that is left; 0 if it does not expire
	Period    time.Duration // if it is renewed for ever
	MaxTTL    time.Duration // explicit; 0 if none
	Renewable bool
	Uses      int64  // that are left; 0 if there is no limit
	Type      string // service or batch
}

// Token asks about the token at hand.
func (e *Examiner) Token(ctx context.Context) (*TokenInfo, error) {
	a, err := e.read(ctx, "auth/token/lookup-self")
	if err != nil {
		return nil, err
	}
	t := &TokenInfo{
		TTL: a.seconds("ttl"), Period: a.seconds("period"), MaxTTL: a.seconds("explicit_max_ttl"),
		Renewable: a.flag("renewable"), Uses: a.number("num_uses"),
	}
	t.Type, _ = a.data["type"].(string)
	t.Policies = append(a.texts("policies"), a.texts("identity_policies")...)
	slices.Sort(t.Policies)
	t.Policies = slices.Compact(t.Policies)
	return t, nil
}

// Capabilities asks what the token may do at each of paths.
func (e *Examiner) Capabilities(ctx context.Context, paths ...string) (map[string][]string, error) {
	const path = "sys/capabilities-self"
	a, err := e.ask(ctx, &request{path: path, capability: "update", in: map[string]any{"paths": paths}})
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return nil, e.unexpected(a, path)
	}
	may := map[string][]string{}
	for _, p := range paths {
		may[p] = a.texts(p)
		slices.Sort(may[p])
	}
	return may, nil
}

// A KeyInfo is what a transit key is.
type KeyInfo struct {
	Type string

	Derived, Convergent, Exportable, PlaintextBackup, DeletionAllowed bool

	Latest, MinDecryption, MinEncryption int64
	Created                              time.Time // its latest version
	AutoRotate                           time.Duration
}

// Key asks about the transit key.
func (e *Examiner) Key(ctx context.Context) (*KeyInfo, error) {
	a, err := e.read(ctx, e.mount+"/keys/"+e.key)
	if err != nil {
		return nil, err
	}
	k := &KeyInfo{
		Derived: a.flag("derived"), Convergent: a.flag("convergent_encryption"), Exportable: a.flag("exportable"),
		PlaintextBackup: a.flag("allow_plaintext_backup"), DeletionAllowed: a.flag("deletion_allowed"),
		Latest: a.number("latest_version"), MinDecryption: a.number("min_decryption_version"), MinEncryption: a.number("min_encryption_version"),
		AutoRotate: a.seconds("auto_rotate_period"),
	}
	k.Type, _ = a.data["type"].(string)
	if versions, ok := a.data["keys"].(map[string]any); ok {
		if at, ok := versions[strconv.FormatInt(k.Latest, 10)].(json.Number); ok {
			if s, err := at.Int64(); err == nil {
				k.Created = time.Unix(s, 0)
			}
		}
	}
	return k, nil
}

// A KVInfo is how a KV engine, or one secret in it, is configured.
type KVInfo struct {
	CASRequired bool
	MaxVersions int64 // 0 if nothing is said, which in the end means 10

	Epoch            int64     // version of a secret
	Versions         int       // how many versions of it are kept
	Created, Updated time.Time // a secret
}

// KV asks how the KV engine is configured.
func (e *Examiner) KV(ctx context.Context) (*KVInfo, error) {
	a, err := e.read(ctx, e.kvMount+"/config")
	if err != nil {
		return nil, err
	}
	return &KVInfo{CASRequired: a.flag("cas_required"), MaxVersions: a.number("max_versions")}, nil
}

// Keyring asks about the secret that a keyring of the store is in.
func (e *Examiner) Keyring(ctx context.Context, name string) (*KVInfo, error) {
	if err := kms.CheckName(name); err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	a, err := e.read(ctx, e.kvMount+"/metadata/"+e.prefix+"/"+name)
	if err != nil {
		return nil, err
	}
	versions, _ := a.data["versions"].(map[string]any)
	return &KVInfo{
		CASRequired: a.flag("cas_required"), MaxVersions: a.number("max_versions"),
		Epoch: a.number("current_version"), Versions: len(versions),
		Created: a.time("created_time"), Updated: a.time("updated_time"),
	}, nil
}

// SelfTest has the key prove what [Open] has it prove.
func (e *Examiner) SelfTest(ctx context.Context) error {
	return e.prove(ctx, e.mount, e.key)
}

// read asks for path, which must be there.
func (e *Examiner) read(ctx context.Context, path string) (*answer, error) {
	a, err := e.ask(ctx, &request{path: path, capability: "read"})
	if err != nil {
		return nil, err
	}
	switch a.status {
	case http.StatusOK:
		return a, nil
	case http.StatusNotFound:
		return nil, fmt.Errorf("vault: %s has nothing at %s: %w", e.addr, path, kms.ErrNotFound)
	}
	return nil, e.unexpected(a, path)
}

func (a *answer) flag(name string) bool {
	b, _ := a.data[name].(bool)
	return b
}

func (a *answer) number(name string) int64 {
	n, _ := a.data[name].(json.Number)
	i, _ := n.Int64()
	return i
}

func (a *answer) seconds(name string) time.Duration {
	return time.Duration(a.number(name)) * time.Second
}

func (a *answer) time(name string) time.Time {
	s, _ := a.data[name].(string)
	t, _ := time.Parse(time.RFC3339Nano, s)
	return t
}

func (a *answer) texts(name string) []string {
	list, _ := a.data[name].([]any)
	var texts []string
	for _, v := range list {
		if s, ok := v.(string); ok {
			texts = append(texts, s)
		}
	}
	return texts
}
