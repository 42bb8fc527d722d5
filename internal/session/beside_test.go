package session

import (
	"testing"

	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// What the client says beside its calls opens values for the server as well: an answer to what the server asks during a call, or a
// notification. The server may say them again in whatever it answers.
func TestOpenedBesideCalls(t *testing.T) {
	const ask = `{"jsonrpc":"2.0","id":7,"method":"elicitation/create","params":{}}`
	for _, msg := range []string{
		`{"jsonrpc":"2.0","id":7,"result":{"action":"accept","content":{"x":"OPEN"}}}`,
		`{"jsonrpc":"2.0","id":99,"result":{"x":"OPEN"}}`, // that nobody asked for
		`{"jsonrpc":"2.0","method":"notifications/x","params":{"x":"OPEN"}}`,
		`{"jsonrpc":"2.0","method":"tools/call","params":{"name":"a","arguments":{"x":"OPEN"}}}`,
	} {
		s, up, down, f, _ := open(t, Options{})
		last := func() *redact.Known { return f.seen[len(f.seen)-1].Known }
		up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{}}}`))
		down.Forward(t.Context(), []byte(ask))
		if v := up.Forward(t.Context(), []byte(msg)); v.Class != OK {
			t.Fatal(v.Err)
		}
		down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}`))
		if !last().In("Zebulon") {
			t.Errorf("a notification does not know what %s opened", msg)
		}
		n := 0
		s.table(policy.ToServer).each(func(c *call) {
			if n++; !c.known.In("Zebulon") {
				t.Errorf("the answer to the call at hand will not know what %s opened", msg)
			}
		})
		if n != 1 {
			t.Errorf("%d calls are at hand, want one", n)
		}
	}
}
