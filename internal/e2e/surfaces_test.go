package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// addSurfaces adds all other ways in which a server can say something to a client.
func (d *desk) addSurfaces(s *mcp.Server) {
	if len(d.people) == 0 {
		return
	}
	p := d.people[0]
	tool := func(name string, h mcp.ToolHandler) {
		s.AddTool(&mcp.Tool{Name: name, Description: "Asks " + p.Email + " first.", InputSchema: json.RawMessage(`{"type":"object"}`)}, h)
	}
	tool("shout", func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		_ = req.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: req.Params.GetProgressToken(),
			Progress: 1, Total: 2, Message: "calling " + p.Phone})
		_ = req.Session.Log(ctx, &mcp.LoggingMessageParams{Level: "error", Logger: "desk", Data: map[string]any{"asked": p.Email, "paid with": []string{p.Card}}})
		return &mcp.CallToolResult{Content: []mcp.Content{
			&mcp.ResourceLink{URI: "crm://customers/" + p.Email, Name: p.Email, Description: "about " + p.Email},
			&mcp.EmbeddedResource{Resource: &mcp.ResourceContents{URI: "crm://all", Text: customersCSV(d.people)}},
		}, IsError: true, Meta: mcp.Meta{"com.example/owner": p.Email}}, nil
	})
	tool("fail", func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return nil, &jsonrpc.Error{Code: 4711, Message: "no mail to " + p.Email, Data: json.RawMessage(mustJSON(map[string]string{"iban": p.IBAN}))}
	})
	tool("ask", func(_ context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if answer, ok := req.Params.InputResponses["who"].(*mcp.ElicitResult); ok {
			d.record(mustJSON(answer.Content))
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "asked"}}}, nil
		}
		return &mcp.CallToolResult{InputRequests: mcp.InputRequestMap{"who": &mcp.ElicitParams{
			Message:         "Is " + p.Email + " right, with card " + p.Card + "?",
			RequestedSchema: json.RawMessage(`{"type":"object","properties":{"who":{"type":"string","default":` + mustJSON(p.Email) + `}}}`),
		}}}, nil
	})
	s.AddResource(&mcp.Resource{URI: "crm://all", Name: "all customers", Description: "also " + p.Email, MIMEType: "text/csv"},
		func(context.Context, *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: "crm://all", MIMEType: "text/csv", Text: customersCSV(d.people)}}}, nil
		})
	s.AddResourceTemplate(&mcp.ResourceTemplate{URITemplate: "crm://customers/{+email}", Name: "customer"},
		func(_ context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			d.record(req.Params.URI)
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: req.Params.URI, Text: "pays with " + p.Card}}}, nil
		})
	s.AddTool(&mcp.Tool{Name: "mail", InputSchema: json.RawMessage(`{"type":"object","properties":{"to":{"type":"string","x-mcp-header":"To"}}}`)},
		func(_ context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			d.record(string(req.Params.Arguments))
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "sent"}}}, nil
		})
	s.AddPrompt(&mcp.Prompt{Name: "letter", Description: "A letter to " + p.Email},
		func(context.Context, *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return &mcp.GetPromptResult{Description: "to " + p.Email, Messages: []*mcp.PromptMessage{
				{Role: "user", Content: &mcp.TextContent{Text: "Write to " + p.Email + ", " + p.Phone}}}}, nil
		})
}

// On no way from the server to the client does a value pass: results of every
// kind, errors, notifications, descriptions, what the server asks the client.
func TestSurfaces(t *testing.T) {
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
			list := people(3)
			d := tr.serve(t, list)
			to := veiled(t, newHome(t), d.target)
			to.wire = new(journal)
			heard := new(journal)
			hear := func(what string, v any) { _, _ = heard.Write([]byte(what + " " + mustJSON(v) + "\n")) }
			to.opts = &mcp.ClientOptions{
				ElicitationHandler: func(_ context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
					hear("elicitation", req.Params)
					return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"who": tokens(req.Params.Message)[0]}}, nil
				},
				ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) { hear("progress", req.Params) },
				LoggingMessageHandler:       func(_ context.Context, req *mcp.LoggingMessageRequest) { hear("log", req.Params) },
			}
			s := goClient(t, to, tr.version).(goSession)
			ctx := t.Context()
			if tr.version != "" {
				_ = s.SetLoggingLevel(ctx, &mcp.SetLoggingLevelParams{Level: "debug"})
			}
			say := func(what string, v any, err error) {
				if err != nil {
					v = err.Error()
				}
				hear(what, v)
			}
			tools, err := s.ListTools(ctx, nil)
			say("tools", tools, err)
			resources, err := s.ListResources(ctx, nil)
			say("resources", resources, err)
			read, err := s.ReadResource(ctx, &mcp.ReadResourceParams{URI: "crm://all"})
			say("read", read, err)
			prompts, err := s.ListPrompts(ctx, nil)
			say("prompts", prompts, err)
			prompt, err := s.GetPrompt(ctx, &mcp.GetPromptParams{Name: "letter"})
			say("prompt", prompt, err)
			call := &mcp.CallToolParams{Name: "shout", Arguments: map[string]any{}, Meta: mcp.Meta{"io.modelcontextprotocol/logLevel": "debug"}}
			call.SetProgressToken("token-1")
			shouted, err := s.CallTool(ctx, call)
			say("shout", shouted, err)
			_, err = s.CallTool(ctx, &mcp.CallToolParams{Name: "fail", Arguments: map[string]any{}})
			say("fail", nil, err)
			asked, err := s.CallTool(ctx, &mcp.CallToolParams{Name: "ask", Arguments: map[string]any{}})
			say("ask", asked, err)

			waitFor(t, "the progress and the log message", func() bool {
				return contains(heard.String(), "progress {") && contains(heard.String(), "log {")
			})
			checkNone(t, "what the client heard", heard.String(), list)
			checkNone(t, "the wire", to.wire.String(), list)
			for _, surface := range []string{"tools", "resources", "read", "prompts", "prompt", "shout", "fail", "progress", "log", "elicitation"} {
				found := false
				for line := range strings.Lines(heard.String()) {
					found = found || strings.HasPrefix(line, surface+" ") && len(tokens(line)) > 0
				}
				if !found {
					t.Errorf("%s holds no token, so it said nothing that could have leaked:\n%s", surface, heard)
				}
			}
			if answer := d.notes(); len(tokens(answer)) != 1 {
				t.Errorf("the server was answered %q, want the token, which nothing opens there", answer)
			}
			checkLog(t, to, list)
		})
	}
}
