package vault_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/kmstest"
	"github.com/mcpveil/mcpveil/kms/vault"
)

// An authority signs certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	a.cert, a.key, a.pem = a.issue(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature})
	return a
}

func selfSigned(t *testing.T) string { return string(newAuthority(t).pem) }

func (a *authority) issue(c *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey, []byte) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c.SerialNumber, _ = rand.Int(rand.Reader, big.NewInt(1<<62))
	if c.Subject.CommonName == "" {
		c.Subject = pkix.Name{CommonName: "test " + c.SerialNumber.String()}
	}
	c.NotBefore = time.Now().Add(-time.Hour)
	if c.NotAfter.IsZero() {
		c.NotAfter = time.Now().Add(time.Hour)
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// server returns a certificate for names.
func (a *authority) server(notAfter time.Time, names ...string) tls.Certificate {
	c := &x509.Certificate{DNSNames: names, NotAfter: notAfter, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		}
	}
	cert, key, _ := a.issue(c)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

// client writes a client's certificate and key over those files.
func (a *authority) client(certFile, keyFile, name string) {
	a.t.Helper()
	_, key, text := a.issue(&x509.Certificate{Subject: pkix.Name{CommonName: name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	write(a.t, certFile, text)
	write(a.t, keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestCertLogin: a client's certificate lets in, and one that replaces it is taken.
func TestCertLogin(t *testing.T) {
	for name, start := range map[string]func(testing.TB) *kmstest.Vault{"vault": kmstest.StartVaultTLS, "fake": kmstest.FakeVaultTLS} {
		t.Run(name, func(t *testing.T) {
			v := start(t)
			grantPolicy(v)
			ca, dir := newAuthority(t), t.TempDir()
			certFile, keyFile := filepath.Join(dir, "cert"), filepath.Join(dir, "key")
			v.Root("POST", "sys/auth/cert", map[string]any{"type": "cert"})
			v.Root("POST", "auth/cert/certs/mcpveil", map[string]any{"certificate": string(ca.pem), "token_policies": "sidecar", "token_ttl": "1h"})
			open := func(role string) error {
				t.Helper()
				c, err := vault.New(parse(t, v.URI()), &vault.Options{Login: &vault.Cert{Role: role}, CAFile: v.CAFile, CertFile: certFile, KeyFile: keyFile, Timeout: 10 * time.Second})
				if err != nil {
					return err
				}
				defer c.Close()
				_, err = c.Key(t.Context(), parse(t, v.KeyURI("kek")))
				return err
			}
			ca.client(certFile, keyFile, "sidecar")
			if err := open("mcpveil"); err != nil {
				t.Errorf("with a certificate: %v", err)
			}
			if err := open(""); err != nil {
				t.Errorf("with a certificate and no role: %v", err)
			}
			newAuthority(t).client(certFile, keyFile, "stranger")
			if err := open("mcpveil"); !errors.Is(err, vault.ErrLogin) || !strings.Contains(err.Error(), "cert_file") {
				t.Errorf("with a stranger's certificate: %v, want ErrLogin", err)
			}
			write(t, keyFile, []byte("canary"))
			err := open("mcpveil")
			if err == nil || !strings.Contains(err.Error(), "no pair") {
				t.Errorf("with a broken key: %v", err)
			}
			silent(t, err)
		})
	}
	if _, err := vault.New(parse(t, "hcvault://h"), &vault.Options{Login: &vault.Cert{}}); err == nil {
		t.Error("New with a Cert and no certificate = nil, want an error")
	}
	if _, err := vault.New(parse(t, "hcvault://h"), &vault.Options{CertFile: "x"}); err == nil || !strings.Contains(err.Error(), "go together") {
		t.Errorf("New with half a pair = %v", err)
	}
}

// TestCertificates (T35): an unknown authority, an expired certificate, and one for another name are
// refused; files are read again at the next connection, and half a file changes nothing.
func TestCertificates(t *testing.T) {
	v := kmstest.FakeVault(t)
	v.CreateKey("kek", nil)
	ours, theirs, clients := newAuthority(t), newAuthority(t), newAuthority(t)
	dir := t.TempDir()
	caFile, certFile, keyFile := filepath.Join(dir, "ca"), filepath.Join(dir, "cert"), filepath.Join(dir, "key")
	var shown tls.Certificate
	var saw string // the client's certificate
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		saw = ""
		if len(r.TLS.PeerCertificates) > 0 {
			saw = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		proxyTo(w, r, v.Addr)
	}))
	serverTLS := &tls.Config{ClientAuth: tls.RequestClientCert, ClientCAs: x509.NewCertPool()}
	srv.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		c := serverTLS.Clone()
		c.Certificates = []tls.Certificate{shown}
		return c, nil
	}}
	srv.Config.ErrorLog = quiet
	srv.StartTLS()
	defer srv.Close()
	uri := parse(t, strings.Replace(srv.URL, "https", "hcvault", 1)+"/transit/keys/kek")
	write(t, caFile, ours.pem)
	clients.client(certFile, keyFile, "one")
	opts := as(v.RootToken)
	opts.CAFile, opts.CertFile, opts.KeyFile = caFile, certFile, keyFile
	c, err := vault.New(uri, opts)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, cert tls.Certificate, want string) {
		t.Helper()
		shown = cert
		srv.CloseClientConnections()
		_, err := c.Key(t.Context(), uri)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", what, err)
		case want != "" && (!errors.Is(err, vault.ErrCertificate) || errors.Is(err, kms.ErrUnavailable) || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want ErrCertificate and %q", what, err, want)
		}
	}
	good := ours.server(time.Time{}, "127.0.0.1")
	try("our authority", good, "")
	if saw != "one" {
		t.Errorf("the server saw the certificate of %q, want one's", saw)
	}
	try("an unknown authority", theirs.server(time.Time{}, "127.0.0.1"), "unknown authority")
	try("expired", ours.server(time.Now().Add(-time.Minute), "127.0.0.1"), "expired")
	try("another name", ours.server(time.Time{}, "vault.internal"), "127.0.0.1")

	write(t, caFile, theirs.pem) // the authority is replaced
	clients.client(certFile, keyFile, "two")
	try("the new authority", theirs.server(time.Time{}, "127.0.0.1"), "")
	try("the old authority", good, "unknown authority")
	if saw != "two" {
		t.Errorf("the server saw the certificate of %q, want two's", saw)
	}
	write(t, caFile, theirs.pem[:20])
	write(t, certFile, nil)
	try("half a file", theirs.server(time.Time{}, "127.0.0.1"), "")

	write(t, caFile, ours.pem)
	clients.client(certFile, keyFile, "three")
	opts.ServerName = "vault.internal"
	if c, err = vault.New(uri, opts); err != nil {
		t.Fatal(err)
	}
	try("the name that was configured", ours.server(time.Time{}, "vault.internal"), "")
	try("the host's name where another was configured", good, "vault.internal")

	serverTLS.ClientAuth = tls.RequireAndVerifyClientCert // by an authority that signed nothing
	try("a server that does not take our certificate", ours.server(time.Time{}, "vault.internal"), "client's certificate")
	serverTLS.ClientAuth, serverTLS.MinVersion, serverTLS.MaxVersion = tls.NoClientCert, tls.VersionTLS10, tls.VersionTLS11
	try("TLS 1.1", ours.server(time.Time{}, "vault.internal"), "version")
}
