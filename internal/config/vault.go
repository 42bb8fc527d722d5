package config

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// vault says what is wrong with k. It reads no file and asks no Vault.
func (v *validator) vault(k *VaultKey) {
	const at = "key.vault"
	v.vaultURI(k.URI)
	v.mount(at+".kv_mount", k.KVMount)
	v.mount(at+".kv_path", k.KVPath)
	if k.Namespace != "" {
		v.mount(at+".namespace", k.Namespace)
	}
	if k.SelfTestKey != "" {
		v.check(namePattern.MatchString(k.SelfTestKey), at+".selftest_key", "want the name of a transit key: 1 to 64 letters, digits, dashes or underscores")
		v.check(!strings.HasSuffix(k.URI, "/keys/"+k.SelfTestKey), at+".selftest_key", "is the key of uri: want another key, or leave it out")
	}
	v.check((k.CertFile == "") == (k.KeyFile == ""), at, "cert_file and key_file go together, want both or none")
	v.check(k.Timeout > 0, at+".timeout", "want more than 0s")
	if strings.HasPrefix(k.URI, "hcvault+http://") {
		v.check(k.CAFile == "" && k.CertFile == "" && k.ServerName == "", at, "has certificates, and a uri of plain http, which uses none")
	}
	for i, host := range k.Redirects {
		v.check(host != "" && !strings.ContainsAny(host, "/@ *"), at+".redirects["+strconv.Itoa(i)+"]", "want HOST or HOST:PORT")
	}
	if k.Login != nil {
		v.check(k.TokenFile == "", at, "has both token_file and login, want one")
		v.login(k, k.Login)
	}
}

func (v *validator) mount(field, got string) {
	v.check(pathPattern.MatchString(got), field, "want words of letters, digits, - and _, with / between them")
}

func (v *validator) login(k *VaultKey, l *VaultLogin) {
	const at = "key.vault.login"
	ways := 0
	for _, there := range []bool{l.AppRole != nil, l.Kubernetes != nil, l.JWT != nil, l.Cert != nil, l.Agent != nil} {
		if there {
			ways++
		}
	}
	v.check(ways == 1, at, "want one of approle, kubernetes, jwt, cert or agent")
	if r := l.AppRole; r != nil {
		v.mount(at+".approle.mount", r.Mount)
		v.check((r.RoleID == "") != (r.RoleIDFile == ""), at+".approle", "want role_id or role_id_file, one of them")
		v.check(r.SecretIDFile != "", at+".approle", "want secret_id_file, the file that holds the secret id")
		v.check(r.RoleName == "" || namePattern.MatchString(r.RoleName), at+".approle.role_name", "want the name of a role")
		v.check(!r.Wrapped || r.RoleName != "", at+".approle", "a wrapped secret id needs role_name, so that one of another role is refused")
		v.check(r.Wrapped || r.RoleName == "", at+".approle.role_name", "is for a wrapped secret id alone: set wrapped, or leave it out")
	}
	if r := l.Kubernetes; r != nil {
		v.workload(at+".kubernetes", r.Mount, r.Role, r.TokenFile)
	}
	if r := l.JWT; r != nil {
		v.workload(at+".jwt", r.Mount, r.Role, r.TokenFile)
	}
	if r := l.Cert; r != nil {
		v.mount(at+".cert.mount", r.Mount)
		v.check(k.CertFile != "", at+".cert", "needs key.vault.cert_file and key_file")
	}
}

func (v *validator) workload(at, mount, role, file string) {
	v.mount(at+".mount", mount)
	v.check(role != "", at, "want role, the role to log in as")
	v.check(file != "", at, "want token_file, the file that holds the token")
}

func (v *validator) vaultURI(s string) {
	const field, form = "key.vault.uri", "hcvault://HOST[:PORT]/MOUNT/keys/NAME"
	u, err := url.Parse(s)
	switch {
	case s == "":
		v.fail(field, "is missing, want "+form)
	case err != nil:
		v.fail(field, "does not parse, want "+form)
	case u.Scheme == "hcvault+http" && !isLoopback(u.Hostname()):
		v.fail(field, "plain http is for loopback only: use hcvault://, which means https")
	case u.Scheme != "hcvault" && u.Scheme != "hcvault+http":
		v.fail(field, "want "+form)
	case u.User != nil:
		v.fail(field, "holds credentials: a token comes by token_file, login or VAULT_TOKEN")
	case u.Host == "" || u.RawQuery != "" || u.Fragment != "" || len(strings.Split(strings.Trim(u.Path, "/"), "/keys/")) != 2:
		v.fail(field, "want "+form)
	}
}

func isLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}
