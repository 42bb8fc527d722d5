package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/testenv"
)

// vaultd runs a real Vault with a transit key and a KV v2 engine, and returns the
// configuration that has mcpveil keep its keys there. kill ends it.
func vaultd(t testing.TB) (yaml string, kill func()) {
	t.Helper()
	out := new(journal)
	cmd := start(t, []string{testenv.Tool(t, "vaultd"), "-listen", "127.0.0.1:0"}, nil, out, new(journal))
	var addr string
	waitFor(t, "vaultd to say its address", func() bool {
		addr = addrRE.FindString(out.String())
		return addr != ""
	})
	ask := func(method, path, body string) int {
		req, err := http.NewRequest(method, "http://"+addr+"/v1/"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Vault-Token", "root")
		r, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		return r.StatusCode
	}
	for _, c := range []struct{ method, path, body string }{
		{"POST", "sys/mounts/transit", `{"type":"transit"}`},
		{"POST", "transit/keys/pii-kek", `{"type":"aes256-gcm96"}`},
		{"POST", "sys/mounts/kv", `{"type":"kv","options":{"version":"2"}}`},
	} {
		if status := ask(c.method, c.path, c.body); status >= 300 {
			t.Fatalf("Vault answers %d to %s", status, c.path)
		}
	}
	waitFor(t, "the KV engine, which is busy at first", func() bool { return ask("GET", "kv/data/none", "") == http.StatusNotFound })
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("root\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	yaml = fmt.Sprintf(`version: 1
key:
  vault:
    uri: hcvault+http://%s/transit/keys/pii-kek
    kv_mount: kv
    kv_path: mcpveil
    token_file: %s
    timeout: 10s
`, addr, token)
	return yaml, func() { _ = cmd.Process.Kill() }
}

// With keys in a real Vault: what one mcpveil sealed the next one opens; a Vault
// that dies stops no traffic, and lets nobody start.
func TestVault(t *testing.T) {
	yaml, kill := vaultd(t)
	dir, h, list := tempDir(t), newHome(t), people(2)
	table := customersCSV(list)
	file, back := filepath.Join(dir, "customers.csv"), filepath.Join(dir, "back.csv")
	if err := os.WriteFile(file, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	conf := config(t, yaml)
	bare := nodeServer(t, "server-filesystem", nil, dir)

	// Nothing is created at start: that is a command's, once.
	early := veiled(t, h, bare, "--config", conf)
	if _, code := runToEnd(t, early); code == 0 {
		t.Error("without a keyring in Vault mcpveil starts")
	}
	for want, why := range []string{"keys create", "a second keys create, which changes nothing"} {
		out, err := exec.Command(program(t), "keys", "create", "--config", conf).CombinedOutput()
		if code := exitCode(err); code != want {
			t.Fatalf("%s exits with %d, want %d: %s", why, code, want, out)
		}
	}

	to := veiled(t, h, bare, "--config", conf)
	a := goClient(t, to, "").call(t, "read_text_file", map[string]any{"path": file}).ok(t)
	checkSealedCSV(t, a.Text, list)
	checkLog(t, to, list)

	to = veiled(t, h, bare, "--config", conf, "--reveal", "write_file@/content")
	c := goClient(t, to, "")
	c.call(t, "write_file", map[string]any{"path": back, "content": a.Text}).ok(t)
	if got := readFile(t, back); got != table {
		t.Errorf("after a restart yesterday's tokens open as %.300q, want %.300q", got, table)
	}

	kill()
	again := c.call(t, "read_text_file", map[string]any{"path": file}).ok(t)
	if again.Text != a.Text {
		t.Errorf("with Vault dead the table is sealed as %.300q, want as before: %.300q", again.Text, a.Text)
	}
	checkLog(t, to, list)
	if entries, _ := os.ReadDir(string(h)); len(entries) != 0 {
		t.Errorf("with the keys in Vault, %v was written on this machine", entries)
	}

	bin := veiled(t, h, bare, "--config", conf)
	out, code := runToEnd(t, bin)
	if code == 0 || contains(out, "read_text_file") {
		t.Errorf("without Vault mcpveil starts and exits with %d: %.300q", code, out)
	}
	if !contains(strings.ToLower(bin.log.String()), "vault") {
		t.Errorf("without Vault mcpveil says %q, want what to do about Vault", bin.log)
	}
}
