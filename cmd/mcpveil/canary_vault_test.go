package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// A hostileVault answers in the ways that a Vault, or what stands in front of it, fails in, and repeats in each answer all
// that it was sent and gave out.
type hostileVault struct {
	mode   string // how it fails
	logins bool   // let logins succeed and fail afterwards
	issued string // token
}

func (h *hostileVault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	echo := fmt.Sprintf("%s %s %v %s %s", r.Method, r.URL, r.Header, body, h.issued)
	if h.logins && strings.HasSuffix(r.URL.Path, "/login") {
		_ = json.NewEncoder(w).Encode(map[string]any{"auth": map[string]any{"client_token": h.issued, "lease_duration": 3600, "renewable": true}})
		return
	}
	say := func(status int, v any) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	switch h.mode {
	case "400", "403", "429", "503":
		var status int
		_, _ = fmt.Sscan(h.mode, &status)
		say(status, map[string]any{"errors": []string{echo}})
	case "page":
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		fmt.Fprint(w, echo)
	case "warnings":
		say(200, map[string]any{"warnings": []string{echo}, "data": map[string]any{"plaintext": echo, "ciphertext": echo}})
	case "types":
		say(200, map[string]any{"data": map[string]any{"plaintext": []string{echo}, "ciphertext": echo, "data": map[string]any{"keyset": echo}, "keys": echo}, "auth": echo})
	case "cut":
		w.Header().Set("Content-Length", "9999999")
		fmt.Fprint(w, `{"data":{"plaintext":"`+echo)
	case "redirect":
		http.Redirect(w, r, "http://vault.invalid/"+h.issued+"?"+h.issued, http.StatusTemporaryRedirect)
	}
}

var hostileModes = []string{"400", "403", "429", "503", "page", "warnings", "types", "cut", "redirect"}

// Whatever a Vault does, neither the secrets that mcpveil logs in with, nor the token that it got, nor keys turn up in what its
// commands say.
func TestCanaryVault(t *testing.T) {
	dir := t.TempDir()
	secrets := map[string]string{}
	secret := func(name string) string {
		secrets[name] = rand.Text() + rand.Text()
		return secrets[name]
	}
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	issued := "hvs." + secret("issued token")
	jwt := func(name string) string {
		part := base64.RawURLEncoding.EncodeToString([]byte(`{"exp":4102444800,"sub":"` + secret(name) + `"}`))
		secrets[name+" in base64"] = part[12:40]
		return "eyJhbGciOiJSUzI1NiJ9." + part + "." + secret(name+"'s signature")
	}
	t.Setenv("VAULT_TOKEN", "hvs."+secret("token in the environment"))
	logins := map[string]string{
		"environment": "",
		"token file":  "    token_file: " + file("token", "hvs."+secret("token in a file")) + "\n",
		"approle":     "    login: {approle: {role_id_file: " + file("role", secret("role id")) + ", secret_id_file: " + file("secretid", secret("secret id")) + "}}\n",
		"wrapped":     "    login: {approle: {role_id: role, wrapped: true, role_name: sidecar, secret_id_file: " + file("wrapped", "hvs."+secret("wrapping token")) + "}}\n",
		"kubernetes":  "    login: {kubernetes: {role: sidecar, token_file: " + file("k8s", jwt("service account's token")) + "}}\n",
		"jwt":         "    login: {jwt: {role: sidecar, token_file: " + file("jwt", jwt("workload's token")) + "}}\n",
		"agent":       "    login: {agent: {}}\n",
	}
	keyset := secret("clear keyset")
	var runs sync.WaitGroup
	slots, done := make(chan bool, 100), atomic.Int64{}
	// They wait for the Vault more than they work: all at once.
	check := func(what, stdin string, args ...string) {
		runs.Go(func() {
			slots <- true
			defer func() { <-slots }()
			stdout, stderr, code := runIn(t.Context(), stdin, args...)
			done.Add(1)
			text := stdout + stderr
			if code == exitOK || text == "" {
				t.Errorf("%s: mcpveil %s ends with %d and says %q", what, strings.Join(args, " "), code, text)
			}
			for name, value := range secrets {
				if strings.Contains(text, value) || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(value))) {
					t.Errorf("%s: mcpveil %s says the %s:\n%s", what, strings.Join(args, " "), name, text)
				}
			}
		})
	}
	for _, mode := range hostileModes {
		for _, succeed := range []bool{false, true} {
			srv := httptest.NewServer(&hostileVault{mode: mode, logins: succeed, issued: issued})
			defer srv.Close()
			for name, lines := range logins {
				if _, loginless := map[string]bool{"environment": true, "token file": true, "agent": true}[name]; succeed && loginless {
					continue
				}
				what := fmt.Sprintf("%s, %s, logins succeed: %t", name, mode, succeed)
				conf := file(strings.ReplaceAll(what, " ", "")+".yaml", "version: 1\npacks: [core]\nkey:\n  vault:\n    uri: hcvault+"+srv.URL+"/transit/keys/kek\n    timeout: 1s\n"+lines)
				check(what, "", "keys", "status", "--config", conf)
				if name != "approle" {
					continue
				}
				check(what, "", "keys", "doctor", "--config", conf)
				check(what, "", "keys", "list", "--config", conf)
				check(what, "", "keys", "rewrap", "--config", conf)
				check(what, keyset, "keys", "import", "--config", conf)
			}
		}
	}
	runs.Wait()
	if n := done.Load(); n != int64(len(hostileModes)*(len(logins)+4+len(logins)-3+4)) {
		t.Errorf("%d runs", n)
	}
}
