package schema

import (
	"encoding/json"
	"math"
	"math/big"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// NOTE: of a scalar that is made up it must be known whether it is valid, and not only what the schema asks for. Where
// that cannot be told, as of a pattern that Go's regexp cannot read, it is not.

// maxPattern is the longest pattern that is compiled.
const maxPattern = 4 << 10

// misfit returns the first keyword that a scalar does not meet whose text this is, a number's or the inside of a string; "" if it meets
// all that n asks.
func (r resolver) misfit(n *node, text string, number bool, depth int) string {
	switch {
	case n == nil:
		return ""
	case depth == 0:
		return "$ref"
	}
	if len(n.Type) > 0 && !n.Type.allow(text, number) {
		return "type"
	}
	if len(n.Enum) > 0 && !anyEqual(n.Enum, text, number) {
		return "enum"
	}
	if n.Const != nil {
		var c any
		if json.Unmarshal(*n.Const, &c) != nil || !anyEqual([]any{c}, text, number) {
			return "const"
		}
	}
	keyword := ""
	if number {
		keyword = n.misfitNumber(text)
	} else {
		keyword = n.misfitString(text)
	}
	if keyword != "" {
		return keyword
	}
	all, _ := r.parts(n)
	for _, p := range all {
		if keyword := r.misfit(p, text, number, depth-1); keyword != "" {
			return keyword
		}
	}
	for _, choice := range [][]*node{n.AnyOf, n.OneOf} {
		keyword := ""
		for _, p := range choice {
			if keyword = r.misfit(p, text, number, depth-1); keyword == "" {
				break
			}
		}
		if keyword != "" {
			return keyword
		}
	}
	return ""
}

func (t types) allow(text string, number bool) bool {
	for _, s := range t {
		if s == "string" && !number || s == "number" && number || s == "integer" && number && !strings.ContainsAny(text, ".eE") {
			return true
		}
	}
	return false
}

func anyEqual(list []any, text string, number bool) bool {
	for _, v := range list {
		switch v := v.(type) {
		case string:
			if !number && v == text {
				return true
			}
		case float64:
			if f, _, err := big.ParseFloat(text, 10, 64, big.ToNearestEven); number && err == nil && f.Cmp(big.NewFloat(v)) == 0 {
				return true
			}
		}
	}
	return false
}

// maxWhole is above which whole numbers are no longer read alike by all: many readers have only 53 bits for one.
var maxWhole = big.NewFloat(1 << 53)

func (n *node) misfitNumber(text string) string {
	f, _, err := big.ParseFloat(text, 10, 256, big.ToNearestEven)
	if err != nil || new(big.Float).Abs(f).Cmp(maxWhole) > 0 {
		return "type"
	}
	for _, bound := range []struct {
		keyword string
		limit   *limit
		within  func(cmp int) bool
	}{
		{"minimum", n.Minimum, func(cmp int) bool { return cmp >= 0 }},
		{"maximum", n.Maximum, func(cmp int) bool { return cmp <= 0 }},
		{"exclusiveMinimum", n.ExclusiveMinimum, func(cmp int) bool { return cmp > 0 }},
		{"exclusiveMaximum", n.ExclusiveMaximum, func(cmp int) bool { return cmp < 0 }},
	} {
		if l := bound.limit; l != nil && (math.IsNaN(float64(*l)) || !bound.within(f.Cmp(big.NewFloat(float64(*l))))) {
			return bound.keyword
		}
	}
	if l := n.MultipleOf; l != nil && (!(*l > 0) || !new(big.Float).Quo(f, big.NewFloat(float64(*l))).IsInt()) {
		return "multipleOf"
	}
	return ""
}

func (n *node) misfitString(text string) string {
	length := utf8.RuneCountInString(text)
	switch {
	case n.MinLength != nil && !(float64(length) >= float64(*n.MinLength)):
		return "minLength"
	case n.MaxLength != nil && length > *n.MaxLength:
		return "maxLength"
	case n.Pattern != "" && !n.matches(text):
		return "pattern"
	case !validFormat(n.Format, text):
		return "format " + n.Format
	}
	return ""
}

// matches reports whether text matches n's pattern. One that Go cannot read is matched by nothing.
func (n *node) matches(text string) bool {
	n.compile.Do(func() {
		if len(n.Pattern) <= maxPattern {
			n.re, _ = regexp.Compile(n.Pattern)
		}
	})
	return n.re != nil && n.re.MatchString(text)
}

var (
	uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	hostForm = regexp.MustCompile(`^[0-9A-Za-z]([0-9A-Za-z-]{0,61}[0-9A-Za-z])?(\.[0-9A-Za-z]([0-9A-Za-z-]{0,61}[0-9A-Za-z])?)*$`)
	mailForm = regexp.MustCompile(`^[^\s@<>()]+@[^\s@<>()]+$`)
)

// validFormat reports whether text is of a format. Formats that are not named here validators do not know, or accept any text for.
func validFormat(format, text string) bool {
	switch format {
	case "email", "idn-email":
		return mailForm.MatchString(text)
	case "date":
		_, err := time.Parse(time.DateOnly, text)
		return err == nil
	case "date-time":
		_, err := time.Parse(time.RFC3339Nano, text)
		return err == nil
	case "uuid":
		return uuidForm.MatchString(text)
	case "ipv4":
		a, err := netip.ParseAddr(text)
		return err == nil && a.Is4()
	case "ipv6":
		a, err := netip.ParseAddr(text)
		return err == nil && a.Is6() && a.Zone() == ""
	case "hostname", "idn-hostname":
		return len(text) <= 253 && hostForm.MatchString(text)
	case "uri", "iri":
		u, err := url.Parse(text)
		return err == nil && u.IsAbs()
	case "time", "duration":
		return false // nothing that is made up is one
	}
	return true
}
