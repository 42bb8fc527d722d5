package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
)

// maxFile is the longest configuration file that is read.
const maxFile = 4 << 20

// Load reads the file at path over [Default] and checks it. All that is wrong with it is reported at
// once, joined, each as an [*Error]. With an error, the Config is nil or not fit for use: [Config.PacksOnly] is.
func Load(path string) (*Config, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("config: %s does not exist: give --config the path of a YAML file, or leave it out for the safe default", path)
	case err != nil:
		return nil, fmt.Errorf("config: %w", err)
	case info.Size() > maxFile:
		return nil, fmt.Errorf("config: %s is longer than %v", path, Size(maxFile))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	return Parse(path, data)
}

// Parse does what Load does, with data that is said to stand in file.
func Parse(file string, data []byte) (*Config, error) {
	c := Default()
	errs := decode(file, data, c)
	if len(errs) == 0 || c.at.line != nil {
		errs = append(errs, c.validate()...)
	}
	if len(errs) > 0 {
		slices.SortStableFunc(errs, func(a, b error) int { return cmp.Compare(lineOf(a), lineOf(b)) })
		return c, errors.Join(errs...)
	}
	return c, nil
}

func lineOf(err error) int {
	e, _ := errors.AsType[*Error](err)
	return e.Line // every mistake is an *Error
}

// Path returns where a path that the file names is: a relative one is relative to the file.
func (c *Config) Path(p string) string {
	if p == "" || filepath.IsAbs(p) || c.at.file == "" {
		return p
	}
	return filepath.Join(filepath.Dir(c.at.file), p)
}

// Shadowed returns c with the packs of its shadow, or nil if it has none.
func (c *Config) Shadowed() *Config {
	s := c.Shadow
	if s == nil {
		return nil
	}
	d := *c
	if s.Packs != nil {
		d.Packs = s.Packs
	}
	if s.PackFiles != nil {
		d.PackFiles = s.PackFiles
	}
	d.PackVersions = s.PackVersions
	d.Profile = cmp.Or(s.Profile, c.Profile)
	return &d
}

// Keep takes from old what cannot change while mcpveil runs, and returns the names of the fields that
// differed: they need a restart.
func (c *Config) Keep(old *Config) (changed []string) {
	n, o := reflect.ValueOf(c).Elem(), reflect.ValueOf(old).Elem()
	for i, t := 0, n.Type(); i < t.NumField(); i++ {
		name := t.Field(i).Tag.Get("yaml")
		if name == "" || slices.Contains(reloaded, name) {
			continue
		}
		if !reflect.DeepEqual(n.Field(i).Interface(), o.Field(i).Interface()) {
			changed = append(changed, name)
		}
		n.Field(i).Set(o.Field(i))
	}
	return changed
}

// reloaded are the fields that can change while mcpveil runs.
var reloaded = []string{"packs", "pack_files", "pack_keys", "pack_versions", "shadow", "profile", "min_confidence", "overrides", "allow", "policy", "tools", "strict"}

// PacksOnly returns the default with the packs of c, those that are there. It is for whoever wants to know
// what is wrong with them as well, where c itself has mistakes.
func (c *Config) PacksOnly() *Config {
	d := Default()
	d.at.file = c.at.file
	known := builtinPacks()
	for _, name := range c.Packs {
		if slices.Contains(known, name) {
			d.Packs = append(d.Packs, name)
		}
	}
	for _, glob := range c.PackFiles {
		if files, err := filepath.Glob(c.Path(glob)); err == nil && len(files) > 0 {
			d.PackFiles = append(d.PackFiles, glob)
		}
	}
	return d
}

// File is the file that c was read from, or "".
func (c *Config) File() string { return c.at.file }
