package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/testenv"
)

// What docs/keys.md says to do is done, block by block, on an empty Vault: with curl, and with Vault's program, once OpenBao's, which
// takes the same commands, and, since that is not to be had everywhere, once one that makes the same calls (vaultProgram).
func TestKeysGuide(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join(testenv.Root(t), "docs", "keys.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```(sh|sh vault|sh curl|yaml)\n(.*?)^```$").FindAllStringSubmatch(string(guide), -1)
	for name, way := range map[string]string{"stand-in": "sh vault", "program": "sh vault", "curl": "sh curl"} {
		t.Run(name, func(t *testing.T) {
			path := os.Getenv("PATH")
			if name == "program" {
				bin := t.TempDir()
				if err := os.Symlink(testenv.Optional(t, "bao"), filepath.Join(bin, "vault")); err != nil {
					t.Fatal(err)
				}
				path = bin + string(filepath.ListSeparator) + path
			}
			if _, err := exec.LookPath("curl"); way == "sh curl" && err != nil {
				testenv.Missing(t, "%v", err)
			}
			addr, dir, ran := startVault(t), t.TempDir(), 0
			for _, b := range blocks {
				kind, text := b[1], b[2]
				text = strings.ReplaceAll(text, "hcvault://vault.example:8200", "hcvault+http://"+addr)
				switch {
				case kind == "yaml":
					if err := os.WriteFile(filepath.Join(dir, "mcpveil.yaml"), []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
					continue
				case kind != "sh" && kind != way:
					continue
				}
				cmd := exec.Command("sh", "-euc", text)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "VAULT_ADDR=http://"+addr, "VAULT_TOKEN=root", "PATH="+path)
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%v in\n%s\n%s", err, text, out)
				}
				if strings.Contains(text, "doctor") && (strings.Contains(string(out), "fail ") || strings.Count(string(out), "warn ") != strings.Count(string(out), "warn  address")) {
					t.Errorf("after\n%s\ndoctor is not content:\n%s", text, out)
				}
				ran++
			}
			if ran < 5 {
				t.Fatalf("%d blocks were run, want at least 5", ran)
			}
			out, stderr, code := runIn(t.Context(), sealMe, "filter", "--direction", "to-client", "--config", filepath.Join(dir, "mcpveil.yaml"))
			if code != exitOK || !strings.Contains(out, "pii-email-1") {
				t.Errorf("in the end filter exits with %d: %s%s", code, out, stderr)
			}
			if out, _, _ := runIn(t.Context(), "", "keys", "list", "--config", filepath.Join(dir, "mcpveil.yaml")); !strings.Contains(out, "waits") || !strings.Contains(out, "wrapped under version 2") {
				t.Errorf("in the end list says %s, want a key that waits, and version 2", out)
			}
		})
	}
}

// vaultProgram stands in for Vault's own program, as far as docs/keys.md uses it: it makes the calls that that makes.
func vaultProgram() {
	args := os.Args[1:]
	flags, fields, stdin := map[string]string{}, map[string]any{}, false
	var words []string
	for _, a := range args {
		switch name, value, given := strings.Cut(a, "="); {
		case a == "-":
			stdin = true
		case strings.HasPrefix(a, "-"):
			flags[strings.TrimLeft(name, "-")] = value
		case given:
			fields[name] = value
		default:
			words = append(words, a)
		}
	}
	method, path := "POST", ""
	switch verb := strings.Join(words[:min(2, len(words))], " "); {
	case verb == "secrets enable":
		path = "sys/mounts/" + words[2]
		if p := flags["path"]; p != "" {
			path = "sys/mounts/" + p
		}
		fields["type"] = words[2]
		if v := flags["version"]; v != "" {
			fields["options"] = map[string]string{"version": v}
		}
	case verb == "auth enable":
		path, fields["type"] = "sys/auth/"+words[2], words[2]
	case verb == "policy write" && stdin:
		text, err := io.ReadAll(os.Stdin)
		if err != nil {
			panic(err)
		}
		path, fields["policy"] = "sys/policies/acl/"+words[2], string(text)
	case verb == "token create":
		path, fields["policies"], fields["ttl"] = "auth/token/create", []string{flags["policy"]}, flags["ttl"]
		_, fields["no_default_policy"] = flags["no-default-policy"]
	case words[0] == "write" && len(words) == 2:
		path = words[1]
	case words[0] == "read" && len(words) == 2:
		method, path = "GET", words[1]
	default:
		fmt.Fprintf(os.Stderr, "vault: %q is not known to this stand-in\n", args)
		os.Exit(2)
	}
	body, _ := json.Marshal(fields)
	req, _ := http.NewRequest(method, os.Getenv("VAULT_ADDR")+"/v1/"+path, bytes.NewReader(body))
	req.Header.Set("X-Vault-Token", os.Getenv("VAULT_TOKEN"))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		panic(err)
	}
	text, _ := io.ReadAll(res.Body)
	if res.StatusCode >= 300 {
		fmt.Fprintf(os.Stderr, "vault: %s %s: %s %s\n", method, path, res.Status, text)
		os.Exit(2)
	}
	var answer struct{ Data, Auth map[string]any }
	_ = json.Unmarshal(text, &answer) // most are empty
	switch field := flags["field"]; {
	case field == "token":
		fmt.Print(answer.Auth["client_token"])
	case field != "":
		fmt.Print(answer.Data[field])
	}
}
