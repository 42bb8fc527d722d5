package mcpwire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
)

func TestSkeletonPeek(t *testing.T) {
	for _, tt := range []struct{ head, kind, id, method, name string }{
		{`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":"yyy`, "request", "1", "tools/call", "a"},
		{`{"method":"tools/call","params":{"name":"a","arguments":{"x":["yyy`, "request", "", "tools/call", "a"},
		{`{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"`, "response", "1", "", ""},
		{`{"result":{"content":[{"type":"text","text":"`, "response", "", "", ""},
		{`{"jsonrpc":"2.0","id":1,"result":"`, "unknown", "1", "", ""},
		{`{"params":{"arguments":{"x":"`, "unknown", "", "", ""},
		{`[{"jsonrpc":"2.0","id":1,"result":{`, "unknown", "", "", ""},
		{`{"jsonrpc":"2.0","id":1,"id":2,"result":{`, "unknown", "", "", ""},
		{`{"jsonrpc":"2.0","id":12`, "unknown", "", "", ""},
	} {
		var s mcpwire.Skeleton
		s.Write([]byte(tt.head))
		r := s.Peek()
		got := []string{r.Kind.String(), string(r.ID), string(r.Method), string(r.Name)}
		if want := []string{tt.kind, tt.id, tt.method, tt.name}; strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("Peek(%s) = %q, want %q", tt.head, got, want)
		}
	}
}

func TestSkeletonIsSmall(t *testing.T) {
	var s mcpwire.Skeleton
	s.Write([]byte(`{"jsonrpc":"2.0","id":1,"result":{"x":"`))
	big := bytes.Repeat([]byte(`y\"y}`), 1<<20)
	for range 4 {
		s.Write(big)
	}
	s.Write([]byte(`","content":[`))
	for range 1 << 20 {
		s.Write([]byte(`{"a":[1,"]"]},`))
	}
	s.Write([]byte(`1]}}`))
	if got, want := string(s.Bytes()), `{"jsonrpc":"2.0","id":1,"result":{"x":"","content":[]}}`; got != want {
		t.Errorf("skeleton = %.200s, want %s", got, want)
	}
	var many mcpwire.Skeleton
	many.Write([]byte(`{"params":{`))
	var err error
	for range 1 << 20 {
		if _, err = many.Write([]byte(`"a":1,`)); err != nil {
			break
		}
	}
	if !errors.Is(err, mcpwire.ErrSkeleton) {
		t.Errorf("Write of a million members = %v, want ErrSkeleton", err)
	}
}

// Of a message's skeleton ParseRoute says what it says of the message, however that was split.
func FuzzSkeleton(f *testing.F) {
	for _, s := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"n","arguments":{"a":[1,{"b":"\"}"}]},"_meta":{"progressToken":[1]}}}`,
		`{"result":{"task":{"taskId":"t"},"_meta":{"a":{}}},"jsonrpc":"2.0","id":"x\\"}`,
		`{"jsonrpc":"2.0","id":2,"error":{"code":1,"data":{"a":{}}}} `, `{"jsonrpc":"2.0","id":2,"method":"x","params":[{"_meta":{}}]}`,
		`{"jsonrpc":"2.0","method":"completion/complete","id":3,"params":{"ref":{"type":"a","name":"b"},"x" : { } }}`, `[{"params":{}}]`,
	} {
		f.Add([]byte(s), uint8(3))
	}
	f.Fuzz(func(t *testing.T, msg []byte, step uint8) {
		if !json.Valid(msg) {
			return
		}
		var s mcpwire.Skeleton
		for rest := msg; len(rest) > 0; {
			n := min(len(rest), int(step)%9+1)
			if _, err := s.Write(rest[:n]); err != nil {
				return
			}
			rest = rest[n:]
			s.Peek()
		}
		want, wantErr := mcpwire.ParseRoute(msg)
		got, gotErr := mcpwire.ParseRoute(s.Bytes())
		if (gotErr == nil) != (wantErr == nil) {
			t.Fatalf("ParseRoute(%q) = %v, of its skeleton %q %v", msg, wantErr, s.Bytes(), gotErr)
		}
		for _, p := range [][2][]byte{{got.ID, want.ID}, {got.Method, want.Method}, {got.Name, want.Name}, {got.Version, want.Version}, {got.Task, want.Task}, {got.Target, want.Target}} {
			if !bytes.Equal(p[0], p[1]) {
				t.Fatalf("ParseRoute(%q) = %+v, of its skeleton %q %+v", msg, want, s.Bytes(), got)
			}
		}
		if got.Kind != want.Kind {
			t.Fatalf("ParseRoute(%q): %v, of its skeleton %q %v", msg, want.Kind, s.Bytes(), got.Kind)
		}
	})
}

func BenchmarkSkeleton(b *testing.B) {
	part := []byte(strings.Repeat(`{"type":"text","text":"`+strings.Repeat(`{\"id\":12,\"status\":\"open\"} `, 35)+`"},`, 50))
	b.SetBytes(int64(len(part)))
	var s mcpwire.Skeleton
	s.Write([]byte(`{"result":{"content":[`))
	for b.Loop() {
		s.Write(part)
	}
}
