package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/policy"
)

// Every mistake is told with its line, all of them at once, and none repeats a value: this one
// might be a secret in the wrong place.
func TestParseMistakes(t *testing.T) {
	const canary = "hvs.CAESIcanary"
	for _, test := range []struct {
		name, yaml string
		want       []string // each begins a line of the error
	}{
		{"empty", "", []string{"f.yaml: is empty"}},
		{"version", "version: 2\n", []string{"f.yaml:1: version: want 1"}},
		{"no YAML", "version: 1\n tenant: [\n", []string{"f.yaml:2: is no YAML"}},
		{"two documents", "version: 1\n---\nversion: 1\n", []string{"f.yaml:2: holds more than one YAML document"}},
		{"unknown field", "version: 1\ntenent: acme\n", []string{`f.yaml:2: unknown field "tenent", did you mean tenant?`}},
		{"unknown field below", "version: 1\nkey:\n  vault:\n    uri: hcvault://v:8200/transit/keys/k\n    token: " + canary + "\n",
			[]string{`f.yaml:5: key.vault: unknown field "token", want one of ca_file`}},
		{"secret for a name", "version: 1\n" + canary + ": 1\n", []string{"f.yaml:2: unknown field, want one of"}},
		{"twice", "version: 1\ntenant: a\ntenant: b\n", []string{"f.yaml:3: tenant: stands twice, first in line 2"}},
		{"wrong kinds", "version: one\ntenant: [a]\npacks: pii\nlimits:\n  max_message: " + canary + "\n  drain: fast\ntools:\n- name: x\n  log_access: yes please\n",
			[]string{"f.yaml:1: version: is no whole number", "f.yaml:2: tenant: want one value, not a list", "f.yaml:3: packs: want a list",
				"f.yaml:5: limits.max_message: is no size", "f.yaml:6: limits.drain: is no duration", "f.yaml:9: tools[0].log_access: want true or false"}},
		{"alias", "version: 1\ntools:\n- &a {name: x, log_access: true}\n- *a\n", []string{"f.yaml:4: tools[1]: is a YAML alias"}},
		{"words", "version: 1\nscope: galaxy\nstrict: very\nmin_confidence: 0.5\nlog: {level: loud}\nprofile: some\n",
			[]string{"f.yaml:2: scope: want principal, tenant, conversation or subject", "f.yaml:3: strict: want routing or full", "f.yaml:4: min_confidence: want low", "f.yaml:5: log.level: want debug",
				"f.yaml:6: profile: want strict, balanced or recall"}},
		{"packs", "version: 1\npacks: [core, cor, core]\npack_files: [no-such-*.yaml]\n",
			[]string{"f.yaml:2: packs[1]: there is no such built-in pack", "f.yaml:2: packs[2]: stands twice", "f.yaml:3: pack_files[0]: matches no file"}},
		{"no pack", "version: 1\npacks: []\n", []string{"f.yaml:2: packs: no pack is on"}},
		{"lifetimes of keys", "version: 1\nkey:\n  refresh: 1s\n  max_age: 900h\n  min_epochs:\n    token: -1\n", []string{"f.yaml:3: key.refresh: want 10s to 24h", "f.yaml:4: key.max_age: want twice key.refresh", "f.yaml:6: key.min_epochs.token: want an epoch"}},
		{"both keys", "version: 1\nkey:\n  local: {dir: d}\n  vault: {uri: hcvault://v/transit/keys/k}\n", []string{"f.yaml:2: key: has both local and vault"}},
		{"http to Vault", "version: 1\nkey:\n  vault:\n    uri: hcvault+http://vault.example/transit/keys/k\n", []string{"f.yaml:4: key.vault.uri: plain http is for loopback only"}},
		{"Vault without key", "version: 1\nkey:\n  vault:\n    kv_path: a/../b\n", []string{"f.yaml:3: key.vault.uri: is missing", "f.yaml:4: key.vault.kv_path: want words"}},
		{"credentials in URIs", "version: 1\nkey: {vault: {uri: 'hcvault://u:" + canary + "@v/transit/keys/k'}}\nhttp: {upstream: 'http://u:" + canary + "@h/'}\n",
			[]string{"f.yaml:2: key.vault.uri: holds credentials", "f.yaml:3: http.upstream: holds credentials"}},
		{"rules", "version: 1\npolicy:\n- {name: a, direction: up, action: encrypt}\n- {name: b, action: shred}\n- {name: c, paths: [params], action: mask, with: '99'}\n- {name: d}\n",
			[]string{"f.yaml:3: policy[0].direction: want to-client or to-server", "f.yaml:4: policy[1].action: want block", "f.yaml:5: policy[2].with: want for mask",
				"f.yaml:5: policy[2].paths[0]: want a JSON Pointer", "f.yaml:6: policy[3].action: want block"}},
		{"aliases", "version: 1\naliases: {max_entries: 0, max_bytes: 1KiB, ttl: 1s}\npolicy:\n- {action: encrypt, with: short}\n",
			[]string{"f.yaml:2: aliases.max_entries: want 1 to", "f.yaml:2: aliases.max_bytes: want at least 64KiB", "f.yaml:2: aliases.ttl: want at least 1m",
				"f.yaml:4: policy[0].with: want for mask how many"}},
		{"subject", "version: 1\nsubject: c-1\n", []string{"f.yaml:2: subject: says whose data this is, but the scope"}},
		{"no aliases", "version: 1\npolicy:\n- {action: encrypt, with: alias}\n", []string{"f.yaml:3: policy[0].with: aliases need a store"}},
		{"empty lists", "version: 1\ntools:\n- {name: x, reveal: [{entities: [], paths: []}]}\npolicy:\n- {servers: [], methods: [], names: [], paths: [], entities: [], action: pass}\n",
			[]string{"f.yaml:3: tools[0].reveal[0].entities: is empty", "f.yaml:3: tools[0].reveal[0].paths: is empty", "f.yaml:5: policy[0].servers: is empty",
				"f.yaml:5: policy[0].methods: is empty", "f.yaml:5: policy[0].names: is empty", "f.yaml:5: policy[0].paths: is empty", "f.yaml:5: policy[0].entities: is empty"}},
		{"policy not total", "version: 1\npolicy:\n- {direction: to-client, action: encrypt}\n", []string{"f.yaml:2: policy: policy: last rule does not match everything to-server"}},
		{"dead rule", "version: 1\npolicy:\n- {name: all, action: encrypt}\n- {name: late, entities: [US_SSN], action: block}\n", []string{"f.yaml:4: policy[1]: policy: rule late: never applies"}},
		{"decrypt to the client", "version: 1\npolicy:\n- {name: open, direction: to-client, names: [a], paths: [/x], action: decrypt}\n- {action: block}\n", []string{"f.yaml:3: policy[0]: policy: rule open: tokens may be opened to-server only"}},
		{"tools", "version: 1\ntools:\n- {requires_encryption: true}\n- {name: x}\n- {name: x, names: [y], log_access: true}\n",
			[]string{"f.yaml:3: tools[0]: want name or names", "f.yaml:4: tools[1]: asks for nothing", "f.yaml:5: tools[2]: want name or names"}},
		{"limits", "version: 1\nlimits: {max_message: 10B, max_depth: 1, max_pending: 0}\n",
			[]string{"f.yaml:2: limits.max_message: want at least 1KiB", "f.yaml:2: limits.max_depth: want 8", "f.yaml:2: limits.max_pending: want at least 1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := config.Parse("f.yaml", []byte(test.yaml))
			if err == nil {
				t.Fatalf("Parse(%q) succeeded, want an error", test.yaml)
			}
			got := strings.Split(err.Error(), "\n")
			for i, want := range test.want {
				if i >= len(got) || !strings.HasPrefix(got[i], want) {
					t.Errorf("Parse(%q): line %d of the error is not %q…, all of it:\n%v", test.yaml, i+1, want, err)
				}
			}
			if len(got) != len(test.want) {
				t.Errorf("Parse(%q) tells %d mistakes, want %d:\n%v", test.yaml, len(got), len(test.want), err)
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("Parse repeats a value in its error:\n%v", err)
			}
			if e, ok := errors.AsType[*config.Error](err); !ok || e.File != "f.yaml" {
				t.Errorf("Parse(%q): no *config.Error in %v", test.yaml, err)
			}
		})
	}
}

func TestParse(t *testing.T) {
	c, err := config.Parse("conf/f.yaml", []byte("version: 1\nlimits:\n  max_message: 16KiB\n  drain: 1m30s\nkey:\n  local:\n"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Limits.MaxMessage != 16<<10 || time.Duration(c.Limits.Drain) != 90*time.Second || c.Key.Local == nil {
		t.Errorf("Parse = %+v, want the sizes, times and the key of the file", c)
	}
	if got, want := c.Limits.MaxDepth, config.Default().Limits.MaxDepth; got != want {
		t.Errorf("Parse: max_depth = %d, want the default %d", got, want)
	}
	if got, want := c.Path("packs/mine.yaml"), "conf/packs/mine.yaml"; got != want {
		t.Errorf("Path = %q, want %q", got, want)
	}
}

func TestDefaultIsValid(t *testing.T) {
	if err := config.Default().Validate(); err != nil {
		t.Errorf("Default().Validate() = %v", err)
	}
}

// What tools ask for goes before every rule of the policy, so that none can weaken it.
func TestPolicyRules(t *testing.T) {
	c, err := config.Parse("f.yaml", []byte(`
version: 1
tools:
- names: [get_customer, list_*]
  requires_encryption: true
- name: send_mail
  servers: [crm]
  reveal:
  - entities: [EMAIL_ADDRESS]
    paths: [/to]
  - {entities: [PERSON], paths: [/**], principals: [jane], grant: masked, keep: "2"}
  - {paths: [/**], grant: deny}
policy:
- {name: everything passes, action: pass}
`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.PolicyRules()
	if err != nil {
		t.Fatal(err)
	}
	want := []policy.Rule{
		{Name: "tool get_customer, list_*: requires encryption", Direction: policy.ToClient, Methods: []string{"tools/call"}, Names: []string{"get_customer", "list_*"}, Action: policy.Encrypt},
		{Name: "tool send_mail: reveal", Direction: policy.ToServer, Servers: []string{"crm"}, Methods: []string{"tools/call"}, Names: []string{"send_mail"}, Paths: []string{"/params/arguments/to"}, Entities: []string{"EMAIL_ADDRESS"}, Action: policy.Decrypt},
		{Name: "tool send_mail: reveal", Direction: policy.ToServer, Servers: []string{"crm"}, Methods: []string{"tools/call"}, Names: []string{"send_mail"}, Principals: []string{"jane"}, Paths: []string{"/params/arguments/**"}, Entities: []string{"PERSON"}, Action: policy.Decrypt, Grant: policy.Masked, With: "2"},
		{Name: "tool send_mail: deny", Direction: policy.ToServer, Servers: []string{"crm"}, Methods: []string{"tools/call"}, Names: []string{"send_mail"}, Paths: []string{"/params/arguments/**"}, Action: policy.Decrypt, Grant: policy.Deny},
		{Name: "everything passes", Action: policy.Pass},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("PolicyRules() (-want +got):\n%s", d)
	}
}

// A tool that requires encryption does not weaken a policy that is stricter; and it is not
// kept from its own by a rule for all the rest.
func TestPolicyRulesOrder(t *testing.T) {
	const tools = "version: 1\ntools:\n- {name: x, requires_encryption: true}\n"
	for _, test := range []struct {
		policy string
		want   []string
	}{
		{"", []string{"default: redact credentials", "tool x: requires encryption", "default: encrypt to the client", "default: pass to the server"}},
		{"policy: [{name: a, action: block}]\n", []string{"tool x: requires encryption", "a"}},
		{"policy: [{name: a, direction: to-server, action: pass}, {name: b, entities: [E], action: mask}, {name: c, names: [y], action: pass}, {name: d, entities: [F], action: block}, {name: e, action: hash}]\n",
			[]string{"a", "b", "tool x: requires encryption", "c", "d", "e"}},
	} {
		c, err := config.Parse("f.yaml", []byte(tools+test.policy))
		if err != nil {
			t.Errorf("Parse(%q): %v", test.policy, err)
			continue
		}
		rules, err := c.PolicyRules()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range rules {
			got = append(got, r.Name)
		}
		if d := cmp.Diff(test.want, got); d != "" {
			t.Errorf("PolicyRules() under %q (-want +got):\n%s", test.policy, d)
		}
	}
}

// A rule that could never match anything is a mistake: it would do nothing, in silence.
func TestCheckEntities(t *testing.T) {
	c, err := config.Parse("f.yaml", []byte("version: 1\ntools:\n- name: send\n  reveal:\n  - {paths: [/to], entities: [EMAIL_ADDRESS, EMAIL]}\npolicy:\n- {name: a, entities: ['US_*', 'UK_*', CREDITCARD], action: mask}\n- {action: block}\n"))
	if err != nil {
		t.Fatal(err)
	}
	err = c.CheckEntities([]string{"EMAIL_ADDRESS", "US_SSN", "CREDIT_CARD"})
	want := `f.yaml:7: policy[0].entities[1]: no pack that is on finds this entity: mcpveil check lists them with --entities
f.yaml:7: policy[0].entities[2]: no pack that is on finds this entity, did you mean CREDIT_CARD?
f.yaml:5: tools[0].reveal[0].entities[1]: no pack that is on finds this entity, did you mean EMAIL_ADDRESS?`
	if err == nil || err.Error() != want {
		t.Errorf("CheckEntities: %v, want\n%s", err, want)
	}
	if err := c.CheckEntities([]string{"EMAIL_ADDRESS", "EMAIL", "US_SSN", "UK_NHS", "CREDITCARD"}); err != nil {
		t.Errorf("CheckEntities: %v, want none", err)
	}
	flag, err := config.ParseReveal("send:EMAIL_ADDRESS,MAIL@/to")
	if err != nil {
		t.Fatal(err)
	}
	c = config.Default()
	c.Tools = append(c.Tools, flag)
	want = "config: --reveal send:MAIL: no pack that is on finds this entity: mcpveil check lists them with --entities"
	if err := c.CheckEntities([]string{"EMAIL_ADDRESS"}); err == nil || err.Error() != want {
		t.Errorf("CheckEntities: %v, want %s", err, want)
	}
}

func TestSize(t *testing.T) {
	for in, want := range map[string]string{"64MiB": "64MiB", "65536KiB": "64MiB", "1000": "1000B", "1 kB": "1000B", "1GiB": "1GiB", "0": "0B"} {
		var s config.Size
		if err := s.UnmarshalText([]byte(in)); err != nil || s.String() != want {
			t.Errorf("UnmarshalText(%q) = %v, %v, want %s", in, s, err, want)
		}
	}
	for _, in := range []string{"", "MiB", "-1", "1TiB", "1e3", "9999999999GiB"} {
		var s config.Size
		if err := s.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("UnmarshalText(%q) = %v, want an error", in, s)
		}
	}
}

// Whatever stands in the file, Parse returns, and with no error only what it finds valid itself.
func FuzzParse(f *testing.F) {
	f.Add([]byte("version: 1\ntools:\n- {name: x, log_access: true}\n"))
	f.Add([]byte("version: 1\npolicy:\n- {action: pass, paths: [/a/**]}\n"))
	f.Add([]byte("&a {b: *a}"))
	f.Add([]byte("version: 1\nkey: {vault: {uri: hcvault://h/transit/keys/k}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse("f.yaml", data)
		if err == nil && c.Validate() != nil || err != nil && c == nil {
			t.Errorf("Parse(%q) succeeded, Validate says %v", data, c.Validate())
		}
	})
}
