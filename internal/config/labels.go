package config

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// A Label says what a labelled set calls an entity.
type Label struct {
	Label  string // as the set writes it
	Entity string // "" to leave out what it stands for
}

var entityPattern = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)

// LoadLabels reads the file at path, a YAML mapping of labels to entities, in its order. All that is wrong with it is
// reported at once, joined, each as an [*Error].
func LoadLabels(path string) ([]Label, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("config: %s is longer than %v", path, Size(maxFile))
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, syntaxError(path, err)
	}
	const form = "want a mapping of labels to entities, such as\nTEL: PHONE_NUMBER\nJOB: \"\"     # left out"
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode || len(doc.Content[0].Content) == 0 {
		return nil, &Error{File: path, Err: errors.New(form)}
	}
	var labels []Label
	var errs []error
	for n := doc.Content[0].Content; len(n) >= 2; n = n[2:] {
		fail := func(says string) {
			errs = append(errs, &Error{File: path, Line: n[0].Line, Field: n[0].Value, Err: errors.New(says)})
		}
		l := Label{n[0].Value, n[1].Value}
		switch {
		case n[1].Kind != yaml.ScalarNode || n[1].Tag != "!!str" || l.Entity != "" && !entityPattern.MatchString(l.Entity):
			fail(`want an entity, such as PHONE_NUMBER, or "" to leave the label out`)
		case slices.ContainsFunc(labels, func(o Label) bool { return o.Label == l.Label }):
			fail("stands twice")
		default:
			labels = append(labels, l)
		}
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return labels, nil
}
