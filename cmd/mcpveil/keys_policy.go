package main

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/internal/config"
)

// A grant is a right in Vault that a configuration needs, and what for.
type grant struct {
	path         string
	capabilities []string
	why          string
}

// What a token of Vault's is for.
const (
	roleRuntime = "runtime" // mcpveil stdio, http, filter, reveal, and doctor for those
	roleAdmin   = "admin"   // mcpveil keys init, rotate, rewrap, import, shred, and doctor for those
)

// A vaultPlace is where in a Vault the parts of a configuration are.
type vaultPlace struct {
	mount, key string // transit engine and key
	selfTest   string // key that the self-test is done on
	kv, top    string // KV engine, and the folder of all tenants
	tenant     string
	subjects   bool // tokens are made for data subjects
	login      bool // the token is got by a login, and given back in the end
}

func placeInVault(c *config.Config) (vaultPlace, error) {
	k := c.Key.Vault
	if k == nil {
		return vaultPlace{}, misused("the configuration has no key in Vault (key.vault)")
	}
	u, err := url.Parse(k.URI)
	if err != nil {
		return vaultPlace{}, misused("key.vault.uri does not parse")
	}
	mount, key, _ := strings.Cut(strings.Trim(u.Path, "/"), "/keys/") // which Validate has checked
	p := vaultPlace{
		mount: mount, key: key, selfTest: cmp.Or(k.SelfTestKey, key), login: k.Login != nil && k.Login.Agent == nil,
		kv: k.KVMount, top: k.KVPath, tenant: c.Tenant, subjects: c.Scope == "subject",
	}
	return p, nil
}

// keysets is the path in the KV engine of the tenant's keyring for a purpose.
func (p vaultPlace) keysets(purpose envelope.Purpose) string {
	return p.top + "/" + envelope.KeyringName(p.tenant, purpose)
}

// grants are the rights that a role needs, and no others.
func (p vaultPlace) grants(role string) []grant {
	own := []grant{
		{"auth/token/lookup-self", []string{"read"}, "The token itself: how long it lives, to renew it, and what it may do (mcpveil keys doctor)."},
		{"auth/token/renew-self", []string{"update"}, ""},
		{"sys/capabilities-self", []string{"update"}, ""},
	}
	if p.login {
		own = append(own, grant{"auth/token/revoke-self", []string{"update"}, ""})
	}
	if role == roleRuntime {
		g := []grant{{p.mount + "/decrypt/" + p.key, []string{"update"}, "Unwrap the keyrings."}}
		if p.selfTest == p.key {
			g = append(g, grant{p.mount + "/encrypt/" + p.key, []string{"update"},
				"See at start that the key binds what it wraps. Never \"create\": with it Vault makes a key where there is none.\n# A key of its own for this (key.vault.selftest_key) does without the right."})
		} else {
			g = append(g,
				grant{p.mount + "/encrypt/" + p.selfTest, []string{"update"},
					"See at start that this Vault binds what it wraps, on a key that wraps nothing else.\n# Never \"create\": with it Vault makes a key where there is none."},
				grant{p.mount + "/decrypt/" + p.selfTest, []string{"update"}, ""})
		}
		g = append(g,
			grant{p.kv + "/data/" + p.keysets("*"), []string{"read"}, "The wrapped keyrings, to read, and to see at little cost whether they changed."},
			grant{p.kv + "/metadata/" + p.keysets("*"), []string{"read"}, ""})
		if p.subjects {
			g = append(g, grant{p.kv + "/data/" + p.top + "/" + p.tenant + "/subjects/*", []string{"create", "read"}, "What is kept of data subjects: made when a value is first sealed for one."})
		}
		return append(g, own...)
	}
	g := []grant{
		{p.mount + "/encrypt/" + p.key, []string{"update"}, "Wrap and unwrap the keyrings."},
		{p.mount + "/decrypt/" + p.key, []string{"update"}, ""},
	}
	if p.selfTest != p.key {
		g = append(g,
			grant{p.mount + "/encrypt/" + p.selfTest, []string{"update"}, "See that this Vault binds what it wraps."},
			grant{p.mount + "/decrypt/" + p.selfTest, []string{"update"}, ""},
			grant{p.mount + "/keys/" + p.selfTest, []string{"create", "read", "update"}, ""})
	}
	g = append(g,
		grant{p.mount + "/keys/" + p.key, []string{"create", "read", "update"}, "Create the key, rotate it, and forbid its old versions."},
		grant{p.mount + "/keys/" + p.key + "/config", []string{"update"}, ""},
		grant{p.mount + "/keys/" + p.key + "/rotate", []string{"update"}, ""},
		grant{p.kv + "/data/" + p.top + "/*", []string{"create", "read", "update"}, "Write keyrings, list them, and destroy what is shredded."},
		grant{p.kv + "/metadata/" + p.top + "/*", []string{"delete", "list", "read", "update"}, ""},
		grant{p.kv + "/config", []string{"read"}, "How the KV engine keeps versions (mcpveil keys doctor)."})
	return append(g, own...)
}

// hcl writes a role's policy as Vault reads it.
func (p vaultPlace) hcl(role string) string {
	var b strings.Builder
	switch role {
	case roleRuntime:
		fmt.Fprintf(&b, "# What the running mcpveil may do in Vault, and nothing else. Made by: mcpveil keys export-policy --role %s\n", role)
	case roleAdmin:
		fmt.Fprintf(&b, "# What whoever looks after the keys may do in Vault, with a token that lives for minutes. Never for the running mcpveil.\n# Made by: mcpveil keys export-policy --role %s\n", role)
	}
	fmt.Fprintf(&b, "#\n#   mcpveil keys export-policy --config FILE --role %s | vault policy write mcpveil-%s -\n", role, role)
	width := 0
	grants := p.grants(role)
	for _, g := range grants {
		width = max(width, len(g.path))
	}
	for _, g := range grants {
		if g.why != "" {
			fmt.Fprintf(&b, "\n# %s\n", g.why)
		}
		fmt.Fprintf(&b, "path %q%*s { capabilities = [\"%s\"] }\n", g.path, width-len(g.path), "", strings.Join(g.capabilities, `", "`))
	}
	return b.String()
}

func keysPolicyCommand(s streams) *cobra.Command {
	var flags common
	var role string
	var all bool
	cmd := &cobra.Command{
		Use:   "export-policy [--role runtime|admin] --config FILE",
		Short: "print the policy that Vault needs for this configuration",
		Long: `export-policy prints, in HCL, what a token of Vault's must be allowed for the mounts, the key and the paths of this
configuration, and nothing else: for the running mcpveil (runtime, the default), or for whoever creates, rotates and
shreds keyrings (admin). It asks no Vault.`,
		Example: `  mcpveil keys export-policy --config mcpveil.yaml | vault policy write mcpveil-runtime -`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if role != roleRuntime && role != roleAdmin {
				return misused("keys export-policy: --role is neither %s nor %s", roleRuntime, roleAdmin)
			}
			c, err := flags.load()
			if err != nil {
				return err
			}
			p, err := placeInVault(c)
			if err != nil {
				return err
			}
			if all {
				p.tenant = "+" // in a policy, any one part of a path
			}
			if _, err := fmt.Fprint(s.out, p.hcl(role)); err != nil {
				return &exitError{exitTrouble, err}
			}
			return nil
		},
	}
	flags.registerConfig(cmd)
	cmd.Flags().StringVar(&role, "role", roleRuntime, "whose policy: runtime or admin")
	cmd.Flags().BoolVar(&all, "all-tenants", false, "for the running mcpveil: the keyrings of all tenants, not only of the configuration's")
	return cmd
}
