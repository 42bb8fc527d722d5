package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/mail"
	"regexp"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// A check is one sentence of the verification, and what is wrong where it does not hold.
type check struct {
	says  string
	wrong []string // what it found, by name and never by value
}

// verify says whether no real value reached the model and every permitted one the tool.
func (s *story) verify() []check {
	return []check{s.planted(), s.leaks(), s.permitted(), s.withheld(), s.fitting(), s.silent()}
}

// planted proves that there was something to leak: without it, the rest would say nothing.
func (s *story) planted() check {
	var sent []byte
	for _, st := range s.steps {
		sent = append(sent, st.Sent...)
	}
	n := 0
	for _, c := range s.customers {
		for _, v := range c.values() {
			if contains(sent, v) {
				n++
			}
		}
	}
	c := check{says: fmt.Sprintf("the server sent %d real values of %d customers", n, len(s.customers))}
	if n < 20 {
		c.wrong = append(c.wrong, "that is too few to prove anything")
	}
	return c
}

func (s *story) leaks() check {
	seen := s.toModel.Bytes()
	c := check{says: fmt.Sprintf("none of them stands in the %s that reached the model", byteCount(int64(len(seen))))}
	c.wrong = s.found(seen)
	return c
}

// found names each customer's value that stands in text.
func (s *story) found(text []byte) []string {
	var names []string
	for _, cust := range s.customers {
		for what, v := range cust.values() {
			if contains(text, v) {
				names = append(names, cust.ID+"'s "+what)
			}
		}
	}
	return names
}

func (s *story) permitted() check {
	n := 0
	var wrong []string
	s.eachExpect(func(st Step, e Expect, answered, got string) {
		for _, v := range e.Opened {
			n++
			if !contains([]byte(got), v.value) {
				wrong = append(wrong, fmt.Sprintf("%s did not get the %s in %s", st.Tool, v.what, e.Arg))
			}
			if contains([]byte(answered), v.value) {
				wrong = append(wrong, fmt.Sprintf("the model gave %s the real %s", st.Tool, v.what))
			}
		}
	})
	return check{fmt.Sprintf("all %d permitted values reached the tools that may have them", n), wrong}
}

func (s *story) withheld() check {
	n := 0
	var wrong []string
	s.eachExpect(func(st Step, e Expect, answered, got string) {
		for _, v := range e.Closed {
			n++
			if contains([]byte(got), v.value) {
				wrong = append(wrong, fmt.Sprintf("%s got the %s in %s", st.Tool, v.what, e.Arg))
			}
		}
		if e.Same && got != answered {
			wrong = append(wrong, fmt.Sprintf("%s got another %s than the model gave", st.Tool, e.Arg))
		}
	})
	return check{fmt.Sprintf("all %d values that they may not have arrived as tokens", n), wrong}
}

// fitting holds what the model saw against the schemas that it was told: many clients refuse an answer that
// does not fit.
func (s *story) fitting() check {
	c := check{says: "what was sealed still fits the tools' output schemas"}
	held := 0
	for _, st := range s.steps {
		var res struct {
			Structured any `json:"structuredContent"`
		}
		schema := s.outputSchema(st.Tool)
		if err := json.Unmarshal(st.Saw, &res); err != nil || schema == nil || res.Structured == nil {
			continue
		}
		held++
		resolved, err := schema.Resolve(nil)
		if err != nil || resolved.Validate(res.Structured) != nil {
			c.wrong = append(c.wrong, "the answer of "+st.Tool+" does not")
		}
		fields, _ := res.Structured.(map[string]any)
		for name, p := range schema.Properties { // formats are not looked at by Validate
			text, _ := fields[name].(string)
			if a, err := mail.ParseAddress(text); p.Format == "email" && (err != nil || a.Address != text) {
				c.wrong = append(c.wrong, fmt.Sprintf("the %s in the answer of %s has no longer the form of one", name, st.Tool))
			}
		}
	}
	if held == 0 {
		c.wrong = append(c.wrong, "no tool has a schema: that proves nothing")
	}
	return c
}

func (s *story) outputSchema(tool string) *jsonschema.Schema {
	for _, t := range s.tools.Tools {
		raw, err := json.Marshal(t.OutputSchema)
		if t.Name != tool || err != nil {
			continue
		}
		var schema *jsonschema.Schema
		if json.Unmarshal(raw, &schema) == nil {
			return schema
		}
	}
	return nil
}

// silent looks where values leak by the side: records and error messages.
func (s *story) silent() check {
	said := s.stderr.Bytes()
	c := check{says: fmt.Sprintf("no value stands in %s of mcpveil's records and %s of its messages", byteCount(int64(len(s.log))), byteCount(int64(len(said))))}
	c.wrong = append(s.found(s.log), s.found(said)...)
	if len(s.records) == 0 {
		c.wrong = append(c.wrong, "there are no records")
	}
	return c
}

// eachExpect calls f for each argument of which something is expected, as the model gave it and
// as the tool got it.
func (s *story) eachExpect(f func(st Step, e Expect, answered, got string)) {
	for _, st := range s.steps {
		var answered, got map[string]any
		_ = json.Unmarshal(st.Answered, &answered)
		_ = json.Unmarshal(st.Got, &got)
		for _, e := range st.Expect {
			a, _ := answered[e.Arg].(string)
			g, _ := got[e.Arg].(string)
			f(st, e, a, g)
		}
	}
}

var notDigit = regexp.MustCompile(`[ ()+./-]`)

// contains reports whether value stands in text: as it is, not as a part of a longer word, and for
// numbers in any grouping.
func contains(text []byte, value string) bool {
	if digits := notDigit.ReplaceAllString(value, ""); len(digits) >= 9 && strings.Trim(digits, "0123456789") == "" {
		return bytes.Contains(notDigit.ReplaceAll(text, nil), []byte(digits))
	}
	lower, want := bytes.ToLower(text), []byte(strings.ToLower(value))
	for at := 0; ; {
		i := bytes.Index(lower[at:], want)
		if i < 0 {
			return false
		}
		i += at
		at = i + 1
		if (i == 0 || !isAlnum(lower[i-1])) && (i+len(want) == len(lower) || !isAlnum(lower[i+len(want)])) {
			return true
		}
	}
}

func isAlnum(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
