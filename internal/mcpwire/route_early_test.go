package mcpwire

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/mcpveil/mcpveil/internal/corpus"
)

func checkEarly(t *testing.T, msg []byte) (routed bool) {
	t.Helper()
	r, err := ParseRoute(msg)
	p := router{msg: msg, late: true}
	p.message()
	want, wantErr := p.route, error(nil)
	if p.reason != "" {
		want, wantErr = Route{}, p.refusal()
	}
	if !reflect.DeepEqual(r, want) || !reflect.DeepEqual(err, wantErr) {
		t.Fatalf("%q\nread early: %+v, %v\nelse:       %+v, %v", msg, r, err, want, wantErr)
	}
	return err == nil
}

// What is read early is what is read late, in messages that are in order and in those that are not.
func TestEarly(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	routed, refused := 0, 0
	count := func(ok bool) {
		if ok {
			routed++
		} else {
			refused++
		}
	}
	var all [][]byte
	for _, kind := range []string{"struct", "nested", "smallreq", "code", "prose"} {
		for i, m := range corpus.Generate(kind, .01, 200_000, 3).Messages {
			if i < 40 {
				all = append(all, m)
			}
		}
	}
	for _, s := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"n","arguments":{"a":[1,{"b":"\"}"}]},"_meta":{"progressToken":1}}}`,
		`{"jsonrpc":"2.0","params":{"name":"n","Name":"m"},"id":1,"method":"tools/call"}`,
		`{"jsonrpc":"2.0","params":{"uri":"a","uri":"b"},"method":"tools/call","id":1}`,
		`{"params":{"x":[1}},"jsonrpc":"2.0","method":"x"}`, `{"params":{"x":{]},"jsonrpc":"2.0","method":"x"}`,
		`{"jsonrpc":"2.0","id":1,"result":{"task":{"taskId":"t"},"taskId":"u","taskId":"v"}}`,
		`{"jsonrpc":"2.0","id":1,"result":{"task":{"taskId":"t"}},"result":{}}`, `{"jsonrpc":"2.0","id":1,"result":{},"params":{"a" 1}}`,
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-03-26"}}`,
		`{"jsonrpc":"2.0","id":1,"method":"x","params":{"a\u0000":1}}`, `{"jsonrpc":"2.0","id":1,"method":"x","params":{}}`,
	} {
		all = append(all, []byte(s))
	}
	bits := []string{`{`, `}`, `[`, `]`, `"`, `\`, `,`, `:`, `"name":1,`, `"result":{},`, `"params":{"name":"x"},`, `"method":"m",`, " ", "\x00", "1"}
	for _, m := range all {
		count(checkEarly(t, m))
		for range 60 {
			at := r.IntN(min(len(m), 400))
			if r.IntN(4) == 0 {
				at = len(m) - 1 - r.IntN(min(len(m), 30))
			}
			bit := bits[r.IntN(len(bits))]
			cut := append([]byte(nil), m[:at]...)
			switch r.IntN(4) {
			case 0:
				count(checkEarly(t, cut))
			case 1:
				count(checkEarly(t, append(cut, m[at+1:]...)))
			case 2:
				count(checkEarly(t, append(append(cut, bit...), m[at:]...)))
			default:
				count(checkEarly(t, append(append(cut, bit...), m[at+1:]...)))
			}
		}
	}
	if routed < 1000 || refused < 1000 {
		t.Fatalf("%d messages routed and %d refused, want many of both", routed, refused)
	}
}

func FuzzEarly(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"n","arguments":{"a":[1,{"b":"\"}"}]}}}`))
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"result":{"task":{"taskId":"t"},"x":[{]}}}`))
	f.Fuzz(func(t *testing.T, msg []byte) { checkEarly(t, msg) })
}
