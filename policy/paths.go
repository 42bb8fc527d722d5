package policy

import (
	"fmt"
	"strings"
)

// Paths is a compiled list of JSON Pointer patterns (RFC 6901) in which the token "*" stands for
// any one token and a final "**" for any rest, the empty one included.
// It is immutable and safe for concurrent use; a nil *Paths matches nothing.
type Paths struct{ patterns [][]string }

// ParsePaths compiles patterns: "/result/content/*/text", "/params/arguments/**".
func ParsePaths(patterns []string) (*Paths, error) {
	p := &Paths{}
	for _, s := range patterns {
		if s != "" && s[0] != '/' {
			return nil, fmt.Errorf("policy: path %q is no JSON Pointer, want it to begin with /", s)
		}
		toks := strings.Split(s, "/")[1:]
		if s == "" {
			toks = nil
		}
		for i, t := range toks {
			if t == "**" && i != len(toks)-1 {
				return nil, fmt.Errorf(`policy: path %q: "**" may only stand last`, s)
			}
		}
		p.patterns = append(p.patterns, toks)
	}
	return p, nil
}

// Match reports whether a pattern matches pointer, a JSON Pointer in its escaped form.
// It does not allocate.
func (p *Paths) Match(pointer []byte) bool {
	if p == nil {
		return false
	}
	for _, pat := range p.patterns {
		if matchPath(pat, pointer) {
			return true
		}
	}
	return false
}

func matchPath(pat []string, ptr []byte) bool {
	for i, want := range pat {
		if want == "**" && i == len(pat)-1 {
			return true
		}
		if len(ptr) == 0 { // ptr always begins with '/' here
			return false
		}
		end := 1
		for end < len(ptr) && ptr[end] != '/' {
			end++
		}
		if tok := ptr[1:end]; want != "*" && want != string(tok) {
			return false
		}
		ptr = ptr[end:]
	}
	return len(ptr) == 0
}
