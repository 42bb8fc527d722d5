package proxy

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/internal/schema"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/patterns"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// realFilter has all packs, real tokens, and a policy that opens them for "mail", "region" and resources.
var realFilter = sync.OnceValues(func() (session.Options, error) {
	var o session.Options
	var packs []*patterns.Pack
	for _, name := range patterns.Names() {
		p, err := patterns.Builtin(name)
		if err != nil {
			return o, err
		}
		packs = append(packs, p)
	}
	names, err := patterns.TokenNames(packs...)
	if err != nil {
		return o, err
	}
	if o.Detector, err = detect.New(append(patterns.Rules(packs...), envelope.Rules(names)...), nil); err != nil {
		return o, err
	}
	if o.Policy, err = policy.New([]policy.Rule{
		{Name: "seal", Direction: policy.ToClient, Action: policy.Encrypt},
		{Name: "open", Direction: policy.ToServer, Names: []string{"mail", "region", "crm://*"}, Action: policy.Decrypt},
		{Name: "rest", Action: policy.Pass},
	}); err != nil {
		return o, err
	}
	ring, err := envelope.New(&envelope.Options{Names: names})
	if err != nil {
		return o, err
	}
	o.Filter, err = redact.New(o.Detector, o.Policy, redact.Transformers{
		{Action: policy.Encrypt}: ring.Encrypt(), {Action: policy.Decrypt}: ring.Decrypt()}, nil)
	return o, err
})

// newVeil returns the address of a proxy with a real session in front of upstream.
func newVeil(t testing.TB, upstream string, maxMessage int64) string {
	t.Helper()
	opts, err := realFilter()
	if err != nil {
		t.Fatal(err)
	}
	opts.Schemas, opts.Replay = schema.NewCache(), 100
	root, err := session.New(&opts, session.Peer{Principal: "t"})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(upstream)
	if err != nil {
		t.Fatal(err)
	}
	h, err := HTTP(HTTPOptions{Upstream: u, MaxMessage: maxMessage,
		NewSession: func(string) *session.Session { return root.For(session.Peer{Principal: "t"}) }})
	if err != nil {
		t.Fatal(err)
	}
	return serveTest(t, h)
}

// The whole way, with a real session: what the model sees is a token, and the tool gets the value.
func TestHTTPVeil(t *testing.T) {
	for _, era := range eras {
		t.Run(era.name, func(t *testing.T) {
			c := &crm{email: strings.ToLower(rand.Text()[:10]) + "@example.com", got: make(chan string, 10)}
			server := c.server()
			sdk := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &era.opts)
			cs := connect(t, newVeil(t, newUpstream(t, sdk.ServeHTTP), 0), era.version, nil)
			if _, err := cs.ListTools(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "lookup", Arguments: map[string]any{}})
			if err != nil {
				t.Fatal(err)
			}
			got, _ := res.StructuredContent.(map[string]any)
			token := fmt.Sprint(got["email"])
			if !strings.Contains(token, "pii-email-1") || strings.Count(text(res), token) != 1 || strings.Contains(text(res), c.email) {
				t.Fatalf("lookup = %v %s, want one token in both", got, text(res))
			}
			for _, tool := range []string{"mail", "region"} {
				res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: map[string]any{"to": token}})
				if err != nil || res.IsError {
					t.Fatalf("%s: %v, %v", tool, res, err)
				}
				if got := <-c.got; got != c.email {
					t.Errorf("%s was called with %q, want the value", tool, got)
				}
				if strings.Contains(text(res), c.email) {
					t.Errorf("%s = %q, want no value", tool, text(res))
				}
			}
			res, err = cs.CallTool(t.Context(), &mcp.CallToolParams{Name: "echo", Arguments: map[string]any{"to": token}})
			if err != nil || text(res) != token {
				t.Errorf("echo, for which nothing is opened = %v, %v, want the token", res, err)
			}
			read, err := cs.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "crm://" + token})
			if err != nil {
				t.Fatalf("ReadResource: %v", err)
			}
			if got := <-c.got; got != "crm://"+c.email {
				t.Errorf("the resource was asked for as %q, want the value", got)
			}
			if got := read.Contents[0].URI + read.Contents[0].Text; strings.Contains(got, c.email) {
				t.Errorf("ReadResource = %s, want no value", got)
			}
		})
	}
}

// Calls at once do not get each other's values.
func TestHTTPVeilParallel(t *testing.T) {
	for _, era := range eras {
		t.Run(era.name, func(t *testing.T) {
			c := &crm{got: make(chan string, 1000)}
			server := c.server()
			sdk := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &era.opts)
			cs := connect(t, newVeil(t, newUpstream(t, sdk.ServeHTTP), 0), era.version, nil)
			var tokens sync.Map
			var wg sync.WaitGroup
			say := func(tool, to string) string {
				res, err := cs.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: map[string]any{"to": to}})
				if err != nil || res.IsError {
					t.Errorf("%s: %v, %v", tool, res, err)
					return ""
				}
				return text(res)
			}
			for i := range 50 {
				wg.Go(func() {
					email := fmt.Sprintf("%s.%d@example.com", strings.ToLower(rand.Text()[:8]), i)
					token := say("echo", email)
					if !strings.Contains(token, "pii-email-1") || strings.Contains(token, email) {
						t.Errorf("echo = %q, want a token", token)
					}
					if _, other := tokens.LoadOrStore(token, i); other {
						t.Errorf("two values have one token")
					}
					for range 3 {
						if got := say("echo", token); got != token {
							t.Errorf("echo of %q = %q, want the same", token, got)
						}
						if got := say("mail", token); got != "sent to "+token {
							t.Errorf("mail to %q = %q, want the same token", token, got)
						}
					}
				})
			}
			wg.Wait()
			if len(c.got) != 150 {
				t.Fatalf("%d mails were sent, want 150", len(c.got))
			}
			for range 150 {
				if to := <-c.got; !strings.HasSuffix(to, "@example.com") {
					t.Errorf("mail went to %q, want an address", to)
				}
			}
		})
	}
}

// A message too long to hold streams.
func TestHTTPVeilLong(t *testing.T) {
	email := strings.ToLower(rand.Text()[:10]) + "@example.com"
	long := result(1, strings.Repeat("all is well ", 100_000)+email+strings.Repeat(" and so on", 100_000))
	addr := newVeil(t, newUpstream(t, answer(200, "application/json", long)), 256<<10)
	_, got := request(t, "POST", addr, call(1, "x"))
	if strings.Contains(got, email) || !strings.Contains(got, "pii-email-1") || len(got) < len(long) {
		t.Errorf("an answer of %d bytes came as %d bytes, value %t, token %t", len(long), len(got),
			strings.Contains(got, email), strings.Contains(got, "pii-email-1"))
	}
}

// BenchmarkHTTPVeil is BenchmarkHTTP with a real session, and nothing to find.
func BenchmarkHTTPVeil(b *testing.B) {
	body := result(1, strings.Repeat("all is well ", 80))
	addr := newVeil(b, newUpstream(b, answer(200, "application/json", body)), 0)
	client := &http.Client{Transport: upstreamTransport(new(url.URL))}
	b.ReportAllocs()
	for b.Loop() {
		resp, err := client.Post(addr, "application/json", strings.NewReader(call(1, strings.Repeat("so it is ", 100))))
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		if resp.Body.Close(); err != nil || n < int64(len(body)) {
			b.Fatalf("answer of %d bytes, %v", n, err)
		}
	}
}
