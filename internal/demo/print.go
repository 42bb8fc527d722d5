package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A teller prints a story. The first error of writing stays in err.
type teller struct {
	out    io.Writer
	width  int
	paint  palette
	narrow bool // one column instead of two
	err    error
}

func newTeller(opts Options) *teller {
	t := &teller{out: opts.Out, width: min(max(opts.Width, 40), 132), narrow: opts.Width < 84}
	t.paint = palette{on: opts.Color}
	return t
}

func (t *teller) printf(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.out, format, args...)
	}
}

// shown is how many rows of a panel are printed.
const shown = 14

func (t *teller) tell(s *story) {
	t.printf("\n%s\n", t.paint.bold("mcpveil demo"))
	for _, l := range wrap("A model works for a customer desk. Between it and the desk's tools stands mcpveil. All values are drawn at random.", t.width) {
		t.printf("%s\n", l)
	}
	t.picture(s.opts.HTTP)
	for i, st := range s.steps {
		t.step(i+1, st, s)
	}
	t.summary(s)
}

// picture draws who stands where.
func (t *teller) picture(overHTTP bool) {
	wire := " ══ stdio ══ "
	if overHTTP {
		wire = " ══ HTTP ═══ "
	}
	gap := strings.Repeat(" ", len([]rune(wire)))
	t.printf("\n   %s%s%s%s%s\n", t.paint.bold(pad("model", 11)), wire, t.paint.bold(pad("mcpveil", 15)), wire, t.paint.bold("MCP server"))
	t.printf("   sees %s%s%s%ssends %s\n\n", t.paint.token("tokens"), gap, "opens and seals", gap, t.paint.real("values"))
}

func (t *teller) step(n int, st Step, s *story) {
	t.printf("%s %s  %s\n", t.paint.bold(fmt.Sprintf("%d", n)), t.paint.bold(st.Tool), t.paint.dim("the model wants to "+st.Say))
	known := func(text string) []string { return s.valuesIn(text) }
	t.panel("what the model answered", "what the tool got", flatten(st.Answered), flatten(st.Got), known)
	t.rules(s.records, n-1, "to-server")
	t.panel("what the server sent", "what the model saw", flatten(result(st.Sent)), flatten(result(st.Saw)), known)
	t.rules(s.records, n-1, "to-client")
	t.printf("\n")
}

// result leaves of a tool's result what people look at.
func result(raw json.RawMessage) json.RawMessage {
	var r struct {
		Content           []json.RawMessage `json:"content"`
		StructuredContent json.RawMessage   `json:"structuredContent,omitempty"`
		IsError           bool              `json:"isError,omitempty"`
	}
	if json.Unmarshal(raw, &r) != nil {
		return raw
	}
	out := []byte{'{'}
	for i, c := range r.Content {
		var block struct {
			Text string `json:"text"`
		}
		_ = json.Unmarshal(c, &block)
		text, err := json.Marshal(block.Text)
		if err != nil {
			return raw
		}
		name := "text"
		if i > 0 {
			name = fmt.Sprintf("text %d", i+1)
		}
		if r.IsError {
			name = "error"
		}
		out = append(out, fmt.Sprintf("%q:%s,", name, text)...)
	}
	if len(r.StructuredContent) > 0 {
		out = append(out, fmt.Sprintf("%q:%s,", "structured", r.StructuredContent)...)
	}
	return append([]byte(strings.TrimSuffix(string(out), ",")), '}')
}

// panel prints two sides of one thing, field by field.
func (t *teller) panel(leftTitle, rightTitle string, left, right []field, known func(string) []string) {
	if len(left) == 0 {
		return
	}
	rows := pair(left, right)
	label := 0
	for _, r := range rows {
		label = max(label, len(r.name))
	}
	label = min(label, 24)
	if t.narrow {
		t.printf("  %s\n  %s\n", t.paint.dim(leftTitle), t.paint.dim("→ "+rightTitle))
	} else {
		col := t.column(label)
		t.printf("  %s  %s  %s\n", pad("", label), t.paint.dim(pad(leftTitle, col)), t.paint.dim(rightTitle))
	}
	for _, r := range rows[:min(len(rows), shown)] {
		t.row(label, r, known)
	}
	if more := len(rows) - shown; more > 0 {
		t.printf("  %s\n", t.paint.dim(fmt.Sprintf("… and %d more like these", more)))
	}
}

func (t *teller) column(label int) int { return (t.width - label - 6) / 2 }

func (t *teller) row(label int, r row, known func(string) []string) {
	if t.narrow {
		t.printf("  %s\n", t.paint.dim(r.name))
		for _, l := range t.paint.cell(r.left, known(r.left), t.width-6) {
			t.printf("      %s\n", l.text)
		}
		if r.left != r.right {
			for i, l := range t.paint.cell(r.right, known(r.right), t.width-6) {
				t.printf("    %s %s\n", []string{"→", " "}[min(i, 1)], l.text)
			}
		}
		return
	}
	col := t.column(label)
	a := t.paint.cell(r.left, known(r.left), col)
	b := t.paint.cell(r.right, known(r.right), col)
	if r.left == r.right {
		b = []line{{t.paint.dim("="), 1}}
	}
	for i := range max(len(a), len(b)) {
		var l, rr line
		if i < len(a) {
			l = a[i]
		}
		if i < len(b) {
			rr = b[i]
		}
		name := ""
		if i == 0 {
			name = r.name
		}
		t.printf("  %s  %s%s  %s\n", t.paint.dim(pad(name, label)), l.text, strings.Repeat(" ", max(0, col-l.width)), rr.text)
	}
}

// A decided is what was done, and why.
type decided struct{ did, why string }

// outcomes are what may become of a token instead of what a rule would do.
var outcomes = map[string]string{
	"kept":      "no rule opens it here: the token stays",
	"forged":    "looks like a token and is none of ours: it stays",
	"protected": "belongs to the protocol: it stays",
}

// rules prints which rule of the policy decided about what, for the n-th call in one direction.
func (t *teller) rules(records []record, n int, direction string) {
	r := nthCall(records, n, direction)
	if r == nil || len(r.Found) == 0 {
		return
	}
	found := map[decided][]string{}
	var order []decided
	for _, f := range r.Found {
		g := decided{f.Action, "rule “" + f.Rule + "”"}
		if why, ok := outcomes[f.Outcome]; ok {
			g = decided{f.Outcome, why}
		} else if f.Rule == "echo" {
			g.why = "opened for this call, so sealed again in its answer"
		}
		if found[g] == nil {
			order = append(order, g)
		}
		what := f.Entity
		if f.N > 1 {
			what += fmt.Sprintf("×%d", f.N)
		}
		found[g] = append(found[g], what)
	}
	for _, g := range order {
		slices.Sort(found[g])
		what := strings.Join(found[g], " ")
		t.printf("  %s ", t.paint.action(g.did, pad(g.did, 9)))
		if n := t.width - 14 - utf8.RuneCountInString(g.why); utf8.RuneCountInString(what) <= n {
			t.printf("%s  %s\n", what, t.paint.dim(g.why))
			continue
		}
		t.printf("%s\n", t.paint.dim(g.why))
		for _, l := range wrap(what, t.width-14) {
			t.printf("  %s %s\n", pad("", 9), l)
		}
	}
}

func (t *teller) summary(s *story) {
	type key struct{ direction, action, entity string }
	counts := map[key]int{}
	var in, out, micros int64
	messages := 0
	for _, r := range s.records {
		messages++
		in, out, micros = in+r.BytesIn, out+r.BytesOut, micros+r.Micros
		for _, f := range r.Found {
			action := f.Action
			if f.Outcome != "" && f.Outcome != "done" {
				action = f.Outcome
			}
			counts[key{r.Direction, action, f.Entity}] += f.N
		}
	}
	t.printf("%s\n", t.paint.bold("summary"))
	byAction := map[[2]string][]string{}
	for k, n := range counts {
		at := [2]string{k.direction, k.action}
		byAction[at] = append(byAction[at], fmt.Sprintf("%s %d", k.entity, n))
	}
	var order [][2]string
	for k := range byAction {
		order = append(order, k)
	}
	slices.SortFunc(order, func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) })
	for _, k := range order {
		slices.Sort(byAction[k])
		for i, l := range wrap(strings.Join(byAction[k], ", "), t.width-26) {
			if i == 0 {
				t.printf("  %s %s  %s\n", pad(k[0], 9), t.paint.action(k[1], pad(k[1], 9)), l)
			} else {
				t.printf("  %s %s  %s\n", pad("", 9), pad("", 9), l)
			}
		}
	}
	t.printf("  %d messages, %s in, %s out, filtered in %s; %d tool calls took %s, start-up %s\n\n",
		messages, byteCount(in), byteCount(out), (time.Duration(micros) * time.Microsecond).Round(10*time.Microsecond),
		len(s.steps), s.took.Round(100*time.Microsecond), s.started.Round(time.Millisecond))
}

func (t *teller) verdict(checks []check) {
	t.printf("%s\n", t.paint.bold("verified"))
	ok := true
	for _, c := range checks {
		if c.wrong == nil {
			t.printf("  %s %s\n", t.paint.good("✓"), c.says)
			continue
		}
		ok = false
		t.printf("  %s %s\n", t.paint.bad("✗"), t.paint.bad("NOT: "+c.says))
		for _, w := range c.wrong[:min(len(c.wrong), 10)] {
			t.printf("      %s\n", w)
		}
		if more := len(c.wrong) - 10; more > 0 {
			t.printf("      … and %d more\n", more)
		}
	}
	if ok {
		t.printf("\nPut it in front of a server of your own:  %s\n\n", t.paint.bold("mcpveil stdio -- COMMAND ARG…"))
	}
}

func byteCount(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 10<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}
