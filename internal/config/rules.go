package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
	"github.com/mcpveil/mcpveil/policy"
)

const (
	call      = "tools/call"
	arguments = "/params/arguments" // where a tool's arguments stand in a message
)

// PolicyRules returns the rules that c stands for, ready for policy.New: the first of Policy as far as they
// are stricter than encrypt, what Tools asks for, and the rest of Policy, or of the default policy where there is none.
func (c *Config) PolicyRules() ([]policy.Rule, error) {
	rules, err := c.ownRules()
	if err != nil {
		return nil, err
	}
	n := stricter(rules)
	all := rules[:n:n]
	for i := range c.Tools {
		all = append(all, c.Tools[i].rules()...)
	}
	return append(all, rules[n:]...), nil
}

func (c *Config) ownRules() ([]policy.Rule, error) {
	if c.Policy == nil {
		return defaultRules()
	}
	var rules []policy.Rule
	for i := range c.Policy {
		r, err := c.Policy[i].rule(i)
		if err != nil {
			return nil, c.at.err(fmt.Sprintf("policy[%d]", i), err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// stricter returns how many of the first rules give away less than encrypt. A tool that requires
// encryption must not undo them: a credential that the policy redacts stays redacted. A rule without
// conditions is for what no tool's rule speaks of, and ends them.
func stricter(rules []policy.Rule) int {
	for i, r := range rules {
		free := len(r.Servers)+len(r.Methods)+len(r.Names)+len(r.Principals)+len(r.Paths)+len(r.Entities) == 0 && r.MinConfidence == 0
		if r.Direction != policy.ToServer && (free || !r.Action.Stricter(policy.Encrypt)) {
			return i
		}
	}
	return len(rules)
}

// defaultRules is the policy that holds where none is configured: what a tool returns is sealed
// before the model sees it, credentials for good, and what the model sends passes, tokens closed.
func defaultRules() ([]policy.Rule, error) {
	credentials, err := credentialEntities()
	if err != nil {
		return nil, err
	}
	return []policy.Rule{
		{Name: "default: redact credentials", Direction: policy.ToClient, Entities: credentials, Action: policy.Redact},
		{Name: "default: encrypt to the client", Direction: policy.ToClient, Action: policy.Encrypt},
		{Name: "default: pass to the server", Direction: policy.ToServer, Action: policy.Pass},
	}, nil
}

// credentialEntities are the entities of the packs secrets, secrets-cloud and so on, read once:
// a client waits for us to start.
var credentialEntities = sync.OnceValues(func() ([]string, error) {
	var names []string
	for _, name := range patterns.Names() {
		if name != "secrets" && !strings.HasPrefix(name, "secrets-") {
			continue
		}
		pack, err := patterns.Builtin(name)
		if err != nil {
			return nil, err
		}
		for _, e := range pack.Entities() {
			if !slices.Contains(names, string(e)) {
				names = append(names, string(e))
			}
		}
	}
	return names, nil
})

// builtinPacks are the names that a list of packs may have.
func builtinPacks() []string {
	return slices.Concat([]string{patterns.Default}, patterns.Names(), patterns.Optional())
}

// ToolNames are the globs of the tools that t is about.
func (t *Tool) ToolNames() []string {
	if t.Name != "" {
		return []string{t.Name}
	}
	return t.Names
}

func (t *Tool) rules() []policy.Rule {
	names := t.ToolNames()
	said := "tool " + strings.Join(names, ", ")
	var rules []policy.Rule
	if t.RequiresEncryption {
		rules = append(rules, policy.Rule{
			Name: said + ": requires encryption", Direction: policy.ToClient, Servers: t.Servers,
			Methods: []string{call}, Names: names, Action: policy.Encrypt,
		})
	}
	for _, r := range t.Reveal {
		var paths []string
		for _, p := range r.Paths {
			paths = append(paths, arguments+p)
		}
		grant, _ := policy.ParseGrant(cmp.Or(r.Grant, policy.Plain.String())) // validated
		name := said + ": reveal"
		if grant == policy.Deny {
			name = said + ": deny"
		}
		rules = append(rules, policy.Rule{
			Name: name, Direction: policy.ToServer, Servers: t.Servers, Methods: []string{call}, Names: names, Principals: r.Principals,
			Paths: paths, Entities: r.Entities, Action: policy.Decrypt, Grant: grant, With: r.Keep,
		})
	}
	return rules
}

// name is what the i-th rule is called.
func (r *Rule) name(i int) string {
	if r.Name != "" {
		return r.Name
	}
	return fmt.Sprintf("policy[%d]", i)
}

func (r *Rule) rule(i int) (policy.Rule, error) {
	out := policy.Rule{
		Name: r.name(i), Servers: r.Servers, Methods: r.Methods, Names: r.Names, Principals: r.Principals,
		Paths: r.Paths, Entities: r.Entities, With: r.With,
	}
	var err error
	if out.Action, err = policy.ParseAction(r.Action); err != nil {
		return out, err
	}
	if out.Grant, err = policy.ParseGrant(cmp.Or(r.Grant, policy.Plain.String())); err != nil {
		return out, err
	}
	if out.Action == policy.Decrypt && out.Methods == nil {
		out.Methods = []string{call}
	}
	if r.Direction != "" {
		if out.Direction, err = policy.ParseDirection(r.Direction); err != nil {
			return out, err
		}
	}
	if r.MinConfidence != "" {
		if out.MinConfidence, err = detect.ParseConfidence(r.MinConfidence); err != nil {
			return out, err
		}
	}
	return out, nil
}

// ParseReveal reads what --reveal says: TOOL[:ENTITY,ENTITY…]@/PATH,/PATH….
func ParseReveal(s string) (Tool, error) {
	const form = "want TOOL[:ENTITY,…]@/ARGUMENT,…, such as send_mail:EMAIL_ADDRESS@/to"
	head, paths, where := s, "", strings.Index(s, "@/")
	if where >= 0 {
		head, paths = s[:where], s[where+1:]
	}
	tool, list, some := strings.Cut(head, ":")
	if tool = strings.TrimSpace(tool); tool == "" {
		return Tool{}, fmt.Errorf("config: --reveal names no tool, %s", form)
	}
	r := Reveal{}
	if some {
		for e := range strings.SplitSeq(list, ",") {
			if e = strings.TrimSpace(e); e == "" {
				return Tool{}, fmt.Errorf("config: --reveal %s: an entity is empty, %s", tool, form)
			}
			r.Entities = append(r.Entities, e)
		}
	}
	if where < 0 {
		return Tool{}, fmt.Errorf("config: --reveal %s: names no arguments, %s; @/** is all of them, free text included", tool, form)
	}
	for p := range strings.SplitSeq(paths, ",") {
		p = strings.TrimSpace(p)
		if _, err := policy.ParsePaths([]string{p}); err != nil || p == "" {
			return Tool{}, fmt.Errorf("config: --reveal %s: an argument is no JSON Pointer, %s", tool, form)
		}
		r.Paths = append(r.Paths, p)
	}
	return Tool{Name: tool, Reveal: []Reveal{r}, flag: true}, nil
}
