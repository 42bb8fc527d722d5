package patterns

import (
	"bytes"

	"go.yaml.in/yaml/v3"

	"github.com/mcpveil/mcpveil/detect"
)

// The shape of a pack's file, for writing. Reading goes by nodes, which have lines.
type (
	filePack struct {
		Pack        string     `yaml:"pack"`
		Version     int        `yaml:"version"`
		Title       string     `yaml:"title,omitempty"`
		Description string     `yaml:"description,omitempty"`
		Rules       []fileRule `yaml:"rules"`
	}
	fileRule struct {
		ID          string   `yaml:"id"`
		Entity      string   `yaml:"entity"`
		Token       string   `yaml:"token"`
		Title       string   `yaml:"title"`
		Description string   `yaml:"description,omitempty"`
		References  []string `yaml:"references"`
		Patterns    []any    `yaml:"patterns,omitempty"` // texts and filePatterns
		Checks      []any    `yaml:"checks,omitempty"`   // texts and fileChecks
		Context     []string `yaml:"context,omitempty"`
		Against     []string `yaml:"against,omitempty"`
		Fields      []string `yaml:"fields,omitempty"`
		Parents     []string `yaml:"parents,omitempty"`
		Siblings    []string `yaml:"siblings,omitempty"`
		Tier        string   `yaml:"tier"`
		Profile     string   `yaml:"profile,omitempty"`
		MaxLen      int      `yaml:"max_len,omitempty"`
		Examples    []string `yaml:"examples"`
		Negatives   []string `yaml:"negatives"`
	}
	filePattern struct {
		Expr   string `yaml:"expr"`
		Guard  string `yaml:"guard,omitempty"`
		Engine string `yaml:"engine,omitempty"`
	}
	fileCheck struct {
		Name string `yaml:"name"`
		Mode string `yaml:"mode"`
	}
)

// YAML returns p as a file that [Load] reads.
func (p *Pack) YAML() ([]byte, error) {
	f := filePack{Pack: p.Name, Version: p.Version, Title: p.Title, Description: p.Description}
	for i := range p.Rules {
		f.Rules = append(f.Rules, p.Rules[i].shape())
	}
	return encode(f)
}

// YAML returns r as an item of a pack's rules.
func (r *Rule) YAML() ([]byte, error) { return encode([]fileRule{r.shape()}) }

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

func (r *Rule) shape() fileRule {
	f := fileRule{
		ID: r.ID, Entity: string(r.Entity), Token: r.Token, Title: r.Title, Description: r.Description, References: r.References,
		Context: r.Context, Against: r.Against, Fields: r.Fields, Parents: r.Parents, Siblings: r.Siblings,
		Tier: nameOf(tiers, r.Tier), MaxLen: r.MaxLen, Examples: r.Examples, Negatives: r.Negatives,
	}
	if r.Profile > Strict {
		f.Profile = r.Profile.String()
	}
	for _, p := range r.Patterns {
		if p.Guard == detect.GuardWord && p.Engine == detect.RE2 {
			f.Patterns = append(f.Patterns, p.Expr)
			continue
		}
		q := filePattern{Expr: p.Expr}
		if p.Guard != detect.GuardWord {
			q.Guard = nameOf(guards, p.Guard)
		}
		if p.Engine != detect.RE2 {
			q.Engine = nameOf(engines, p.Engine)
		}
		f.Patterns = append(f.Patterns, q)
	}
	for _, c := range r.Checks {
		if c.Mode == detect.Require {
			f.Checks = append(f.Checks, c.Name)
			continue
		}
		f.Checks = append(f.Checks, fileCheck{c.Name, nameOf(modes, c.Mode)})
	}
	return f
}

// nameOf returns what packs call v.
func nameOf[T comparable](names map[string]T, v T) string {
	for name, w := range names {
		if w == v {
			return name
		}
	}
	return ""
}
