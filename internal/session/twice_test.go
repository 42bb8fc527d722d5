package session

import (
	"testing"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/policy"
)

// An answer that comes twice at a time: what the call had opened is remembered until the last of the two is through.
func TestAnswerTwiceAtATime(t *testing.T) {
	s, up, down, _, _ := open(t, Options{Replay: 1})
	up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":"OPEN"}}}`))
	up.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"a","arguments":{}}}`))
	answer := []byte(`{"jsonrpc":"2.0","id":1,"result":{}}`)
	route, err := mcpwire.ParseRoute(answer)
	if err != nil {
		t.Fatal(err)
	}
	first, second := s.Port(policy.ToClient), s.Port(policy.ToClient)
	for _, p := range []*Port{first, second} {
		p.begin(answer)
		c, err := p.site(&route)
		if err != nil || c == nil {
			t.Fatalf("the answer is that of %v, %v", c, err)
		}
		if p == second {
			down.Forward(t.Context(), []byte(`{"jsonrpc":"2.0","id":2,"result":{}}`)) // and the first call is forgotten
			p.settle(&route, c)
		}
	}
	if n := first.call.Known.Len(); n != 1 {
		t.Errorf("while an answer is filtered, its call knows %d values, want the one that was opened", n)
	}
}
