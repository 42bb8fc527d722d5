package proxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// crm is a server of the go-sdk with one customer.
type crm struct {
	email string
	got   chan string   // what the tool "mail" was called with
	begun chan struct{} // closed by a call of "slow"
	leave chan struct{} // ends it where it does not hear that it was given up
}

type mailArgs struct {
	To string `json:"to"`
}

type customer struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

func (c *crm) server() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "crm", Version: "1"}, nil)
	mcp.AddTool(s, &mcp.Tool{Name: "lookup", Description: "finds a customer"},
		func(ctx context.Context, r *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, customer, error) {
			return nil, customer{"Ann", c.email}, nil
		})
	mcp.AddTool(s, &mcp.Tool{Name: "mail", Description: "sends mail"},
		func(ctx context.Context, r *mcp.CallToolRequest, in mailArgs) (*mcp.CallToolResult, any, error) {
			c.got <- in.To
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "sent to " + in.To}}}, nil, nil
		})
	mcp.AddTool(s, &mcp.Tool{Name: "echo", Description: "says it again"},
		func(ctx context.Context, r *mcp.CallToolRequest, in mailArgs) (*mcp.CallToolResult, any, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: in.To}}}, nil, nil
		})
	mcp.AddTool(s, &mcp.Tool{Name: "region", Description: "wants a header", InputSchema: map[string]any{"type": "object",
		"properties": map[string]any{"to": map[string]any{"type": "string", "x-mcp-header": "Rcpt"}}}},
		func(ctx context.Context, r *mcp.CallToolRequest, in mailArgs) (*mcp.CallToolResult, any, error) {
			c.got <- in.To
			return &mcp.CallToolResult{}, nil, nil
		})
	mcp.AddTool(s, &mcp.Tool{Name: "slow", Description: "waits"},
		func(ctx context.Context, r *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, any, error) {
			close(c.begun)
			select {
			case <-ctx.Done():
			case <-c.leave:
			}
			return &mcp.CallToolResult{}, nil, nil
		})
	mcp.AddTool(s, &mcp.Tool{Name: "progress", Description: "tells how it goes"},
		func(ctx context.Context, r *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, any, error) {
			for i := range 3 {
				r.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: r.Params.GetProgressToken(),
					Progress: float64(i), Message: "mailed " + c.email})
			}
			return &mcp.CallToolResult{}, nil, nil
		})
	s.AddResourceTemplate(&mcp.ResourceTemplate{Name: "customer", URITemplate: "crm://{+id}"},
		func(ctx context.Context, r *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			c.got <- r.Params.URI
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: r.Params.URI, Text: "mail: " + c.email}}}, nil
		})
	return s
}

// eras are the ways in which the go-sdk serves and asks over HTTP.
var eras = []struct {
	name, version string
	opts          mcp.StreamableHTTPOptions
}{
	{"modern", "", mcp.StreamableHTTPOptions{Stateless: true}},
	{"modern json", "", mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true}},
	{"legacy", "2025-11-25", mcp.StreamableHTTPOptions{}},
	{"legacy json", "2025-06-18", mcp.StreamableHTTPOptions{JSONResponse: true}},
	{"legacy store", "2025-11-25", mcp.StreamableHTTPOptions{EventStore: mcp.NewMemoryEventStore(nil)}},
}

// watched counts what the client's side of the wire carries.
type watched struct {
	next http.RoundTripper
	mu   sync.Mutex
	log  []string
}

func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.next.RoundTrip(r)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		w.log = append(w.log, fmt.Sprintf("%s %s %s: %d", r.Method, r.Header.Get("Mcp-Method"), r.Header.Get("Mcp-Protocol-Version"), resp.StatusCode))
	}
	return resp, err
}

func connect(t *testing.T, addr, version string, opts *mcp.ClientOptions) *mcp.ClientSession {
	t.Helper()
	w := &watched{next: http.DefaultTransport}
	client := mcp.NewClient(&mcp.Implementation{Name: "t", Version: "1"}, opts)
	cs, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: addr, HTTPClient: &http.Client{Transport: w}},
		&mcp.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatalf("Connect: %v (%q)", err, w.log)
	}
	t.Cleanup(func() { cs.Close() })
	return cs
}

func newCRM(t *testing.T, f *fakeSession, opts mcp.StreamableHTTPOptions) (*crm, string) {
	c := &crm{email: f.value, got: make(chan string, 100)}
	server := c.server()
	h := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &opts)
	return c, newTestProxy(t, newUpstream(t, h.ServeHTTP), f.open, nil)
}

func text(r *mcp.CallToolResult) string {
	var b strings.Builder
	for _, c := range r.Content {
		if t, ok := c.(*mcp.TextContent); ok {
			b.WriteString(t.Text)
		}
	}
	return b.String()
}

func TestHTTPSDK(t *testing.T) {
	for _, era := range eras {
		t.Run(era.name, func(t *testing.T) {
			f := newFake(t)
			c, addr := newCRM(t, f, era.opts)
			var progress sync.Map
			cs := connect(t, addr, era.version, &mcp.ClientOptions{
				ProgressNotificationHandler: func(_ context.Context, r *mcp.ProgressNotificationClientRequest) {
					progress.Store(r.Params.Progress, r.Params.Message)
				}})
			if got := cs.InitializeResult().ProtocolVersion; era.version != "" && got != era.version || era.version == "" && got < "2026" {
				t.Fatalf("protocol version = %s", got)
			}
			if tools, err := cs.ListTools(t.Context(), nil); err != nil || len(tools.Tools) != 6 {
				t.Fatalf("ListTools: %v", err)
			}

			res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "lookup", Arguments: map[string]any{}})
			if err != nil {
				t.Fatalf("lookup: %v", err)
			}
			if got := fmt.Sprint(res.StructuredContent) + text(res); strings.Contains(got, f.value) || strings.Count(got, f.token) != 2 {
				t.Errorf("lookup = %s, want the token twice and the value nowhere", got)
			}

			res, err = cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mail", Arguments: map[string]any{"to": f.token}})
			if err != nil || text(res) != "sent to "+f.token {
				t.Errorf("mail = %v, %v", res, err)
			}
			if got := <-c.got; got != f.value {
				t.Errorf("the tool was called with %q, want the value", got)
			}

			if _, err = cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "region", Arguments: map[string]any{"to": f.token}}); err != nil {
				t.Errorf("region: %v", err)
			} else if got := <-c.got; got != f.value {
				t.Errorf("region was called with %q, want the value", got)
			}

			read, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "crm://" + f.token})
			if err != nil {
				t.Errorf("ReadResource: %v", err)
			} else if got := read.Contents[0].URI + " " + read.Contents[0].Text; got != "crm://"+f.token+" mail: "+f.token {
				t.Errorf("ReadResource = %s", got)
			} else if got := <-c.got; got != "crm://"+f.value {
				t.Errorf("the resource was asked for as %q, want the value", got)
			}

			res, err = cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mail", Arguments: map[string]any{"to": blockMark}})
			if err != nil || !res.IsError {
				t.Errorf("a blocked call = %v, %v, want a result with isError", res, err)
			}

			params := &mcp.CallToolParams{Name: "progress", Arguments: map[string]any{}}
			params.SetProgressToken("p")
			if _, err := cs.CallTool(t.Context(), params); err != nil {
				t.Errorf("progress: %v", err)
			}
			if !era.opts.JSONResponse {
				for i := range 3 { // the client hands them out on its own time
					for deadline := time.Now().Add(long); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
						if _, ok := progress.Load(float64(i)); ok {
							break
						}
					}
					if got, ok := progress.Load(float64(i)); !ok || got != "mailed "+f.token {
						t.Errorf("progress %d = %v, want the token", i, got)
					}
				}
			}
			if n := f.outstanding(); n != 0 {
				t.Errorf("the session waits for %d answers, want 0", n)
			}
		})
	}
}

func TestHTTPSDKParallel(t *testing.T) {
	for _, era := range eras {
		t.Run(era.name, func(t *testing.T) {
			f := newFake(t)
			_, addr := newCRM(t, f, era.opts)
			cs := connect(t, addr, era.version, nil)
			var wg sync.WaitGroup
			for i := range 50 {
				wg.Go(func() {
					for j := range 4 {
						want := fmt.Sprintf("%d-%d %s %s", i, j, f.token, strings.Repeat("x", 100*i))
						res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "echo", Arguments: map[string]any{"to": want}})
						if err != nil || text(res) != want {
							t.Errorf("echo of %.60q = %v, %v", want, res, err)
							return
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

// A client that gives up a call closes its request in the stateless era, and says so in a message
// before: either way the server hears of it.
func TestHTTPSDKCancel(t *testing.T) {
	for _, era := range eras {
		t.Run(era.name, func(t *testing.T) {
			f := newFake(t)
			c := &crm{email: f.value, begun: make(chan struct{}), leave: make(chan struct{})}
			server := c.server()
			sdk := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &era.opts)
			heard := make(chan string, 10)
			up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(body))
				if strings.Contains(string(body), "notifications/cancelled") {
					heard <- "message"
				}
				if !strings.Contains(string(body), `"slow"`) {
					sdk.ServeHTTP(w, r)
					return
				}
				ctx, cancel := context.WithCancel(r.Context())
				defer cancel()
				context.AfterFunc(r.Context(), func() { heard <- "close"; cancel() })
				sdk.ServeHTTP(w, r.WithContext(ctx))
			})
			cs := connect(t, newTestProxy(t, up, f.open, nil), era.version, nil)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				<-c.begun
				cancel()
			}()
			if _, err := cs.CallTool(ctx, &mcp.CallToolParams{Name: "slow", Arguments: map[string]any{}}); !errors.Is(err, context.Canceled) {
				t.Errorf("slow: %v, want %v", err, context.Canceled)
			}
			select {
			case <-heard:
			case <-time.After(long):
				t.Error("the server did not hear that the call was given up")
			}
			close(c.leave)
			if _, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "lookup", Arguments: map[string]any{}}); err != nil {
				t.Errorf("the next call: %v", err)
			}
		})
	}
}

// A stream that breaks is taken up where it broke, and what was missed goes through the filter too.
func TestHTTPSDKResume(t *testing.T) {
	f := newFake(t)
	resumed := make(chan struct{})
	var once sync.Once
	c := &crm{email: f.value}
	server := c.server()
	mcp.AddTool(server, &mcp.Tool{Name: "late", Description: "finds a customer, slowly"},
		func(ctx context.Context, r *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, customer, error) {
			select {
			case <-resumed:
			case <-time.After(20 * time.Second):
			}
			return nil, customer{"Ann", c.email}, nil
		})
	sdk := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server },
		&mcp.StreamableHTTPOptions{EventStore: mcp.NewMemoryEventStore(nil)})
	up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if r.Header.Get("Last-Event-ID") != "" {
			once.Do(func() { close(resumed) })
		}
		if !strings.Contains(string(body), `"late"`) {
			sdk.ServeHTTP(w, r)
			return
		}
		// The stream breaks off once the client can say from where to go on.
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		sdk.ServeHTTP(&breaking{ResponseWriter: w, cancel: cancel}, r.WithContext(ctx)) // returns when ctx ends: the call goes on
		panic(http.ErrAbortHandler)
	})
	cs := connect(t, newTestProxy(t, up, f.open, nil), "2025-11-25", nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	res, err := cs.CallTool(ctx, &mcp.CallToolParams{Name: "late", Arguments: map[string]any{}})
	if err != nil {
		t.Fatalf("late: %v", err)
	}
	if got := text(res); !strings.Contains(got, f.token) || strings.Contains(got, f.value) {
		t.Errorf("late = %s, want the token", got)
	}
	select {
	case <-resumed:
	default:
		t.Error("the stream was not resumed")
	}
	if n := f.outstanding(); n != 0 {
		t.Errorf("the session waits for %d answers, want 0", n)
	}
}

// breaking calls cancel when an event with an id has gone out.
type breaking struct {
	http.ResponseWriter
	cancel func()
	id     bool
}

func (b *breaking) Write(p []byte) (int, error) {
	b.id = b.id || bytes.Contains(p, []byte("id: "))
	return b.ResponseWriter.Write(p)
}

func (b *breaking) Flush() {
	_ = http.NewResponseController(b.ResponseWriter).Flush()
	if b.id {
		b.cancel()
	}
}

// A server's own requests come on a stream, and their answers go as messages.
func TestHTTPSDKServerRequests(t *testing.T) {
	f := newFake(t)
	answered := make(chan string, 1)
	s := mcp.NewServer(&mcp.Implementation{Name: "s", Version: "1"}, nil)
	mcp.AddTool(s, &mcp.Tool{Name: "ask", Description: "asks back"},
		func(ctx context.Context, r *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, any, error) {
			res, err := r.Session.CreateMessage(ctx, &mcp.CreateMessageParams{MaxTokens: 1,
				Messages: []*mcp.SamplingMessage{{Role: "user", Content: &mcp.TextContent{Text: "who is " + f.value}}}})
			if err != nil {
				return nil, nil, err
			}
			answered <- res.Content.(*mcp.TextContent).Text
			return &mcp.CallToolResult{}, nil, nil
		})
	h := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, nil)
	addr := newTestProxy(t, newUpstream(t, h.ServeHTTP), f.open, nil)
	cs := connect(t, addr, "2025-11-25", &mcp.ClientOptions{
		CreateMessageHandler: func(_ context.Context, r *mcp.CreateMessageRequest) (*mcp.CreateMessageResult, error) {
			return &mcp.CreateMessageResult{Model: "m", Role: "assistant", Content: r.Params.Messages[0].Content}, nil
		}})
	if _, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "ask", Arguments: map[string]any{}}); err != nil {
		t.Fatalf("ask: %v", err)
	}
	if got := <-answered; got != "who is "+f.value {
		t.Errorf("the server's request was answered with %q, want the value back", got)
	}
}

func TestHTTPSDKLegacySSE(t *testing.T) {
	f := newFake(t)
	c := &crm{email: f.value, got: make(chan string, 100)}
	server := c.server()
	h := mcp.NewSSEHandler(func(*http.Request) *mcp.Server { return server }, nil)
	addr := newTestProxy(t, newUpstream(t, h.ServeHTTP), f.open, nil)
	client := mcp.NewClient(&mcp.Implementation{Name: "t", Version: "1"}, nil)
	cs, err := client.Connect(t.Context(), &mcp.SSEClientTransport{Endpoint: addr + "/sse"}, nil)
	if err != nil {
		t.Fatalf("Connect: %v", err)
	}
	defer cs.Close()
	res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "lookup", Arguments: map[string]any{}})
	if err != nil {
		t.Fatalf("lookup: %v", err)
	}
	if got := fmt.Sprint(res.StructuredContent) + text(res); strings.Contains(got, f.value) || strings.Count(got, f.token) != 2 {
		t.Errorf("lookup = %s, want the token twice and the value nowhere", got)
	}
	if _, err = cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mail", Arguments: map[string]any{"to": f.token}}); err != nil {
		t.Errorf("mail: %v", err)
	} else if got := <-c.got; got != f.value {
		t.Errorf("the tool was called with %q, want the value", got)
	}
	if res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "mail", Arguments: map[string]any{"to": blockMark}}); err != nil || !res.IsError {
		t.Errorf("a blocked call = %v, %v, want a result with isError", res, err)
	}
}
