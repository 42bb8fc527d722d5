package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// serverVar makes this test's own binary an MCP server over stdio: it names a
// file that holds the people it serves, and beside which it records what it got.
const serverVar = "MCPVEIL_E2E_SERVER"

// A desk is a server of customer data made with go-sdk, which speaks both eras.
type desk struct {
	people []person
	record func(string) // gets each note's arguments, as JSON
	log    func(string) // gets what a careless server would write to stderr
}

// A customer is what lookup returns, as text and as structuredContent.
type customer struct {
	ID    string `json:"id"`
	Email string `json:"email"`
	Phone string `json:"phone"`
	Card  string `json:"card_number"`
	IBAN  string `json:"iban"`
	SSN   string `json:"ssn"`
	Note  string `json:"note"`
	Since int    `json:"since"`
}

// outputSchema is as strict as schemas found in the wild: TypeScript clients hold
// structuredContent against it.
const outputSchema = `{"type":"object","additionalProperties":false,
 "properties":{"id":{"type":"string"},"email":{"type":"string","format":"email"},"phone":{"type":"string"},
 "card_number":{"type":"string"},"iban":{"type":"string"},"ssn":{"type":"string"},
 "note":{"type":"string"},"since":{"type":"integer"}},
 "required":["id","email","phone","card_number","iban","ssn","note","since"]}`

func (d *desk) server() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "desk", Version: "1.0.0"}, &mcp.ServerOptions{CompletionHandler: d.complete})
	d.addSurfaces(s)
	d.addParrots(s)
	s.AddTool(&mcp.Tool{Name: "lookup", Description: "Looks up a customer by number.",
		InputSchema:  json.RawMessage(`{"type":"object","properties":{"row":{"type":"integer"}},"required":["row"]}`),
		OutputSchema: json.RawMessage(outputSchema)},
		func(_ context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			var in struct{ Row int }
			if err := json.Unmarshal(req.Params.Arguments, &in); err != nil {
				return nil, err
			}
			p := d.people[in.Row]
			d.log(fmt.Sprintf("looked up %s, card %s", p.Email, p.Card))
			c := customer{p.ID, p.Email, p.Phone, p.Card, p.IBAN, p.SSN, p.Note, 2019}
			return &mcp.CallToolResult{
				Content:           []mcp.Content{&mcp.TextContent{Text: mustJSON(c)}},
				StructuredContent: json.RawMessage(mustJSON(c)),
			}, nil
		})
	note := func(_ context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		d.record(string(req.Params.Arguments))
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "noted " + string(req.Params.Arguments)}}}, nil
	}
	schema := json.RawMessage(`{"type":"object","properties":{"to":{"type":"string"},"text":{"type":"string"}}}`)
	s.AddTool(&mcp.Tool{Name: "send", Description: "Sends a note.", InputSchema: schema}, note)
	s.AddTool(&mcp.Tool{Name: "jot", Description: "Writes a note down.", InputSchema: schema}, note)
	return s
}

// serveStdio is the main of the server process.
func serveStdio() {
	file := os.Getenv(serverVar)
	raw, err := os.ReadFile(file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	d := &desk{
		record: func(s string) { appendTo(file+".notes", s+"\n") },
		log:    func(s string) { fmt.Fprintln(os.Stderr, s) },
	}
	if err := json.Unmarshal(raw, &d.people); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := d.server().Run(context.Background(), &mcp.StdioTransport{}); err != nil {
		os.Exit(1)
	}
}

// A served is a running desk.
type served struct {
	target
	notes   func() string
	headers func(name string) []string // the values a header had, over HTTP
}

// stdioDesk returns a desk to be started as a command, by the client.
func stdioDesk(t testing.TB, list []person) served {
	t.Helper()
	file := t.TempDir() + "/people.json"
	if err := os.WriteFile(file, []byte(mustJSON(list)), 0o600); err != nil {
		t.Fatal(err)
	}
	return served{
		target: target{argv: []string{os.Args[0]}, env: []string{serverVar + "=" + file}, log: new(journal)},
		notes: func() string {
			raw, _ := os.ReadFile(file + ".notes")
			return string(raw)
		},
	}
}

// httpDesk returns a desk that serves both eras over Streamable HTTP.
func httpDesk(t testing.TB, list []person) served { return httpDeskOf(t, list, true) }

// httpDeskOf returns one that is stateless, or one that keeps sessions and so may ask
// clients of the legacy era.
func httpDeskOf(t testing.TB, list []person, stateless bool) served {
	t.Helper()
	var mu sync.Mutex
	var notes string
	headers := http.Header{}
	d := &desk{
		people: list,
		record: func(s string) { mu.Lock(); notes += s + "\n"; mu.Unlock() },
		log:    func(string) {},
	}
	s := d.server()
	h := httptest.NewServer(mcp.NewStreamableHTTPHandler(func(r *http.Request) *mcp.Server {
		mu.Lock()
		defer mu.Unlock()
		for name, values := range r.Header {
			headers[name] = append(headers[name], values...)
		}
		return s
	},
		&mcp.StreamableHTTPOptions{Stateless: stateless}))
	t.Cleanup(h.Close)
	return served{
		target:  target{url: h.URL, log: new(journal)},
		notes:   func() string { mu.Lock(); defer mu.Unlock(); return notes },
		headers: func(name string) []string { mu.Lock(); defer mu.Unlock(); return slices.Clone(headers[name]) },
	}
}

func appendTo(file, text string) {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = f.WriteString(text)
}
