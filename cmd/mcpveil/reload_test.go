package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aead.dev/minisign"

	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/internal/testenv"
	"github.com/mcpveil/mcpveil/policy"
)

// acmePack is a pack whose one rule finds what expr matches, and whose example is text.
func acmePack(version int, expr, text string) string {
	return fmt.Sprintf(`pack: acme
version: %d
rules:
- id: acme.employee.1
  entity: EMPLOYEE_ID
  token: employee
  title: Employee number
  pattern: %s
  tier: alone
  references: ["https://wiki.acme.example/hr"]
  examples: ["%s", "ask %s"]
  negatives: ["none", "EMP-12345"]
`, version, expr, text, text)
}

const badPack = "pack: other\nversion: 1\nrules:\n- {id: other.1, entity: OTHER_ID, token: other, title: Other, pattern: 'OTH-[0-9]{6}', tier: alone, references: [x], examples: [OTH-123456, OTH-654321], negatives: [OTH, OTH-1]}\n"

// A reloading is a program under test, with its files and what it logs.
type reloading struct {
	t     *testing.T
	dir   string
	veil  *veil
	sess  *session.Session
	hup   chan os.Signal
	log   testenv.Buffer
	flags common
}

// write puts a file in its place in one piece: half of it would be refused, if watch looked just then.
func (r *reloading) write(name, text string) {
	r.t.Helper()
	whole := filepath.Join(r.t.TempDir(), name)
	if err := os.WriteFile(whole, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Rename(whole, filepath.Join(r.dir, name)); err != nil {
		r.t.Fatal(err)
	}
}

const reloadConfig = `version: 1
packs: [core]
pack_files: ["*acme.yaml"]
tools: [{name: send, reveal: [{paths: [/**]}]}]
`

// startReloading starts with a configuration and the first pack, and calls before with them written.
func startReloading(t *testing.T, config string, before func(*reloading)) *reloading {
	t.Helper()
	r := &reloading{t: t, dir: t.TempDir(), hup: make(chan os.Signal)}
	r.flags = common{config: filepath.Join(r.dir, "config.yaml"), keyDir: filepath.Join(r.dir, "keys")}
	r.write("config.yaml", config)
	r.write("acme.yaml", acmePack(1, "EMP-[0-9]{6}", "EMP-123456"))
	if before != nil {
		before(r)
	}
	var err error
	r.veil, r.sess, err = start(t.Context(), &r.flags, streams{err: &r.log})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := r.veil.watch(ctx, &r.flags, r.sess, r.hup)
	t.Cleanup(func() {
		stop()
		<-done
		r.veil.close()
	})
	return r
}

// reload asks for a reload and waits for what is said of it.
func (r *reloading) reload() string {
	r.t.Helper()
	was := len(r.log.String())
	r.hup <- os.Interrupt
	return r.said(was)
}

func (r *reloading) said(was int) string {
	r.t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if s := r.log.String()[was:]; strings.Contains(s, `"msg":"reload`) {
			return s
		}
	}
	r.t.Fatal("nothing was said of the reload")
	return ""
}

// send takes text through a port that was opened for it, and returns what of it goes on.
func (r *reloading) send(d policy.Direction, text string) string {
	r.t.Helper()
	p := r.sess.Port(d)
	defer p.Release()
	body, _ := json.Marshal(text)
	v := p.Forward(r.t.Context(), []byte(`{"jsonrpc":"2.0","method":"tools/call","params":{"name":"send","arguments":{"text":`+string(body)+`}}}`))
	var msg struct {
		Params struct{ Arguments struct{ Text string } }
	}
	if err := json.Unmarshal(v.Out, &msg); err != nil {
		r.t.Fatalf("%q: %v", v.Out, err)
	}
	return msg.Params.Arguments.Text
}

func (r *reloading) wantSealed(text string, sealed bool) {
	r.t.Helper()
	if got := r.send(policy.ToClient, text); (got != text) != sealed {
		r.t.Errorf("%q goes on as %q, want it sealed: %v", text, got, sealed)
	}
}

func TestReload(t *testing.T) {
	r := startReloading(t, reloadConfig, nil)
	r.wantSealed("EMP-123456", true)
	r.wantSealed("STAFF-77", false)
	token := r.send(policy.ToClient, "EMP-123456")

	r.write("acme.yaml", acmePack(2, "STAFF-[0-9]{2}", "STAFF-42"))
	if said := r.reload(); !strings.Contains(said, "acme@2") {
		t.Errorf("said %s", said)
	}
	r.wantSealed("EMP-123456", false)
	r.wantSealed("STAFF-77", true)

	// The pack goes, its tokens still open.
	r.write("config.yaml", strings.Replace(reloadConfig, `pack_files: ["*acme.yaml"]`, "", 1))
	r.reload()
	r.wantSealed("STAFF-77", false)
	if got := r.send(policy.ToServer, token); got != "EMP-123456" {
		t.Errorf("the token of a pack that is gone goes on as %q", got)
	}

	// What needs a restart is said, and stays: in another tenant the token would not open.
	r.write("config.yaml", reloadConfig+"tenant: other\nlog: {level: debug}\n")
	if said := r.reload(); !strings.Contains(said, `"fields":"tenant log"`) {
		t.Errorf("said %s", said)
	}
	r.wantSealed("STAFF-77", true)
	if got := r.send(policy.ToServer, token); got != "EMP-123456" {
		t.Errorf("after the tenant changed the token goes on as %q", got)
	}
}

// TestReloadRefused has files in all sorts of disorder: each is refused, with a reason, and the rules stay.
func TestReloadRefused(t *testing.T) {
	r := startReloading(t, reloadConfig, nil)
	for _, tt := range []struct{ name, file, text, says string }{
		{"own example fails", "acme.yaml", acmePack(2, "EMP-[0-9]{7}", "EMP-765432"), "rule acme.employee.1: example 1 of 2 is not found"},
		{"no YAML", "acme.yaml", "pack: [", "acme.yaml"},
		{"half a file", "acme.yaml", acmePack(2, "EMP-[0-9]{6}", "EMP-123456")[:150], "acme.yaml"},
		{"pattern", "acme.yaml", acmePack(2, "'EMP-[0-9'", "EMP-123456"), "acme.employee.1"},
		{"token of another", "acme.yaml", strings.Replace(acmePack(2, "EMP-[0-9]{6}", "EMP-123456"), "token: employee", "token: email", 1), "token"},
		{"token changed", "acme.yaml", strings.Replace(acmePack(2, "EMP-[0-9]{6}", "EMP-123456"), "token: employee", "token: staff", 1), "has the token name"},
		{"configuration", "config.yaml", reloadConfig + "polciy: []\n", "polciy"},
		{"policy", "config.yaml", reloadConfig + "policy: [{action: redact, entities: [CREDIT_CRAD]}, {action: pass}]\n", "CREDIT_CARD"},
		{"empty", "config.yaml", "", "is empty"},
		{"version", "config.yaml", reloadConfig + "pack_versions: [acme@9]\n", "9 is asked for"},
		{"shadow", "config.yaml", reloadConfig + "shadow: {packs: [nonesuch]}\n", "shadow.packs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			old, err := os.ReadFile(filepath.Join(r.dir, tt.file))
			if err != nil {
				t.Fatal(err)
			}
			r.write(tt.file, tt.text)
			defer r.write(tt.file, string(old))
			said := r.reload()
			if !strings.Contains(said, "reload refused") || !strings.Contains(said, tt.says) {
				t.Errorf("said %s, want %q", said, tt.says)
			}
			if strings.Contains(said, "EMP-765432") {
				t.Error("an example stands in the log")
			}
			r.wantSealed("EMP-123456", true)
		})
	}
	if said := r.reload(); !strings.Contains(said, "reloaded") {
		t.Errorf("in order again: said %s", said)
	}
}

// TestReloadSigned changes a pack that must be signed.
func TestReloadSigned(t *testing.T) {
	public, private, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(r *reloading, pack string) {
		r.t.Helper()
		r.write("acme.yaml.minisig", string(minisign.Sign(private, []byte(pack))))
	}
	r := startReloading(t, reloadConfig+"pack_keys: ["+public.String()+"]\n", func(r *reloading) { sign(r, acmePack(1, "EMP-[0-9]{6}", "EMP-123456")) })
	next := acmePack(2, "STAFF-[0-9]{2}", "STAFF-42")
	r.write("acme.yaml", next)
	if said := r.reload(); !strings.Contains(said, "was changed since") {
		t.Errorf("said %s", said)
	}
	r.wantSealed("EMP-123456", true)
	r.wantSealed("STAFF-42", false)
	sign(r, next)
	r.reload()
	r.wantSealed("STAFF-42", true)
}

// TestWatch changes files and waits: a pack, one that is new, and the configuration.
func TestWatch(t *testing.T) {
	r := startReloading(t, reloadConfig+"watch: 1s\n", nil)
	for _, step := range []struct{ file, text, finds string }{
		{"acme.yaml", acmePack(2, "STAFF-[0-9]{2}", "STAFF-42"), "STAFF-42"},
		{"not-acme.yaml", badPack, "OTH-123456"},
		{"config.yaml", strings.Replace(reloadConfig, "*acme.yaml", "not-acme.yaml", 1), "OTH-123456"},
	} {
		was := len(r.log.String())
		r.write(step.file, step.text)
		r.said(was)
		r.wantSealed(step.finds, true)
	}
	r.wantSealed("STAFF-42", false)
}

// TestWatchRefused writes a configuration that names a pack that is wrong: it is refused once, and taken when the pack
// is mended, which is all that changes then. So it is with a shadow's pack, and with a signature that comes late.
func TestWatchRefused(t *testing.T) {
	public, private, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r := startReloading(t, reloadConfig+"watch: 1s\n", nil)
	wait := func(file, text, says string) {
		t.Helper()
		was := len(r.log.String())
		r.write(file, text)
		if said := r.said(was); !strings.Contains(said, says) {
			t.Errorf("%s: said %s, want %q", file, said, says)
		}
	}
	broken := strings.Replace(badPack, "OTH-[0-9]{6}", "OTH-[0-9]{7}", 1)
	r.write("other.yaml", broken)
	next := strings.Replace(reloadConfig, "*acme.yaml", "other.yaml", 1)
	was := len(r.log.String())
	wait("config.yaml", next, "refused")
	time.Sleep(2500 * time.Millisecond)
	if n := strings.Count(r.log.String()[was:], "reload refused"); n != 1 {
		t.Errorf("refused %d times", n)
	}
	r.wantSealed("EMP-123456", true)
	wait("other.yaml", badPack, "other@1")
	r.wantSealed("OTH-123456", true)

	r.write("shadow.yaml", broken)
	wait("config.yaml", next+"shadow: {pack_files: [shadow.yaml]}\n", "refused")
	wait("shadow.yaml", badPack, "reloaded")

	wait("config.yaml", next+"pack_keys: ["+public.String()+"]\n", "is not signed")
	wait("other.yaml.minisig", string(minisign.Sign(private, []byte(badPack))), "reloaded")
	wait("other.yaml.minisig", "", "refused")
	r.wantSealed("OTH-123456", true)
}

// TestStartRefused starts with a pack that fails its own tests.
func TestStartRefused(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"config.yaml": reloadConfig, "acme.yaml": acmePack(1, "EMP-[0-9]{7}", "EMP-765432")} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	flags := common{config: filepath.Join(dir, "config.yaml"), keyDir: filepath.Join(dir, "keys")}
	v, _, err := start(t.Context(), &flags, streams{err: new(testenv.Buffer)})
	if err == nil {
		v.close()
		t.Fatal("started")
	}
	if !strings.Contains(err.Error(), "example 1 of 2 is not found") || strings.Contains(err.Error(), "765432") {
		t.Errorf("error %v", err)
	}
}
