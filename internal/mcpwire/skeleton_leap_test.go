package mcpwire

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/internal/bytescan"
	"github.com/mcpveil/mcpveil/internal/corpus"
)

// skeletons returns what is kept of msg, written in those pieces, after each of them.
func skeletons(msg []byte, cuts []int) (kept [][]byte, modes []any) {
	var s Skeleton
	at := 0
	for _, to := range append(cuts, len(msg)) {
		_, err := s.Write(msg[at:to])
		kept = append(kept, bytes.Clone(s.out))
		modes = append(modes, []any{err, s.mode, s.skip, s.depth, s.name, s.last, s.safe, s.open})
		at = to
	}
	return kept, modes
}

// What is left out is left out alike, many bytes at a time or one by one, in messages that are in order and in those that are not.
func TestSkeletonLeaps(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 9))
	bits := []string{"{", "}", "[", "]", `"`, `\`, `\\`, `\"`, "\x01", "\xff", "é", `:`, `,`, "  ", `\u12`, `{"name":"x"}`}
	for _, kind := range []string{"struct", "nested", "nested2", "code", "korean", "escaped", "prose", "smallreq"} {
		var all []byte
		for i, m := range corpus.Generate(kind, .01, 60_000, 3).Messages {
			if i > 0 {
				all = append(all, ',')
			}
			all = append(all, m...)
			if len(all) > 60_000 {
				break
			}
		}
		whole := append(append([]byte(`{"jsonrpc":"2.0","id":1,"result":{"content":[`), all...), `],"x":1,"task":{"taskId":"t"}},"z":2}`...)
		for round := range 60 {
			msg := bytes.Clone(whole)
			for range round % 4 {
				at := r.IntN(len(msg))
				bit := bits[r.IntN(len(bits))]
				msg = append(append(bytes.Clone(msg[:at]), bit...), msg[at+r.IntN(2):]...)
			}
			var cuts []int
			for at := 0; round%2 == 0; {
				if at += 1 + r.IntN(9000); at >= len(msg) {
					break
				}
				cuts = append(cuts, at)
			}
			undo := bytescan.SetKernel("generic")
			want, wantModes := skeletons(msg, cuts)
			undo()
			for _, k := range bytescan.Kernels() {
				undo := bytescan.SetKernel(k)
				got, modes := skeletons(msg, cuts)
				undo()
				if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(modes, wantModes) {
					t.Fatalf("%s, %s, round %d: %v\n%.300q, want %v\n%.300q", kind, k, round, modes, got, wantModes, want)
				}
			}
		}
	}
}

// The time that a message takes grows with its length and no faster, whatever stands in it and however it is cut.
func TestSkeletonBackslashes(t *testing.T) {
	msg := append([]byte(`{"jsonrpc":"2.0","id":1,"result":{"content":["`), bytes.Repeat([]byte(`\`), 4<<20)...)
	msg = append(msg, `"],"x":1}}`...)
	took := func(piece int) time.Duration {
		var s Skeleton
		start := time.Now()
		for at := 0; at < len(msg); at += piece {
			if _, err := s.Write(msg[at:min(at+piece, len(msg))]); err != nil {
				t.Fatal(err)
			}
		}
		d := time.Since(start)
		if want := `{"jsonrpc":"2.0","id":1,"result":{"content":[],"x":1}}`; string(s.Bytes()) != want {
			t.Fatalf("kept %.200q, want %q", s.Bytes(), want)
		}
		return d
	}
	for end := time.Now().Add(2 * time.Minute); ; { // a busy machine may take some tries
		whole, pieces := took(len(msg)), took(4<<10)
		if whole <= 20*pieces {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("in one piece a message took %v, and %v in pieces", whole, pieces)
		}
	}
}
