package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/vault"
)

// What doctor takes for too much or too little.
const (
	skewWarn  = 30 * time.Second
	skewFail  = 5 * time.Minute // certificates, JWTs and leases begin to fail
	certWarn  = 14 * 24 * time.Hour
	tokenWarn = time.Hour // of a token that cannot be renewed
	keyOld    = 366 * 24 * time.Hour

	leastVersions = 3 // of a keyring, that KV is to keep
)

// examineVault goes from the outside in, and stops where nothing further in can be reached.
func (d *doctor) examineVault(ctx context.Context) {
	place, err := placeInVault(d.config)
	if err != nil {
		d.problem(checkFail, "address", err.Error(), "")
		return
	}
	key, folder, opts, err := vaultOptions(d.config)
	if err != nil {
		d.problem(checkFail, "address", err.Error(), "")
		return
	}
	e, err := vault.Examine(key, folder, opts)
	if err != nil {
		d.problem(checkFail, "address", err.Error(), "")
		return
	}
	defer e.Close()
	if key.Scheme == "hcvault" {
		d.ok("address", "https://%s", key.Host)
	} else {
		d.problem(checkWarn, "address", "http://"+key.Host+", in clear on this machine", "well for a Vault Agent or a trial; else use hcvault://, which means https")
	}
	if !d.health(ctx, e) {
		return
	}
	if err := e.Login(ctx); err != nil {
		d.problem(checkFail, "login", err.Error(), "")
		return
	}
	if !d.token(ctx, e) {
		return
	}
	d.rights(ctx, e, place)
	info := d.transitKey(ctx, e, place)
	d.selfTest(ctx, e, place)
	engine := d.kv(ctx, e, place)
	d.vaultKeyring(ctx, e, place, info, engine)
}

func (d *doctor) health(ctx context.Context, e *vault.Examiner) bool {
	h, err := e.Health(ctx)
	if err != nil {
		d.problem(checkFail, "health", err.Error(), "is the address in key.vault.uri right, Vault running, and nothing between that blocks or rewrites?")
		return false
	}
	if h.TLS != "" {
		switch left := h.CertExpires.Sub(d.now); {
		case left < certWarn:
			d.problem(checkWarn, "certificate", fmt.Sprintf("%s; it expires on %s", h.TLS, h.CertExpires.Format(time.DateOnly)), "have it renewed: without a valid one nothing starts")
		default:
			d.ok("certificate", "%s, verified, until %s", h.TLS, h.CertExpires.Format(time.DateOnly))
		}
	}
	switch {
	case !h.Initialized:
		d.problem(checkFail, "health", "Vault "+h.Version+" is not initialized", "vault operator init")
		return false
	case h.Sealed:
		d.problem(checkFail, "health", "Vault "+h.Version+" is sealed", "vault operator unseal; a running mcpveil goes on with the keys it has, for a day")
		return false
	case h.Standby:
		d.ok("health", "Vault %s, unsealed, a standby", h.Version)
	default:
		d.ok("health", "Vault %s, unsealed, active", h.Version)
	}
	switch skew := h.Skew.Abs(); {
	case skew >= skewFail:
		d.problem(checkFail, "clock", fmt.Sprintf("Vault's clock and this one are %v apart", skew), "have both keep time by NTP: logins and certificates depend on it, and waits of a rotation")
	case skew >= skewWarn:
		d.problem(checkWarn, "clock", fmt.Sprintf("Vault's clock and this one are %v apart", skew), "have both keep time by NTP")
	default:
		d.ok("clock", "agrees with Vault's to within %v", max(skew, time.Second))
	}
	return true
}

func (d *doctor) token(ctx context.Context, e *vault.Examiner) bool {
	t, err := e.Token(ctx)
	if errors.Is(err, kms.ErrDenied) {
		d.problem(checkSkip, "token", "may not look at itself, or is not valid", "give it the policy that mcpveil keys export-policy prints; the next checks tell which it is")
		return true
	}
	if err != nil {
		d.problem(checkFail, "token", err.Error(), "")
		return false
	}
	life := "does not expire"
	switch {
	case t.Period > 0:
		life = fmt.Sprintf("%v left, renewed for ever, by %v", t.TTL, t.Period)
	case t.TTL > 0 && t.Renewable:
		life = fmt.Sprintf("%v left, renewable", t.TTL)
	case t.TTL > 0:
		life = fmt.Sprintf("%v left, not renewable", t.TTL)
	}
	says := life + "; policies " + strings.Join(t.Policies, ", ")
	switch {
	case slices.Contains(t.Policies, "root"):
		d.problem(checkWarn, "token", says, "this is a root token: use one with the policy that mcpveil keys export-policy prints")
	case t.Uses > 0:
		d.problem(checkWarn, "token", fmt.Sprintf("%s; good for %d more calls", says, t.Uses), "keyrings are looked at every few minutes: use a token without a limit of uses")
	case t.TTL > 0 && !t.Renewable && t.TTL < tokenWarn && d.role == roleRuntime && d.config.Key.Vault.TokenFile == "":
		d.problem(checkWarn, "token", says, "once it ends, keys are used for a day and then nothing passes: use a login of its own, or a token_file that Vault Agent writes")
	case t.TTL == 0 && d.role == roleAdmin:
		d.problem(checkWarn, "token", says, "an administrator's token should live for minutes: vault token create -policy=mcpveil-admin -ttl=15m")
	default:
		d.ok("token", "%s", says)
	}
	return true
}

// rights compares what the token may do, path by path, with what its role needs.
func (d *doctor) rights(ctx context.Context, e *vault.Examiner, p vaultPlace) {
	grants := p.grants(d.role)
	if d.role == roleRuntime { // what it must not have
		grants = append(grants,
			grant{path: p.mount + "/keys/" + p.key}, grant{path: p.mount + "/keys/" + p.key + "/rotate"}, grant{path: p.mount + "/keys/" + p.key + "/config"})
		if p.selfTest != p.key {
			grants = append(grants, grant{path: p.mount + "/encrypt/" + p.key})
		}
	}
	var paths []string
	concrete := func(path string) string { // what a path with * is used for
		if folder, ok := strings.CutSuffix(path, "/*"); ok {
			for _, kind := range []string{"/data/", "/metadata/"} {
				if strings.HasPrefix(folder, p.kv+kind) && !strings.HasSuffix(folder, "/subjects") {
					return p.kv + kind + p.keysets(envelope.Tokens)
				}
			}
		}
		return path
	}
	for _, g := range grants {
		paths = append(paths, concrete(g.path))
	}
	may, err := e.Capabilities(ctx, paths...)
	if errors.Is(err, kms.ErrDenied) {
		d.problem(checkSkip, "rights", "the token may not ask what it may do", "its policy lacks sys/capabilities-self; a token that is not valid is denied as well")
		return
	}
	if err != nil {
		d.problem(checkFail, "rights", err.Error(), "")
		return
	}
	enough := 0
	for i, g := range grants {
		has := may[paths[i]]
		all := slices.Contains(has, "root")
		var lacks, more []string
		for _, c := range g.capabilities {
			if !all && !slices.Contains(has, c) {
				lacks = append(lacks, c)
			}
		}
		for _, c := range has {
			if c != "deny" && !slices.Contains(g.capabilities, c) {
				more = append(more, c)
			}
		}
		transit := strings.HasPrefix(g.path, p.mount+"/encrypt/")
		switch {
		case len(lacks) > 0:
			d.problem(checkFail, "rights", fmt.Sprintf("%s: lacks %s", paths[i], strings.Join(lacks, ", ")), "apply the policy again: mcpveil keys export-policy --role "+d.role)
		case all:
			enough++ // said once, of the token
		case transit && slices.Contains(has, "create"):
			d.problem(checkFail, "rights", paths[i]+": may create", `with "create" Vault makes a key where there is none, so a typing mistake wraps keyrings with a new key: take it away`)
		case len(more) > 0 && d.role == roleRuntime:
			d.problem(checkWarn, "rights", fmt.Sprintf("%s: may %s, and needs not", paths[i], strings.Join(more, ", ")), "apply the policy again, and look for another one that the token has: mcpveil keys export-policy --role "+d.role)
		default:
			enough++
		}
	}
	if enough == len(grants) {
		d.ok("rights", "%d paths, each with what it needs", len(p.grants(d.role)))
	}
}

func (d *doctor) transitKey(ctx context.Context, e *vault.Examiner, p vaultPlace) *vault.KeyInfo {
	path := p.mount + "/keys/" + p.key
	k, err := e.Key(ctx)
	switch {
	case errors.Is(err, kms.ErrDenied):
		d.add(checkSkip, "transit key", "this token may not look at "+path+", which is right for the running mcpveil; the self-test stands for it")
		return nil
	case errors.Is(err, kms.ErrNotFound):
		d.problem(checkFail, "transit key", "there is none at "+path, createKeyAdvice(p.mount, p.key))
		return nil
	case err != nil:
		d.problem(checkFail, "transit key", err.Error(), "")
		return nil
	}
	bad := func(says, advice string) { d.problem(checkFail, "transit key", path+" "+says, advice) }
	again := "a key's kind cannot be changed: create another, name it in key.vault.uri, and have mcpveil keys rewrap --from move the keyrings. " + createKeyAdvice(p.mount, p.key+"-2")
	before := len(d.found)
	if k.Type != "aes256-gcm96" {
		bad("is of type "+k.Type+", not aes256-gcm96", again)
	}
	if k.Derived {
		bad("is derived", again)
	}
	if k.Convergent {
		bad("is convergent: with it Vault uses a nonce twice", again)
	}
	if k.Exportable {
		bad("is exportable: whoever may export it has every keyring", again)
	}
	if k.PlaintextBackup {
		bad("allows a backup in plain text", again)
	}
	if k.DeletionAllowed {
		d.problem(checkWarn, "transit key", path+" may be deleted, and with it every value ever sealed", "vault write "+path+"/config deletion_allowed=false")
	}
	if age := d.now.Sub(k.Created); k.AutoRotate == 0 && !k.Created.IsZero() && age > keyOld {
		d.problem(checkWarn, "transit key", fmt.Sprintf("%s was rotated %s ago, and does not rotate by itself", path, days(age)), "vault write -f "+path+"/rotate, then mcpveil keys rewrap; or vault write "+path+"/config auto_rotate_period=2160h")
	}
	if len(d.found) == before {
		rotates := "rotated by hand"
		if k.AutoRotate > 0 {
			rotates = "rotates every " + days(k.AutoRotate)
		}
		d.ok("transit key", "%s, aes256-gcm96, not derived, convergent or exportable; version %d, %s old, %s", path, k.Latest, days(d.now.Sub(k.Created)), rotates)
	}
	return k
}

func createKeyAdvice(mount, key string) string {
	return "vault write " + mount + "/keys/" + key + " type=aes256-gcm96 exportable=false allow_plaintext_backup=false"
}

func (d *doctor) selfTest(ctx context.Context, e *vault.Examiner, p vaultPlace) {
	switch err := e.SelfTest(ctx); {
	case errors.Is(err, kms.ErrDenied):
		d.problem(checkFail, "self-test", err.Error(), "apply the policy again: mcpveil keys export-policy --role "+d.role+"; or create the key: "+createKeyAdvice(p.mount, p.selfTest))
	case err != nil:
		d.problem(checkFail, "self-test", err.Error(), "")
	default:
		d.ok("self-test", "what was wrapped comes back, with other associated data it does not, and no two are alike")
	}
}

// kv returns how the engine is configured, nil if that cannot be told.
func (d *doctor) kv(ctx context.Context, e *vault.Examiner, p vaultPlace) *vault.KVInfo {
	kv, err := e.KV(ctx)
	switch {
	case errors.Is(err, kms.ErrDenied):
		d.add(checkSkip, "KV", "this token may not look at "+p.kv+"/config, which is right for the running mcpveil")
	case errors.Is(err, kms.ErrNotFound):
		d.problem(checkFail, "KV", "there is no KV engine of version 2 at "+p.kv, "vault secrets enable -path="+p.kv+" -version=2 kv")
	case err != nil:
		d.problem(checkFail, "KV", err.Error(), "")
	case kv.MaxVersions > 0 && kv.MaxVersions < leastVersions:
		d.problem(checkWarn, "KV", fmt.Sprintf("the engine at %s keeps %d versions", p.kv, kv.MaxVersions), "keep 10, so that a mistake can be undone: vault write "+p.kv+"/config cas_required=true max_versions=10")
	case !kv.CASRequired:
		d.problem(checkWarn, "KV", "the engine at "+p.kv+" lets others write without check-and-set", "mcpveil always writes with it; for others: vault write "+p.kv+"/config cas_required=true (or, for keyrings alone, vault kv metadata put -mount="+p.kv+" -cas-required "+p.keysets(envelope.Tokens)+")")
	default:
		d.ok("KV", "the engine at %s demands check-and-set, and keeps %d versions", p.kv, cmp.Or(kv.MaxVersions, 10))
	}
	return kv
}

func (d *doctor) vaultKeyring(ctx context.Context, e *vault.Examiner, p vaultPlace, k *vault.KeyInfo, engine *vault.KVInfo) {
	key, folder, _, err := vaultOptions(d.config)
	var kek kms.KEK
	var store kms.Store
	if err == nil {
		kek, err = e.Client.Key(ctx, key)
	}
	if err == nil {
		store, err = e.Store(folder)
	}
	switch {
	case err != nil && d.worst() == checkFail: // such as the self-test, which says why
		d.problem(checkSkip, "keyring", "not looked at, since its key does not work", "")
		return
	case err != nil:
		d.problem(checkFail, "keyring", err.Error(), "")
		return
	}
	for _, name := range d.examineKeyrings(ctx, kek, store) {
		if s, err := e.Keyring(ctx, name); err == nil {
			keeps := s.MaxVersions // Vault keeps what the engine or the secret says, whichever is more
			if engine != nil {
				keeps = max(keeps, engine.MaxVersions)
			}
			switch {
			case s.MaxVersions > 0 && keeps < leastVersions:
				d.problem(checkWarn, "keyring", fmt.Sprintf("KV keeps %d versions of %s", keeps, name), "keep 10, so that a mistake can be undone: vault kv metadata put -mount="+p.kv+" -max-versions=10 "+p.top+"/"+name)
			default:
				d.ok("keyring", "%s was created %s, and changed last %s ago", name, s.Created.Format(time.DateOnly), days(d.now.Sub(s.Updated)))
			}
		}
		wrapped, _, err := store.Get(ctx, name)
		if v := wrappedUnder(wrapped); err == nil && v > 0 && k != nil {
			if v < k.Latest {
				d.problem(checkWarn, "keyring", fmt.Sprintf("%s is wrapped under version %d of the transit key, whose latest is %d", name, v, k.Latest), "mcpveil keys rewrap")
			} else {
				d.ok("keyring", "%s is wrapped under the latest version of the transit key, %d", name, v)
			}
		}
	}
}
