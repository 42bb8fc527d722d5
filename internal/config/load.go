package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// maxFile is the longest configuration file that is read.
const maxFile = 4 << 20

// Load reads the file at path over [Default] and checks it. All that is wrong with it is reported at
// once, joined, each as an [*Error].
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
		return nil, errors.Join(errs...)
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

// File is the file that c was read from, or "".
func (c *Config) File() string { return c.at.file }
