package patterns

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

//go:embed builtin/*.yaml builtin/optional/*.yaml
var builtin embed.FS

// The folders of the packs that are on unless others are named, and of those that are off unless named.
const (
	usual    = "builtin/"
	optional = "builtin/optional/"
)

// Default stands for the packs of [Names] in a list of packs; see [Expand].
const Default = "default"

// files are the built-in packs by name. Each is read once: programs ask for the same packs in
// several places, and a client waits for them to start.
var files = sync.OnceValue(func() map[string]func() (*Pack, error) {
	all := make(map[string]func() (*Pack, error))
	for _, folder := range [...]string{usual, optional} {
		for _, name := range list(folder) {
			all[name] = sync.OnceValues(func() (*Pack, error) {
				file := folder + name + ".yaml"
				data, err := fs.ReadFile(builtin, file)
				if err != nil {
					return nil, err
				}
				pack, errs := parseBuiltin(file, data)
				return pack, errors.Join(errs...)
			})
		}
	}
	return all
})

// Builtin returns the pack of that name that comes with this package; [Names] and
// [Optional] list them. Each call returns a pack of its own.
func Builtin(name string) (*Pack, error) {
	read, ok := files()[name]
	if !ok {
		return nil, fmt.Errorf("patterns: no built-in pack %q, there are %s", name, strings.Join(slices.Concat(Names(), Optional()), ", "))
	}
	pack, err := read()
	if err != nil {
		return nil, err
	}
	return pack.clone(), nil
}

// Builtins is Builtin for several packs, which are read side by side. It returns those that there
// are, in the order of names, and what is wrong with the others.
func Builtins(names ...string) ([]*Pack, error) {
	packs, errs := make([]*Pack, len(names)), make([]error, len(names))
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(len(names), runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(names); i = int(next.Add(1)) - 1 {
				packs[i], errs[i] = Builtin(names[i])
			}
		})
	}
	all.Wait()
	return slices.DeleteFunc(packs, func(p *Pack) bool { return p == nil }), errors.Join(errs...)
}

// Names returns the names of the built-in packs that are on where nobody says which, sorted.
func Names() []string { return list(usual) }

// Optional returns the names of the built-in packs that are off unless they are named, sorted: they are
// less sure, or cost more, than most want.
func Optional() []string { return list(optional) }

// Expand returns the names of the built-in packs that a configuration means: those of [Names] if names is nil, and
// where [Default] is among them.
func Expand(names []string) []string {
	if names == nil {
		return Names()
	}
	packs := []string{}
	for _, name := range names {
		meant := []string{name}
		if name == Default {
			meant = Names()
		}
		for _, m := range meant {
			if !slices.Contains(packs, m) {
				packs = append(packs, m)
			}
		}
	}
	return packs
}

func list(folder string) []string {
	files, err := fs.Glob(builtin, folder+"*.yaml")
	if err != nil {
		panic("patterns: internal error: " + err.Error())
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(path.Base(file), ".yaml")
	}
	return names
}

// clone returns a copy of p that has nothing in common with it that can be changed.
func (p *Pack) clone() *Pack {
	c := *p
	c.Rules = slices.Clone(p.Rules)
	for i := range c.Rules {
		r := &c.Rules[i]
		r.Patterns, r.Checks = slices.Clone(r.Patterns), slices.Clone(r.Checks)
		for _, list := range [...]*[]string{&r.Context, &r.Against, &r.Fields, &r.Parents, &r.Siblings, &r.References, &r.Examples, &r.Negatives} {
			*list = slices.Clone(*list)
		}
	}
	return &c
}
