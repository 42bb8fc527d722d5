package config

import (
	"encoding"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// An Error places a mistake in a configuration file. It never repeats a value of the file, which
// might be a secret in the wrong place.
type Error struct {
	File  string // "" where it was on the command line
	Line  int    // 0 where it is the whole file
	Field string // "key.vault.uri"; "" for the whole file
	Err   error
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" { // else it was not in a file but on the command line
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d", e.Line)
		}
		b.WriteString(": ")
	}
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(e.Err.Error())
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// positions tells where in a file the fields of a Config stand, by their path: "policy[2].action".
type positions struct {
	file string
	line map[string]int
	bad  []string // fields whose value could not be read: what they hold says nothing
}

// unread reports whether field, or a part of it, could not be read.
func (p positions) unread(field string) bool {
	for _, b := range p.bad {
		if rest, ok := strings.CutPrefix(b, field); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

// err places a mistake at a field, or where the field is left out, at what it would stand in.
func (p positions) err(field string, err error) *Error {
	for at := field; at != ""; {
		if n, ok := p.line[at]; ok {
			return &Error{File: p.file, Line: n, Field: field, Err: err}
		}
		at = at[:max(0, strings.LastIndexAny(at, ".["))]
	}
	return &Error{File: p.file, Field: field, Err: err}
}

// decode reads the one YAML document of data over *c, strictly. It reads on after a mistake and
// returns all of them.
func decode(file string, data []byte, c *Config) []error {
	d := decoder{positions: positions{file: file, line: map[string]int{}}}
	var doc yaml.Node
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return []error{&Error{File: file, Err: errors.New("is empty, want at least version: 1")}}
	case err != nil:
		return []error{syntaxError(file, err)}
	}
	var more yaml.Node
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return []error{&Error{File: file, Line: more.Line, Err: errors.New("holds more than one YAML document, want one")}}
	}
	d.value("", doc.Content[0], reflect.ValueOf(c).Elem())
	c.at = d.positions
	return d.errs
}

// syntaxError takes the line out of an error of the YAML reader's, which says "yaml: line 3: …".
func syntaxError(file string, err error) *Error {
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(msg, "line "); ok {
		if num, text, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(num); err == nil {
				return &Error{File: file, Line: n, Err: errors.New("is no YAML: " + text)}
			}
		}
	}
	if strings.Contains(msg, "unknown anchor") { // it quotes the text
		msg = "unknown anchor"
	}
	return &Error{File: file, Err: errors.New("is no YAML: " + msg)}
}

// A decoder carries out decode. Of yaml.v3 it uses the nodes only: that package's own decoding
// repeats values in its errors and stops at the first of some.
type decoder struct {
	positions
	errs []error
}

// fail notes a mistake in the value of a field.
func (d *decoder) fail(n *yaml.Node, path, format string, args ...any) {
	d.bad = append(d.bad, path)
	d.note(n, path, fmt.Errorf(format, args...))
}

func (d *decoder) note(n *yaml.Node, path string, err error) {
	d.errs = append(d.errs, &Error{File: d.file, Line: n.Line, Field: path, Err: err})
}

var textType = reflect.TypeFor[encoding.TextUnmarshaler]()

func (d *decoder) value(path string, n *yaml.Node, v reflect.Value) {
	if path != "" {
		d.line[path] = n.Line
	}
	if n.Kind == yaml.AliasNode {
		d.fail(n, path, "is a YAML alias, which is not supported: write it out")
		return
	}
	if v.Kind() != reflect.Pointer && v.Addr().Type().Implements(textType) {
		if s, ok := d.scalar(path, n); ok {
			if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)); err != nil {
				d.fail(n, path, "%w", err)
			}
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		if d, ok := p.Interface().(interface{ setDefaults() }); ok {
			d.setDefaults()
		}
		if n.Kind != yaml.ScalarNode || n.Tag != "!!null" { // "local:" alone is an empty Local
			d.value(path, n, p.Elem())
		}
		v.Set(p)
	case reflect.Struct:
		d.object(path, n, v)
	case reflect.Slice:
		d.list(path, n, v)
	case reflect.String:
		if s, ok := d.scalar(path, n); ok {
			v.SetString(s)
		}
	case reflect.Int:
		if s, ok := d.scalar(path, n); ok {
			i, err := strconv.Atoi(s)
			if err != nil {
				d.fail(n, path, "is no whole number")
			}
			v.SetInt(int64(i))
		}
	case reflect.Bool:
		if s, ok := d.scalar(path, n); ok {
			if n.Tag != "!!bool" {
				d.fail(n, path, "want true or false")
			}
			v.SetBool(s == "true")
		}
	default:
		panic("config: internal error: field " + path + " has a type that decode does not know")
	}
}

func (d *decoder) scalar(path string, n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		d.fail(n, path, "want one value, not %s", kindName(n))
		return "", false
	}
	return n.Value, true
}

func (d *decoder) list(path string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		d.fail(n, path, "want a list, not %s", kindName(n))
		return
	}
	s := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, e := range n.Content {
		d.value(fmt.Sprintf("%s[%d]", path, i), e, s.Index(i))
	}
	v.Set(s)
}

func (d *decoder) object(path string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, path, "want fields, not %s", kindName(n))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		at := strings.TrimPrefix(path+"."+key.Value, ".")
		f, ok := fieldByName(v, key.Value)
		switch first, twice := seen[key.Value]; {
		case !ok:
			d.note(key, path, fmt.Errorf("unknown field%s", nearest(v.Type(), key.Value)))
			continue
		case twice:
			d.fail(key, at, "stands twice, first in line %d", first)
			continue
		}
		seen[key.Value] = key.Line
		d.value(at, val, f)
		d.line[at] = key.Line
	}
}

func kindName(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "fields"
	case n.Tag == "!!null":
		return "nothing"
	}
	return "one value"
}

func fieldByName(v reflect.Value, name string) (reflect.Value, bool) {
	for i, t := 0, v.Type(); i < t.NumField(); i++ {
		if tag := t.Field(i).Tag.Get("yaml"); tag != "" && tag == name {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// nearest names the unknown field if it is a plain word, and the known one it is probably meant to be.
func nearest(t reflect.Type, name string) string {
	var known []string
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("yaml"); tag != "" {
			known = append(known, tag)
		}
	}
	best, dist := "", 1+max(1, len(name)/3)
	for _, k := range known {
		if n := distance(name, k); n < dist {
			best, dist = k, n
		}
	}
	said := ""
	if best != "" || isWord(name) {
		said = " " + strconv.Quote(name)
	}
	if best != "" {
		return said + ", did you mean " + best + "?"
	}
	slices.Sort(known)
	return said + ", want one of " + strings.Join(known, ", ")
}

// isWord reports whether s reads like a field's name, and so not like a secret.
func isWord(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && c != '_' && c != '-' {
			return false
		}
	}
	return len(s) <= 32
}

// distance is the number of edits between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diag, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diag+cost)
		}
	}
	return row[len(b)]
}
