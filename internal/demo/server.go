package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// DirVar is the environment variable by which the demo tells its server a folder: the server
// takes its customers from customers.json there and notes in trace.jsonl what its tools got and
// what they returned. Without it the server draws customers and notes nothing.
const DirVar = "MCPVEIL_DEMO_DIR"

const (
	customersFile = "customers.json"
	traceFile     = "trace.jsonl"
)

// An Exchange is what a tool of the sample server got and what it returned, as the server saw it.
type Exchange struct {
	Tool string          `json:"tool"`
	Got  json.RawMessage `json:"got"`  // the arguments
	Sent json.RawMessage `json:"sent"` // the result
}

// Serve runs the sample server: on in and out, or where listen is not empty, as a Streamable-HTTP
// server there. It returns when the client has gone or ctx is done.
func Serve(ctx context.Context, listen string, in io.ReadCloser, out io.WriteCloser) error {
	customers, trace, err := serverState(os.Getenv(DirVar))
	if err != nil {
		return err
	}
	defer trace.Close()
	server := NewServer(customers, trace)
	if listen == "" {
		err := server.Run(ctx, &mcp.IOTransport{Reader: in, Writer: out})
		if err != nil && ctx.Err() == nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("demo: server: %w", err)
		}
		return nil
	}
	ln, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("demo: server: %w", err)
	}
	fmt.Fprintf(out, "listening on http://%s/mcp\n", ln.Addr())
	mux := http.NewServeMux()
	mux.Handle("/mcp", mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil))
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { srv.Close() })
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("demo: server: %w", err)
	}
	return nil
}

func serverState(dir string) ([]Customer, io.WriteCloser, error) {
	if dir == "" {
		return Draw(4), discard{}, nil
	}
	raw, err := os.ReadFile(filepath.Join(dir, customersFile))
	if err != nil {
		return nil, nil, fmt.Errorf("demo: server: %w", err)
	}
	var customers []Customer
	if err := json.Unmarshal(raw, &customers); err != nil {
		return nil, nil, fmt.Errorf("demo: server: %s is not what the demo writes", customersFile)
	}
	trace, err := os.OpenFile(filepath.Join(dir, traceFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("demo: server: %w", err)
	}
	return customers, trace, nil
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }

// A store holds the customers of one server.
type store struct {
	mu   sync.Mutex
	list []Customer
}

// find returns the customer with that id. The caller holds s.mu.
func (s *store) find(id string) (*Customer, error) {
	for i := range s.list {
		if s.list[i].ID == id {
			return &s.list[i], nil
		}
	}
	return nil, errors.New("there is no customer with this id")
}

// NewServer returns the sample customer-data server: look up a customer, list, update, send mail.
// Its results come in the three forms that MCP has: prose, JSON in text, and structured content
// that an output schema describes. Each exchange is written to trace as a line of JSON.
func NewServer(customers []Customer, trace io.Writer) *mcp.Server {
	s := &store{list: customers}
	server := mcp.NewServer(&mcp.Implementation{Name: "customers", Version: "1.0.0"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "get_customer", Description: "Looks a customer up by id.", OutputSchema: customerSchema()}, s.get)
	mcp.AddTool(server, &mcp.Tool{Name: "list_customers", Description: "Lists all customers with their contact data."}, s.all)
	mcp.AddTool(server, &mcp.Tool{Name: "update_customer", Description: "Changes a customer's contact data; what is left out stays."}, s.update)
	mcp.AddTool(server, &mcp.Tool{Name: "send_mail", Description: "Sends a mail."}, s.mail)
	server.AddReceivingMiddleware(tracing(trace))
	return server
}

// customerSchema says what get_customer returns, and that an e-mail address has the form of one.
func customerSchema() *jsonschema.Schema {
	schema, err := jsonschema.For[Customer](nil)
	if err != nil {
		panic("demo: internal error: " + err.Error())
	}
	schema.Properties["email"].Format = "email"
	return schema
}

// tracing notes every tool call on w.
func tracing(w io.Writer) mcp.Middleware {
	var mu sync.Mutex
	return func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			call, ok := req.GetParams().(*mcp.CallToolParamsRaw)
			if !ok {
				return next(ctx, method, req)
			}
			x := Exchange{Tool: call.Name, Got: append(json.RawMessage(nil), call.Arguments...)}
			res, err := next(ctx, method, req)
			if err == nil {
				if x.Sent, err = json.Marshal(res); err != nil {
					return nil, err
				}
			}
			mu.Lock()
			defer mu.Unlock()
			if err := json.NewEncoder(w).Encode(x); err != nil {
				return nil, fmt.Errorf("demo: trace: %w", err)
			}
			return res, err
		}
	}
}

type getArgs struct {
	ID string `json:"id" jsonschema:"customer number, such as C-1001"`
}

// get answers with structured content, and with prose beside it.
func (s *store) get(_ context.Context, _ *mcp.CallToolRequest, in getArgs) (*mcp.CallToolResult, Customer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.find(in.ID)
	if err != nil {
		return nil, Customer{}, err
	}
	prose := fmt.Sprintf("%s is a %s customer. Contact: %s, phone %s. Pays by card %s. SSN: %s.", c.ID, c.Tier, c.Email, c.Phone, c.Card, c.SSN)
	return text(prose), *c, nil
}

type contact struct {
	ID        string `json:"id"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Email     string `json:"email"`
	Phone     string `json:"phone"`
}

// all answers with JSON in text, as most servers do.
func (s *store) all(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []contact
	for _, c := range s.list {
		list = append(list, contact{c.ID, c.FirstName, c.LastName, c.Email, c.Phone})
	}
	raw, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		return nil, nil, err
	}
	return text(string(raw)), nil, nil
}

type updateArgs struct {
	ID    string `json:"id"`
	Email string `json:"email,omitempty"`
	Phone string `json:"phone,omitempty"`
	Card  string `json:"card_number,omitempty"`
}

// update repeats in its answer what it was told, as many tools do.
func (s *store) update(_ context.Context, _ *mcp.CallToolRequest, in updateArgs) (*mcp.CallToolResult, any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.find(in.ID)
	if err != nil {
		return nil, nil, err
	}
	var said []string
	set := func(name string, field *string, value string) {
		if value != "" {
			*field = value
			said = append(said, name+" is now "+value)
		}
	}
	set("e-mail", &c.Email, in.Email)
	set("phone", &c.Phone, in.Phone)
	set("card", &c.Card, in.Card)
	return text(c.ID + ": " + strings.Join(said, ", ") + "."), nil, nil
}

type mailArgs struct {
	To      string `json:"to"`
	Subject string `json:"subject"`
	Body    string `json:"body"`
}

var addressPattern = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[a-z]+$`)

// mail sends nothing. It takes an address only, and repeats it in its answer.
func (s *store) mail(_ context.Context, _ *mcp.CallToolRequest, in mailArgs) (*mcp.CallToolResult, any, error) {
	if !addressPattern.MatchString(in.To) {
		return nil, nil, errors.New("the recipient is no e-mail address")
	}
	greeting, _, _ := strings.Cut(in.Body, ",")
	return text(fmt.Sprintf("Queued for %s, beginning %q.", in.To, greeting)), nil, nil
}

func text(s string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: s}}}
}
