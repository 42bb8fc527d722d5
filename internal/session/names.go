package session

import (
	"strconv"
	"strings"
	"sync"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/policy"
)

// names keeps the strings of names that come again and again, so that none is made for each
// message, and their cleaned forms.
type names struct {
	texts   map[string]string
	cleaned map[string]string
	found   []detect.Finding

	// What was asked for last, by its length: messages that follow each other have the same names.
	lastText  [8]string
	lastClean [8]struct{ name, clean string }
}

const (
	maxNames    = 1024 // of each
	maxKeptName = 256  // bytes of a name kept
)

// text returns b as a string.
func (n *names) text(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	last := &n.lastText[len(b)%len(n.lastText)]
	if *last == string(b) {
		return *last
	}
	if s, ok := n.texts[string(b)]; ok {
		*last = s
		return s
	}
	s := string(b)
	if len(s) <= maxKeptName {
		*last = s
		if n.texts == nil || len(n.texts) >= maxNames {
			n.texts = make(map[string]string)
		}
		n.texts[s] = s
	}
	return s
}

// clean returns s for a record: with labels in place of what det finds in it.
func (n *names) clean(det *detect.Detector, s string) string {
	switch {
	case s == "":
		return ""
	case det == nil:
		return "?"
	}
	last := &n.lastClean[len(s)%len(n.lastClean)]
	if last.name == s {
		return last.clean
	}
	if c, ok := n.cleaned[s]; ok {
		last.name, last.clean = s, c
		return c
	}
	c := n.label(det, s)
	if len(s) <= maxKeptName {
		last.name, last.clean = s, c
		if n.cleaned == nil || len(n.cleaned) >= maxNames {
			n.cleaned = make(map[string]string)
		}
		n.cleaned[s] = c
	}
	return c
}

// maxLogged is the length of a name in a record.
const maxLogged = 512

func (n *names) label(det *detect.Detector, s string) string {
	// What is hidden behind percent signs is not cut out but goes with all around it.
	if plain := unescape(s); plain != s && len(det.Append(n.found[:0], detect.Text{Raw: []byte(plain), Final: true})) > 0 {
		return "[cleaned]"
	}
	n.found = det.Append(n.found[:0], detect.Text{Raw: []byte(s), Final: true})
	if len(n.found) == 0 && len(s) <= maxLogged {
		return s
	}
	var b strings.Builder
	at := 0
	for _, f := range n.found {
		if f.Start < at {
			if f.End > at {
				at = f.End
			}
			continue
		}
		b.WriteString(s[at:f.Start])
		b.WriteString("[" + string(f.Rule.Entity) + "]")
		at = f.End
	}
	b.WriteString(s[at:])
	if c := b.String(); len(c) <= maxLogged {
		return c
	}
	return b.String()[:maxLogged] + "…"
}

// unescape decodes what is percent-encoded in s, and leaves what only looks so.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// paths holds what mcpwire.Protected says, compiled. Its lists are shared, and so are few.
var paths sync.Map // *string, the first of the list → *policy.Paths

// protected returns what of such a message never changes. It remembers what it said last.
func (p *Port) protected(method string, kind mcpwire.Kind) *policy.Paths {
	list := mcpwire.Protected(method, kind)
	if p.kept.first != &list[0] {
		p.kept.first, p.kept.paths = &list[0], compiled(list)
	}
	return p.kept.paths
}

func compiled(list []string) *policy.Paths {
	if p, ok := paths.Load(&list[0]); ok {
		return p.(*policy.Paths)
	}
	p, err := policy.ParsePaths(list)
	if err != nil {
		panic("session: internal error: " + err.Error())
	}
	paths.Store(&list[0], p)
	return p
}
