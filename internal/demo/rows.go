package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A field is a scalar of a JSON text with a readable path.
type field struct{ path, value string }

// flatten lists the scalars of raw in order. JSON in a string is opened.
func flatten(raw []byte) []field {
	var list []field
	walk(json.NewDecoder(bytes.NewReader(raw)), "", &list)
	return list
}

func walk(dec *json.Decoder, path string, list *[]field) {
	tok, err := dec.Token()
	if err != nil {
		return
	}
	switch v := tok.(type) {
	case json.Delim:
		for i := 0; dec.More(); i++ {
			name := fmt.Sprintf("%d", i+1)
			if v == '{' {
				key, err := dec.Token()
				if err != nil {
					return
				}
				name, _ = key.(string)
			}
			walk(dec, join(path, name), list)
		}
		_, _ = dec.Token() // the closing bracket
	case string:
		if s := strings.TrimSpace(v); len(s) > 1 && (s[0] == '{' || s[0] == '[') && json.Valid([]byte(s)) {
			walk(json.NewDecoder(strings.NewReader(s)), path, list)
			return
		}
		*list = append(*list, field{path, v})
	default:
		*list = append(*list, field{path, fmt.Sprint(v)})
	}
}

func join(path, name string) string {
	if path == "" || path == "structured" || path == "text" {
		return name
	}
	return path + "." + name
}

// A row is a field on both sides.
type row struct{ name, left, right string }

// pair puts what stands under the same path side by side; what the right side lacks is shown so.
func pair(left, right []field) []row {
	have := map[string]string{}
	for _, f := range right {
		have[f.path] = f.value
	}
	rows := make([]row, 0, len(left))
	for _, f := range left {
		r, ok := have[f.path]
		if !ok {
			r = "(not there)"
		}
		rows = append(rows, row{f.path, f.value, r})
	}
	return rows
}

// valuesIn lists the customers' real values that stand in text.
func (s *story) valuesIn(text string) []string {
	var list []string
	for _, c := range s.customers {
		for _, v := range c.values() {
			if strings.Contains(text, v) {
				list = append(list, v)
			}
		}
	}
	return list
}

// pad fills s with blanks to n characters, or cuts it.
func pad(s string, n int) string {
	have := utf8.RuneCountInString(s)
	if have > n && n > 0 {
		return string([]rune(s)[:n-1]) + "…"
	}
	return s + strings.Repeat(" ", max(0, n-have))
}

// wrap breaks text at blanks into lines of at most n characters, where words allow.
func wrap(text string, n int) []string {
	var lines []string
	line := ""
	for _, w := range strings.Fields(text) {
		switch {
		case line == "":
			line = w
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(w) <= n:
			line += " " + w
		default:
			lines, line = append(lines, line), w
		}
	}
	return append(lines, line)
}
