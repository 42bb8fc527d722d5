package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/policy"
)

// TestCanaryTuning is TestCanary for what tunes detection: packs, allow-lists, a shadow, and the tools around them.
func TestCanaryTuning(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(keyDirVar, filepath.Join(dir, "keys"))
	t.Setenv("VAULT_TOKEN", "")
	c := newCanary()
	t.Setenv(packPasswordVar, c.secret)
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pack := func(name, change, by string) string {
		return file(name, strings.Replace(acmePack(1, "EMP-[0-9]{6}", "EMP-123456"), change, by, 1))
	}
	salt := strings.Repeat("5a", 16)
	hash := policy.HashValue([]byte(strings.Repeat("\x5a", 16)), []byte(c.phone))
	tuned := file("tuned.yaml", fmt.Sprintf(`version: 1
shadow: {packs: [core, network, secrets], profile: recall}
allow: [{name: ours, salt: %s, values: ["%x"]}]
policy: [{action: pass}]
`, salt, hash))
	narrow := file("narrow.yaml", "version: 1\npacks: [address]\nshadow: {packs: [core, us, person, secrets]}\npolicy: [{action: pass}]\n")
	wide := file("wide.yaml", "version: 1\nshadow: {packs: [address]}\npolicy: [{action: pass}]\n")
	// Values stand in names of members, and as values.
	keyed := func(key string) string { raw, _ := json.Marshal(key); return string(raw) }
	members := `{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{` + c.json() + `:{"email":"other@example.com","a":["10.20.30.40",` + c.json() + `]},` +
		keyed(c.email) + `:{"ip":"10.20.30.40","m":"other@example.com"},` + keyed(strings.ReplaceAll(c.email, "@", "%40")) + `:["other@example.com","10.20.30.40"],` + keyed(c.card) + `:{` + keyed(c.phone) + `:"other@example.com 10.20.30.40"}}}}`
	lines := file("labelled.jsonl", `{"id":1,"text":`+c.json()+`,"spans":[{"s":0,"e":4,"t":"EMAIL"}]}`+"\n")
	sample := file("sample.jsonl", `{"id":1,"text":`+c.json()+`}`+"\n")
	records := filepath.Join(dir, "records.jsonl")
	for _, row := range []struct {
		name  string
		stdin string
		args  []string
		shown bool // standard output may hold the values
	}{
		{"shadow and allow-list", members, []string{"filter", "--direction", "to-client", "--config", tuned}, true},
		{"the shadow knows more", members, []string{"filter", "--direction", "to-client", "--config", narrow}, true},
		{"the shadow knows less", members, []string{"filter", "--direction", "to-client", "--config", wide}, true},
		{"explain", "", []string{"patterns", "explain", c.text()}, true},
		{"explain --json", "", []string{"patterns", "explain", "--json", c.text()}, true},
		{"eval", "", []string{"patterns", "eval", lines}, false},
		{"eval --json", "", []string{"patterns", "eval", "--json", lines}, false},
		{"eval, no such lines", "", []string{"patterns", "eval", file("no.jsonl", c.text()+"\n")}, false},
		{"eval, offsets", "", []string{"patterns", "eval", file("off.jsonl", `{"id":`+c.json()+`,"text":`+c.json()+`,"spans":[{"s":900,"e":4,"t":"EMAIL"}]}`)}, false},
		{"eval, labels", "", []string{"patterns", "eval", "--map", file("map.yaml", c.json()+": *"+c.secret+"\n"), lines}, false},
		{"diff", "", []string{"patterns", "diff", tuned, narrow, "--sample", sample}, false},
		{"diff --places", "", []string{"patterns", "diff", tuned, narrow, "--places", "--sample", sample}, false},
		{"diff --json", "", []string{"patterns", "diff", tuned, narrow, "--json", "--places", "--sample", sample}, false},
		{"diff of members", "", []string{"patterns", "diff", tuned, narrow, "--json", "--places", "--sample", file("members.json", members)}, false},
		{"hash", c.email + "\n" + c.phone + "\n", []string{"patterns", "hash"}, false},
		{"hash, too long", strings.Repeat(c.text(), 20), []string{"patterns", "hash"}, false},
		{"hash, salt", c.email, []string{"patterns", "hash", "--salt", "zz"}, false},
		{"check, example", "", []string{"patterns", "check", pack("example.yaml", `examples: ["EMP-123456"`, "examples: ["+c.json())}, false},
		{"check, negative", "", []string{"patterns", "check", pack("negative.yaml", `negatives: ["none"`, `negatives: ["EMP-654321 `+c.email+`"`)}, false},
		{"check, field", "", []string{"patterns", "check", pack("field.yaml", "  title: Employee number\n", "  title: x\n  "+c.json()+": x\n")}, false},
		{"check, twice", "", []string{"patterns", "check", pack("twice.yaml", "  title: Employee number\n", "  title: x\n  "+c.json()+": x\n  "+c.json()+": y\n")}, false},
		{"check, entity", "", []string{"patterns", "check", pack("entity.yaml", "EMPLOYEE_ID", c.json())}, false},
		{"check, tier", "", []string{"patterns", "check", pack("tier.yaml", "tier: alone", "tier: "+c.json())}, false},
		{"check, id", "", []string{"patterns", "check", pack("id.yaml", "acme.employee.1", c.json())}, false},
		{"check, name", "", []string{"patterns", "check", pack("name.yaml", "pack: acme", "pack: "+c.json())}, false},
		{"check, version", "", []string{"patterns", "check", pack("version.yaml", "version: 1", "version: "+c.json())}, false},
		{"check, token", "", []string{"patterns", "check", pack("token.yaml", "token: employee", "token: "+c.json())}, false},
		{"check, anchor", "", []string{"patterns", "check", pack("anchor.yaml", "tier: alone", "tier: *"+c.secret)}, false},
		{"check, tag", "", []string{"patterns", "check", pack("tag.yaml", "tier: alone", "tier: !"+c.secret+" alone")}, false},
		{"check, broken", "", []string{"patterns", "check", pack("broken.yaml", "tier: alone", "- "+c.text()+"\n\t: [")}, false},
		{"check, pattern", "", []string{"patterns", "check", pack("pattern.yaml", "EMP-[0-9]{6}", `"(("`+c.secret+`"`)}, false},
		{"check, backtracking pattern", "", []string{"patterns", "check", pack("back.yaml", "pattern: EMP-[0-9]{6}", "engine: regexp2\n  pattern: '(("+c.secret+"'")}, false},
		{"check, check", "", []string{"patterns", "check", pack("check.yaml", "tier: alone", "tier: alone\n  checks: ["+c.json()+"]")}, false},
		{"import, no recognisers", "", []string{"patterns", "import", "--from", "presidio", file("p1.yaml", c.text()+"\n")}, false},
		{"import, wrong field", "", []string{"patterns", "import", "--from", "presidio", file("p2.yaml", "recognizers:\n- {name: x, patterns: "+c.json()+"}\n")}, false},
		{"import, anchor", "", []string{"patterns", "import", "--from", "presidio", file("p3.yaml", "recognizers: *"+c.secret+"\n")}, false},
		{"import, no TOML", "", []string{"patterns", "import", "--from", "gitleaks", file("g1.toml", c.text())}, false},
		{"import, wrong type", "", []string{"patterns", "import", "--from", "gitleaks", file("g2.toml", "[[rules]]\nid = 'x'\nentropy = "+c.json()+"\n")}, false},
		{"import, values", "", []string{"patterns", "import", "--from", "gitleaks", file("g3.toml", "[[rules]]\nid = 'x'\nregex = '(("+c.secret+"'\n[rules.allowlist]\nstopwords = ["+c.json()+"]\n")}, false},
		{"sign, no key", "", []string{"patterns", "sign", "--key", file("key", c.text()), pack("signed.yaml", "x", "x")}, false},
		{"sign, no pack", "", []string{"patterns", "sign", "--key", file("key", c.text()), file("nopack.yaml", c.text())}, false},
		{"keygen", "", []string{"patterns", "keygen", "--out", filepath.Join(dir, "k")}, false},
		{"configuration", "", []string{"check", "--config", file("allow.yaml", "version: 1\nallow: [{salt: "+c.json()+", values: ["+c.json()+"], entities: ["+c.json()+"], direction: "+c.json()+"}]\noverrides: [{rules: ["+c.json()+"], tier: "+c.json()+", score: "+c.json()+", profile: "+c.json()+"}]\npack_keys: ["+c.json()+"]\npack_versions: ["+c.json()+"]\nprofile: "+c.json()+"\nshadow: {packs: ["+c.json()+"], every: "+c.json()+"}\n")}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			args := row.args
			if args[0] == "filter" {
				args = append([]string{args[0], "--log", records}, args[1:]...)
			}
			stdout, stderr, _ := runIn(t.Context(), row.stdin, args...)
			if names := c.leaked(stderr); names != nil {
				t.Errorf("standard error of mcpveil %s holds %v:\n%s", strings.Join(args, " "), names, stderr)
			}
			if names := c.leaked(stdout); names != nil && !row.shown {
				t.Errorf("standard output of mcpveil %s holds %v:\n%s", strings.Join(args, " "), names, stdout)
			}
			if stdout == "" && stderr == "" {
				t.Errorf("mcpveil %s says nothing at all", strings.Join(args, " "))
			}
		})
	}
	log, err := os.ReadFile(records)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(log), `"shadow":`); n != 3 {
		t.Errorf("%d records have a shadow's differences, want all 3: %s", n, log)
	}
	if names := c.leaked(string(log)); names != nil {
		t.Errorf("the records hold %v:\n%s", names, log)
	}
}

// TestCanaryReload has values flow while rules are reloaded, and be refused, and stand where they should not.
func TestCanaryReload(t *testing.T) {
	c := newCanary()
	config := "version: 1\npacks: [core, us, secrets, person]\npack_files: [\"*acme.yaml\"]\nshadow: {packs: [core]}\n"
	r := startReloading(t, config, nil)
	send := func() {
		t.Helper()
		p := r.sess.Port(policy.ToClient)
		defer p.Release()
		v := p.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":`+c.json()+`}],"full_name":"Quilla Zandvoort","b":"Quilla Zandvoort called"}}`))
		if names := c.leaked(string(v.Out)); names != nil || strings.Contains(string(v.Out), "Zandvoort") {
			t.Errorf("goes on with %v: %s", names, v.Out)
		}
	}
	send()
	for _, pack := range []string{
		acmePack(2, "EMP-[0-9]{7}", c.email),
		acmePack(2, "EMP-[0-9]{7}", c.text()),
		acmePack(2, "'(("+c.secret+"'", "EMP-123456"),
		strings.Replace(acmePack(2, "EMP-[0-9]{6}", "EMP-123456"), "  title:", "  "+c.json()+": x\n  title:", 1),
		"pack: *" + c.secret,
	} {
		r.write("acme.yaml", pack)
		if said := r.reload(); !strings.Contains(said, "refused") {
			t.Errorf("said %s", said)
		}
		send()
	}
	r.write("acme.yaml", acmePack(3, "EMP-[0-9]{6}", "EMP-123456"))
	if said := r.reload(); !strings.Contains(said, "acme@3") {
		t.Errorf("said %s", said)
	}
	send()
	log := r.log.String()
	if names := c.leaked(log); names != nil || strings.Contains(log, "Zandvoort") || strings.Contains(log, "Quilla") {
		t.Errorf("the log holds %v:\n%s", names, log)
	}
}
