package convert

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
)

// presidioFile is what of a recognisers' file is understood.
type presidioFile struct {
	Recognizers []struct {
		Name               string      `yaml:"name"`
		Type               string      `yaml:"type"`
		Enabled            *bool       `yaml:"enabled"`
		SupportedEntity    string      `yaml:"supported_entity"`
		SupportedEntities  []string    `yaml:"supported_entities"`
		SupportedLanguages []yaml.Node `yaml:"supported_languages"`
		Patterns           []struct {
			Name  string  `yaml:"name"`
			Regex string  `yaml:"regex"`
			Score float64 `yaml:"score"`
		} `yaml:"patterns"`
		Context       []string `yaml:"context"`
		DenyList      []string `yaml:"deny_list"`
		DenyListScore *float64 `yaml:"deny_list_score"`
		Flags         *int     `yaml:"global_regex_flags"`
	} `yaml:"recognizers"`
}

// soundScore is from what score on a pattern of Presidio's is taken for enough by itself.
const soundScore = 0.5

// ignoreCase is Python's re.IGNORECASE.
const ignoreCase = 2

// Presidio makes a pack of a file of Presidio's recognisers. Patterns of a score below 0.5 find only with the recogniser's context
// words, the others by themselves. Case is ignored, as Presidio does.
func Presidio(data []byte, opts Options) (*patterns.Pack, []Note, error) {
	var f presidioFile
	if err := yaml.Unmarshal(data, &f); err != nil {
		return nil, nil, errors.New("convert: is no file of Presidio's recognisers: not YAML, or a field is not as Presidio has it")
	}
	if len(f.Recognizers) == 0 {
		return nil, nil, errors.New("convert: is no file of Presidio's recognisers: it has no recognizers")
	}
	c := newConverter("Imported from Presidio", opts)
	for i := range f.Recognizers {
		r := &f.Recognizers[i]
		source := r.Name
		if source == "" {
			source = fmt.Sprintf("recognizers[%d]", i)
		}
		of := r.SupportedEntity
		if of == "" && len(r.SupportedEntities) == 1 {
			of = r.SupportedEntities[0]
		}
		switch {
		case r.Enabled != nil && !*r.Enabled:
			c.note(source, "left out: it is not enabled")
			continue
		case len(r.Patterns)+len(r.DenyList) == 0:
			c.note(source, "left out: it has no patterns, but code of Presidio's own; mcpveil patterns list tells what is built in")
			continue
		case of == "":
			c.note(source, "left out: it is for no entity, or for more than one")
			continue
		}
		context := r.Context
		for _, n := range r.SupportedLanguages {
			var l struct {
				Context []string `yaml:"context"`
			}
			if n.Kind == yaml.MappingNode && n.Decode(&l) == nil {
				context = append(context, l.Context...)
			}
		}
		var sound, weak []detect.Pattern
		for _, p := range r.Patterns {
			expr := p.Regex
			if (r.Flags == nil || *r.Flags&ignoreCase != 0) && !strings.HasPrefix(expr, "(?i)") {
				expr = "(?i)" + expr
			}
			q, dropped, err := pattern(expr, -1)
			if err != nil {
				c.note(source, "pattern %q left out: %v", p.Name, err)
				continue
			}
			if dropped {
				c.note(source, "pattern %q asserts an end of the text: it now matches anywhere, as a word of its own", p.Name)
			}
			if p.Score >= soundScore {
				sound = append(sound, q)
			} else {
				weak = append(weak, q)
			}
		}
		if len(r.DenyList) > 0 {
			var words []string
			for _, w := range r.DenyList {
				words = append(words, regexp.QuoteMeta(w))
			}
			sound = append(sound, detect.Pattern{Expr: "(?i)(?:" + strings.Join(words, "|") + ")", Guard: detect.GuardWord})
		}
		const reference = "https://microsoft.github.io/presidio/"
		if len(sound) > 0 {
			c.add(source, source, reference, detect.Rule{Entity: entity(of), Tier: detect.ByItself, Patterns: sound, Context: context})
		}
		switch {
		case len(weak) > 0 && len(context) == 0:
			c.note(source, "patterns of a score below %v left out: there are no context words to speak for them", soundScore)
		case len(weak) > 0:
			c.add(source, source, reference, detect.Rule{Entity: entity(of), Tier: detect.WithContext, Patterns: weak, Context: context})
		}
	}
	return c.done()
}
