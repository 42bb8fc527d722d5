package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/internal/testenv"
)

const sealMe = `{"jsonrpc":"2.0","id":1,"result":{"a":"jane.doe@example.com"}}` + "\n"

// Nothing passes where Vault denies, fails or answers what no Vault answers, and it is said what to do.
func TestVaultThatDenies(t *testing.T) {
	t.Setenv("VAULT_TOKEN", "hvs.canary")
	for _, test := range []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{"denied", 403, `{"errors":["permission denied"]}`, "keys export-policy"},
		{"sealed", 503, `{"errors":["Vault is sealed"]}`, "unsealed"},
		{"no Vault", 200, `<html>welcome hvs.canary</html>`, "no key"},
		{"never created", 404, `{"errors":[]}`, "no key"},
	} {
		t.Run(test.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.body)
			}))
			defer srv.Close()
			conf := vaultConfig(t, strings.TrimPrefix(srv.URL, "http://"), "")
			for _, args := range [][]string{{"filter", "--direction", "to-client"}, {"stdio"}, {"keys", "status"}} {
				args = append(args, "--config", conf)
				if args[0] == "stdio" {
					args = append(args, "--", "answer", "-code", "0")
				}
				stdout, stderr, code := runIn(t.Context(), sealMe, args...)
				if code != exitTrouble || stdout != "" {
					t.Errorf("mcpveil %s exits with %d and writes %q, want %d and nothing", args[0], code, stdout, exitTrouble)
				}
				if !strings.Contains(stderr, test.want) || strings.Contains(stderr, "canary") {
					t.Errorf("mcpveil %s says %q, want it to name %q, and no token", args[0], stderr, test.want)
				}
			}
		})
	}
}

// A keyring in a real Vault is created once, on purpose; what one start seals the next opens; a token of Vault's
// that may not unwrap gets nothing.
func TestRealVault(t *testing.T) {
	addr := startVault(t)
	put := func(path, body string) map[string]any { return askVault(t, addr, path, body) }
	put("sys/mounts/transit", `{"type":"transit"}`)
	put("transit/keys/mcpveil", `{"type":"aes256-gcm96"}`)
	put("sys/mounts/kv", `{"type":"kv","options":{"version":"2"}}`)
	waitKV(t, addr)
	rules, err := os.ReadFile(filepath.Join(testenv.Root(t), "deploy", "vault-policy.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	policy, _ := json.Marshal(map[string]string{"policy": strings.ReplaceAll(string(rules), `"secret/`, `"kv/`)})
	put("sys/policies/acl/mcpveil", string(policy))
	put("sys/policies/acl/nothing", `{"policy":"path \"kv/data/mcpveil/*\" { capabilities = [\"read\"] }"}`)
	token := func(policy string) string {
		auth, _ := put("auth/token/create", `{"policies":["`+policy+`"],"no_default_policy":true}`)["auth"].(map[string]any)
		s, _ := auth["client_token"].(string)
		return s
	}
	filter := func(token, direction, stdin string, flags ...string) (stdout, stderr string, code int) {
		conf := vaultConfig(t, addr, token)
		return runIn(t.Context(), stdin, append([]string{"filter", "--direction", direction, "--config", conf}, flags...)...)
	}
	user := token("mcpveil")

	if out, err, code := filter(user, "to-client", sealMe); code != exitTrouble || out != "" || !strings.Contains(err, "mcpveil keys init") {
		t.Errorf("before create, filter exits with %d, writes %q and says %q; want it to say that the keyring must be created", code, out, err)
	}
	if out, err, code := runIn(t.Context(), "", "keys", "create", "--config", vaultConfig(t, addr, user)); code != exitTrouble {
		t.Errorf("keys create without the right exits with %d: %s%s", code, out, err)
	}
	if out, err, code := runIn(t.Context(), "", "keys", "create", "--config", vaultConfig(t, addr, "root")); code != exitOK || !strings.Contains(out, "primary") {
		t.Fatalf("keys create exits with %d: %s%s", code, out, err)
	}
	if _, err, code := runIn(t.Context(), "", "keys", "create", "--config", vaultConfig(t, addr, "root")); code != exitFound {
		t.Errorf("keys create a second time exits with %d, want %d: %s", code, exitFound, err)
	}

	sealed, errs, code := filter(user, "to-client", sealMe)
	if code != exitOK || !strings.Contains(sealed, "pii-email-1") || strings.Contains(sealed, "doe") {
		t.Fatalf("filter with the keyring in Vault exits with %d: %q %s", code, sealed, errs)
	}
	tok := regexp.MustCompile(`pii-email-1[0-9a-z]+`).FindString(sealed)
	call := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"send","arguments":{"to":"` + tok + `"}}}` + "\n"
	if out, errs, code := filter(user, "to-server", call, "--reveal", "send:EMAIL_ADDRESS@/**"); code != exitOK || !strings.Contains(out, "jane.doe@example.com") {
		t.Errorf("after a restart the token opens as %q, exit code %d: %s", out, code, errs)
	}
	if out, errs, code := filter(token("nothing"), "to-client", sealMe); code != exitTrouble || out != "" || !strings.Contains(errs, "keys export-policy") {
		t.Errorf("with a token that may not unwrap, filter exits with %d, writes %q and says %q", code, out, errs)
	}
}

// vaultConfig writes a configuration with the key in the Vault at addr, and token, if any, in a file.
func vaultConfig(t *testing.T, addr, token string) string {
	t.Helper()
	dir := t.TempDir()
	yaml := "version: 1\nkey:\n  vault:\n    uri: hcvault+http://" + addr + "/transit/keys/mcpveil\n    kv_mount: kv\n    timeout: 5s\n"
	if token != "" {
		yaml += "    token_file: token\n" // relative to the configuration
		if err := os.WriteFile(filepath.Join(dir, "token"), []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "mcpveil.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func startVault(t *testing.T) (addr string) {
	t.Helper()
	cmd := exec.Command(testenv.Tool(t, "vaultd"), "-listen", "127.0.0.1:0")
	var out testenv.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 6000 { // two minutes
		if addr = regexp.MustCompile(`127\.0\.0\.1:[1-9][0-9]*`).FindString(out.String()); addr != "" {
			return addr
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("vaultd does not say where it listens: %s", out.String())
	return ""
}

// waitKV waits until the engine at kv is ready: a new one is busy for a moment.
func waitKV(t *testing.T, addr string) {
	t.Helper()
	status := ""
	for range 6000 { // two minutes
		req, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+addr+"/v1/kv/data/none", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Vault-Token", "root")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if status = res.Status; res.StatusCode == http.StatusNotFound {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("the KV engine is not ready: %s", status)
}

func askVault(t *testing.T, addr, path, body string) map[string]any {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+addr+"/v1/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Vault-Token", "root")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		t.Fatalf("Vault answers %s to %s: %s", res.Status, path, bytes.TrimSpace(raw))
	}
	answer := map[string]any{}
	_ = json.Unmarshal(raw, &answer) // most answers are empty
	return answer
}
