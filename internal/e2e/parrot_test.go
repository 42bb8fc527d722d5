package e2e

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// disguised returns what v may look like when a server says it again.
func disguised(v string) map[string]string {
	bytewise := func(format string) string {
		var b strings.Builder
		for i := range len(v) {
			fmt.Fprintf(&b, format, v[i])
		}
		return b.String()
	}
	wide := strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r - '!' + '！'
		}
		return r
	}, v)
	inJSON := mustJSON(map[string]any{"deep": []string{v}})
	return map[string]string{
		"exact":          "got " + v + "!",
		"glued":          "ref_" + v + "_x",
		"capitals":       strings.ToUpper(v),
		"small letters":  strings.ToLower(v),
		"JSON":           inJSON,
		"JSON in JSON":   mustJSON(map[string]string{"inner": inJSON}),
		"percent":        "https://h.example/?q=" + url.QueryEscape(v),
		"percent, all":   bytewise("%%%02X"),
		"references":     bytewise("&#%d;"),
		"full-width":     wide,
		"zero-width":     strings.Join(strings.Split(v, ""), "\u200b"),
		"base64":         base64.StdEncoding.EncodeToString([]byte(v)),
		"base64, 1 on":   base64.RawURLEncoding.EncodeToString([]byte("\x01" + v + "\xff")),
		"base64, 2 on":   base64.StdEncoding.EncodeToString([]byte("\xfe\x02" + v + " and \x00 more")),
		"base64 of JSON": base64.StdEncoding.EncodeToString([]byte(inJSON)),
	}
}

// bare returns v without what divides it.
func bare(v string) string { return strings.NewReplacer(" ", "", "-", "", "+", "").Replace(v) }

// addParrots adds tools that say again what they were told, in all ways they have.
func (d *desk) addParrots(s *mcp.Server) {
	schema := json.RawMessage(`{"type":"object","properties":{"to":{"type":"string"},"fail":{"type":"boolean"}}}`)
	s.AddTool(&mcp.Tool{Name: "parrot", InputSchema: schema}, func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		var in struct {
			To   string
			Fail bool
		}
		if err := json.Unmarshal(req.Params.Arguments, &in); err != nil {
			return nil, err
		}
		d.record(mustJSON(map[string]string{"to": in.To}))
		said := disguised(in.To)
		said["bare"] = "no. " + bare(in.To)
		names := map[string]any{in.To: true, strings.ToUpper(in.To): 1}
		_ = req.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: req.Params.GetProgressToken(), Progress: 1, Message: mustJSON(said)})
		_ = req.Session.Log(ctx, &mcp.LoggingMessageParams{Level: "error", Data: map[string]any{"said": said, "names": names}})
		d.log(mustJSON(said))
		if in.Fail {
			return nil, &jsonrpc.Error{Code: 4711, Message: "cannot send to " + in.To, Data: json.RawMessage(mustJSON(map[string]any{"said": said, "names": names}))}
		}
		r := &mcp.CallToolResult{StructuredContent: map[string]any{"said": said, "names": names}}
		for _, text := range said {
			r.Content = append(r.Content, &mcp.TextContent{Text: text})
		}
		return r, nil
	})
	s.AddPrompt(&mcp.Prompt{Name: "greet", Arguments: []*mcp.PromptArgument{{Name: "who"}}}, func(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		d.record(mustJSON(req.Params.Arguments))
		return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: "hello " + req.Params.Arguments["who"]}}}}, nil
	})
}

func (d *desk) complete(_ context.Context, req *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
	d.record(mustJSON(req.Params.Argument))
	return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{}}}, nil
}

// texts returns all strings and names in the JSON texts of a journal, one a line.
func texts(raw string) string {
	var b strings.Builder
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			b.WriteString(v + "\n")
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for k, e := range v {
				b.WriteString(k + "\n")
				walk(e)
			}
		}
	}
	for line := range strings.Lines(raw) {
		var v any
		if err := json.Unmarshal([]byte(line), &v); err == nil {
			walk(v)
		}
	}
	return b.String()
}

// A tool that may have a value says it again, in its answer, its error, its progress and its log, in whatever
// disguise: to the model it is the token that it handed over (T45).
func TestParrot(t *testing.T) {
	for _, tr := range []struct {
		name, version string
		serve         func(testing.TB, []person) served
	}{
		{"stdio/legacy", "2025-11-25", stdioDesk},
		{"stdio/modern", "", stdioDesk},
		{"http/legacy", "2025-11-25", func(t testing.TB, l []person) served { return httpDeskOf(t, l, false) }},
		{"http/modern", "", httpDesk},
	} {
		t.Run(tr.name, func(t *testing.T) {
			t.Parallel()
			list := people(2)
			d := tr.serve(t, list)
			h := newHome(t)
			to := veiled(t, h, d.target, "--reveal", "parrot@/to")
			// A name, which only its field tells: nothing but that it was opened would find it again in a disguise.
			name := letters(7) + " " + letters(9)
			named, _ := filtered(t, h, `{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{"full_name":"`+name+`"}}}`, "--direction", "to-client")
			if len(tokens(named)) != 1 {
				t.Fatalf("a name is sealed as %s, want a token", named)
			}
			heard := new(journal)
			hear := func(v any) { _, _ = heard.Write([]byte(mustJSON(v) + "\n")) }
			progress := make(chan struct{}, 100)
			to.opts = &mcp.ClientOptions{
				ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) {
					hear(req.Params)
					progress <- struct{}{}
				},
				LoggingMessageHandler: func(_ context.Context, req *mcp.LoggingMessageRequest) { hear(req.Params) },
			}
			s := goClient(t, to, tr.version).(goSession)
			if tr.version != "" {
				_ = s.SetLoggingLevel(t.Context(), &mcp.SetLoggingLevelParams{Level: "debug"})
			}
			sealed, _ := checkLookup(t, s, list[1])
			values := append(list[1].values(), name)
			for i, token := range []string{sealed.Email, sealed.Phone, sealed.Card, sealed.IBAN, sealed.SSN, tokens(named)[0]} {
				value := values[i]
				for _, fail := range []bool{false, true} {
					call := &mcp.CallToolParams{Name: "parrot", Arguments: map[string]any{"to": token, "fail": fail}, Meta: mcp.Meta{"io.modelcontextprotocol/logLevel": "debug"}}
					call.SetProgressToken(fmt.Sprintf("p%d%v", i, fail))
					r, err := s.CallTool(t.Context(), call)
					if (err != nil) != fail {
						t.Fatalf("parrot answers %v, %v", r, err)
					}
					if hear(r); fail {
						raw, _ := json.Marshal(err)
						hear([]any{err.Error(), json.RawMessage(raw)})
					} else if n := len(tokens(mustJSON(r))); n < 15 {
						t.Errorf("the answer of parrot has %d tokens, want them in place of most disguises", n)
					}
				}
				if !contains(d.notes(), mustJSON(map[string]string{"to": value})) {
					t.Fatalf("parrot was not told the value, so it had nothing to say again: %.200q", d.notes())
				}
			}
			for range 2 * len(values) {
				<-progress
			}
			all := texts(heard.String())
			for i, v := range values {
				forms := disguised(v)
				forms["bare"], forms["itself"] = bare(v), v
				for how, form := range forms {
					if how == "glued" || how == "exact" {
						continue // the value itself is looked for
					}
					if contains(all, form) {
						t.Errorf("the client heard the %s in the disguise %q: %s", append(sensitive, "name")[i], how, form)
					}
				}
				checkNone(t, "the log", strings.ToLower(to.log.String()), []person{{Email: v, Phone: v, Card: v, IBAN: strings.ToLower(v), SSN: v}})
			}
			checkLog(t, to, list)
		})
	}
}
