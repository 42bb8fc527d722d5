package policy

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/detect"
)

// An Exception says which plain values are left as they are, whatever the rules say: an allow-list. An empty list
// matches everything, but there must be Names, Paths or Values.
type Exception struct {
	Name      string
	Direction Direction // zero: both
	Servers   []string  // globs
	Methods   []string  // globs
	Names     []string  // globs
	Paths     []string  // as a Rule's
	Entities  []string  // globs

	// Values are what HashValue makes of the values with Salt.
	Salt   []byte
	Values [][32]byte
}

// MaxExcepted is the longest value, in bytes, that is held against Exception.Values.
const MaxExcepted = 1 << 10

// minSalt is the shortest Exception.Salt, if there are Values.
const minSalt = 16

// HashValue returns the SHA-256 of salt and value: of a value without letters all but what telephone numbers, cards and the like are
// written with for the eye, which are white space, hyphens, brackets, plus signs, and a dot at the end; of any other one its characters in small letters, without
// white space. So +1 (212) 555-0123 and +12125550123 are the same, and so are two spellings of an IBAN.
func HashValue(salt, value []byte) [32]byte {
	var room [MaxExcepted]byte
	return sha256.Sum256(appendPlain(append(room[:0], salt...), value))
}

func appendPlain(dst, value []byte) []byte {
	letters := bytes.ContainsFunc(value, unicode.IsLetter)
	digit := false // before
	for i := 0; i < len(value); {
		r, n := utf8.DecodeRune(value[i:])
		switch {
		case letters && !unicode.IsSpace(r), unicode.IsDigit(r), !letters && !forTheEye(r) && !divides(r):
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		case divides(r) && (digit || r == ':'):
			// Behind the last digit it ends a sentence and divides nothing.
			if next, _ := utf8.DecodeRune(value[i+n:]); unicode.IsDigit(next) || r == ':' {
				dst = append(dst, byte(r))
			}
		}
		digit = unicode.IsDigit(r)
		i += n
	}
	return dst
}

// forTheEye reports whether r groups digits and tells nothing.
func forTheEye(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == '(' || r == ')' || r == '+'
}

// divides reports whether r tells where one number ends and the next begins, in a value of several.
func divides(r rune) bool { return r == '.' || r == ',' || r == '/' || r == ':' }

// A compiledException is an Exception ready for use.
type compiledException struct {
	Exception
	paths  *Paths // nil: everywhere
	values map[[32]byte]bool
	rule   Rule // what a Decision names
}

func (e *Exception) compile() (*compiledException, string) {
	c := &compiledException{Exception: *e, rule: Rule{Name: e.Name, Action: Pass}}
	switch {
	case e.Direction > ToClient:
		return nil, "unknown direction"
	case len(e.Values) == 0 && everything(e.Names, "*") && everything(e.Paths, "/**"):
		return nil, "it allows an entity everywhere, want names, paths or values"
	case len(e.Values) > 0 && len(e.Salt) < minSalt:
		return nil, "its salt is too short, want 16 bytes or more"
	}
	if len(e.Paths) > 0 {
		var err error
		if c.paths, err = ParsePaths(e.Paths); err != nil {
			return nil, err.Error()
		}
	}
	if len(e.Values) > 0 {
		c.values = make(map[[32]byte]bool, len(e.Values))
		for _, v := range e.Values {
			c.values[v] = true
		}
	}
	return c, ""
}

// everything reports whether a list leaves nothing out: an empty one, or one with that pattern.
func everything(list []string, pattern string) bool {
	return len(list) == 0 || slices.Contains(list, pattern)
}

func (e *Exception) at(s *Site) bool {
	return (e.Direction == 0 || e.Direction == s.Direction) &&
		matchAny(e.Servers, s.Server) && matchAny(e.Methods, s.Method) && matchAny(e.Names, s.Name)
}

// Excepts reports whether there are exceptions at this site at all.
func (d *Decider) Excepts() bool { return len(d.exceptions) > 0 }

// Except returns the decision to leave f, found in the value at pointer, as it is, if there is an exception for it. value is its plain
// text. It does not allocate.
func (d *Decider) Except(pointer []byte, f detect.Finding, value []byte) (Decision, bool) {
	if f.Rule.Sealed {
		return Decision{}, false
	}
	for _, e := range d.exceptions {
		if matchAny(e.Entities, string(f.Rule.Entity)) && (e.paths == nil || e.paths.Match(pointer)) &&
			(e.values == nil || len(value) <= MaxExcepted && e.values[HashValue(e.Salt, value)]) {
			return Decision{Action: Pass, Rule: &e.rule}, true
		}
	}
	return Decision{}, false
}
