package vault

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/mcpveil/mcpveil/kms"
)

// Schemes are the schemes of URIs that name keys and stores in Vault: the first is over
// https, the second over plain http and to loopback only.
var Schemes = []string{scheme, schemePlain}

const (
	scheme      = "hcvault"
	schemePlain = "hcvault+http"
)

func wellFormed(u *url.URL) bool {
	return (u.Scheme == scheme || u.Scheme == schemePlain) && u.Host != "" && u.Opaque == "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

func baseURL(u *url.URL) (string, error) {
	switch {
	case !wellFormed(u):
		return "", fmt.Errorf("vault: want a URI of the form %s://HOST:PORT/MOUNT/keys/NAME", scheme)
	case u.Scheme == schemePlain && !loopback(u.Hostname()):
		return "", fmt.Errorf("vault: %s is not this machine, and plain http goes no further: use %s://, which means https", u.Host, scheme)
	case u.Scheme == schemePlain:
		return "http://" + u.Host, nil
	}
	return "https://" + u.Host, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// splitPath splits /MOUNT/middle/REST, of which MOUNT and REST may have several parts.
func splitPath(u *url.URL, middle string) (mount, rest string, err error) {
	path := strings.TrimPrefix(u.EscapedPath(), "/")
	mount, rest, ok := strings.Cut(path, "/"+middle+"/")
	if !ok || kms.CheckName(mount) != nil || kms.CheckName(rest) != nil {
		return "", "", fmt.Errorf("vault: path of URI is not /MOUNT/%s/NAME with names of A-Z, a-z, 0-9, _ and -", middle)
	}
	return mount, rest, nil
}

// expected are variables that the vault command heeds and this package does not, with what
// takes their place. Whoever set one expects to reach another Vault, by another way, or as
// somebody else than the options say.
var expected = []struct{ name, instead string }{
	{"VAULT_NAMESPACE", "namespace"},
	{"VAULT_CACERT", "ca_file"},
	{"VAULT_CACERT_BYTES", "ca_file"},
	{"VAULT_CAPATH", "ca_file"},
	{"VAULT_CLIENT_CERT", "cert_file"},
	{"VAULT_CLIENT_KEY", "key_file"},
	{"VAULT_TLS_SERVER_NAME", "server_name"},
	{"VAULT_HEADERS", ""},
	{"VAULT_HTTP_PROXY", ""},
	{"VAULT_PROXY_ADDR", ""},
	{"VAULT_AGENT_ADDR", "uri"},
	{"VAULT_SRV_LOOKUP", "uri"},
	{"VAULT_WRAP_TTL", ""},
}

// checkEnvironment refuses what is set and would be passed over in silence.
func checkEnvironment(base string, opts *Options) error {
	if opts.IgnoreEnvironment {
		return nil
	}
	const out = ": unset it for this process, or set ignore_environment"
	if v := os.Getenv("VAULT_SKIP_VERIFY"); v != "" {
		if off, err := strconv.ParseBool(v); err != nil || off {
			return errors.New("vault: VAULT_SKIP_VERIFY is set, and certificates are always verified here; the certificate of the authority that signed Vault's is named by ca_file" + out)
		}
	}
	if v := os.Getenv("VAULT_ADDR"); v != "" && strings.TrimSuffix(v, "/") != base {
		return errors.New("vault: VAULT_ADDR names another Vault than the URI does, and the URI decides" + out)
	}
	same := map[string]string{
		"VAULT_NAMESPACE": opts.Namespace, "VAULT_CACERT": opts.CAFile, "VAULT_CLIENT_CERT": opts.CertFile,
		"VAULT_CLIENT_KEY": opts.KeyFile, "VAULT_TLS_SERVER_NAME": opts.ServerName,
	}
	for _, e := range expected {
		v := os.Getenv(e.name)
		if v == "" || v == same[e.name] {
			continue
		}
		instead := "; nothing takes its place"
		if e.instead != "" {
			instead = "; " + e.instead + " takes its place"
		}
		return errors.New("vault: " + e.name + " is set and not heeded here" + instead + out)
	}
	return nil
}
