package redact_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/redact"
)

// write passes msg through a Writer in pieces of the sizes that next gives.
func write(t testing.TB, f *redact.Filter, c *redact.Call, msg []byte, next func() int) (string, string, error) {
	var out bytes.Buffer
	w := f.NewWriter(t.Context(), &out, c)
	var err error
	for len(msg) > 0 && err == nil {
		n := min(max(next(), 1), len(msg))
		_, err = w.Write(msg[:n])
		msg = msg[n:]
	}
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	return out.String(), summary(w.Events()), err
}

// long makes a message of about n bytes, with all there is to find, in places that depend on
// the seed.
func long(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 0))
	b := []byte(`{"result":{"content":[`)
	things := []string{mail, card, "4111 1111 1111 1111", `jane\u0040example.com`, `\u0034111111111111111`, `{\"full_name\":\"A \\\"B\\\" C\"}`, `{\"full_name\":\"A \\u0042 C\"}`,
		"sk_live_" + strings.Repeat("a", 30), "sk_live_" + strings.Repeat("b", 90), mailToken, cardToken + "@pii.invalid", "pii-email-1abcd", "\\n", "\\\\", "한국어", "\\ud83d\\ude00", `\/`, "Known Person"}
	for i := 0; len(b) < n; i++ {
		if i > 0 {
			b = append(b, ',')
		}
		switch r.IntN(9) {
		case 0:
			b = append(b, card...)
		case 1:
			b = fmt.Appendf(b, `{"full_name":"%s"}`, strings.Repeat("Jane ", 1+r.IntN(40)))
		case 2:
			b = fmt.Appendf(b, `{"jane@example.com":%d,"x":[true,null,%d]}`, r.IntN(1000), r.Uint64())
		default:
			b = append(b, '"')
			for k := r.IntN(400); k > 0; k-- {
				if r.IntN(6) == 0 {
					b = append(b, things[r.IntN(len(things))]...)
				}
				b = append(b, strings.Repeat("lorem ipsum ", r.IntN(4))...)
				if r.IntN(3) == 0 {
					b = append(b, ' ')
				}
			}
			b = append(b, '"')
		}
	}
	return append(b, `]}}`...)
}

func TestWriterIsRewrite(t *testing.T) {
	for seed := range uint64(16) {
		msg := long(seed, 1000+int(seed)*16000)
		for _, pol := range []string{"EMAIL_ADDRESS:encrypt,*:redact", "*:encrypt", "EMAIL_ADDRESS:hash,PERSON:encrypt,*:pass", "SECRET:mask,*:pass"} {
			f := newFilter(t, pol)
			c := toClient()
			c.Known = &redact.Known{}
			c.Known.Add("PERSON", []byte("Known Person"))
			r := f.NewRewriter()
			want, err := r.Rewrite(t.Context(), c, msg)
			if err != nil {
				t.Fatalf("Rewrite(seed %d): %v", seed, err)
			}
			wantEvents := summary(r.Events())
			rnd := rand.New(rand.NewPCG(seed, 1))
			for _, size := range []int{len(msg), 1 << 16, 1000, 7} {
				got, events, err := write(t, f, c, msg, func() int { return 1 + rnd.IntN(size) })
				if err != nil || got != string(want) {
					i := 0
					for i < len(got) && i < len(want) && got[i] == want[i] {
						i++
					}
					t.Fatalf("Writer(seed %d, %s, pieces to %d): %v; differs at %d of %d:\n%.300s\nwant\n%.300s", seed, pol, size, err, i, len(msg), got[max(0, i-100):], want[max(0, i-100):])
				}
				if events != wantEvents {
					t.Fatalf("Writer(seed %d, %s): events differ:\n%.300s\nwant\n%.300s", seed, pol, events, wantEvents)
				}
			}
		}
	}
}

// However long the text, a Writer holds a window of it.
func TestWriterIsBounded(t *testing.T) {
	f, det := allPacks(t)
	det.Plan() // makes all that is made when it is first wanted
	for name, unit := range map[string]string{
		"prose": "lorem ipsum dolor sit amet, ", "escapes": `\uae40\ucca0 `, "mail": mail + ` \/ `, "array": `x",4111111111111111,"`,
		"a secret": "sk_live_aaaaaaaaaaaaaaa", "backslashes": `\\`, "nested": `{\"password\":\"hunter222\"},`,
	} {
		piece := []byte(strings.Repeat(unit, 200_000/len(unit)))
		w := f.NewWriter(t.Context(), io.Discard, toClient())
		if _, err := w.Write([]byte(`["`)); err != nil {
			t.Fatal(err)
		}
		heap := func() uint64 {
			var m runtime.MemStats
			w.Events()
			runtime.GC()
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		before := heap()
		for range 15 {
			if _, err := w.Write(piece); err != nil {
				t.Fatalf("Write(%s): %v", name, err)
			}
		}
		if grown := int(heap()) - int(before); grown > 400<<10 {
			t.Errorf("after 3 MB of %s a Writer holds %d bytes", name, grown)
		}
		if _, err := w.Write([]byte(`"]`)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Errorf("Close(%s): %v", name, err)
		}
	}
}

type failing struct{ after int }

var errFull = errors.New("full")

func (f *failing) Write(b []byte) (int, error) {
	if f.after -= len(b); f.after < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestWriterErrorsStay(t *testing.T) {
	f := newFilter(t, "CREDIT_CARD:block,*:pass")
	long := strings.Repeat(" ", 300_000)
	for name, tt := range map[string]struct {
		dst  io.Writer
		text string
		want func(error) bool
	}{
		"dst":     {&failing{10_000}, "[" + long + "]", func(err error) bool { return errors.Is(err, errFull) }},
		"blocked": {io.Discard, "[" + long + card + long + "]", func(err error) bool { var b *redact.BlockedError; return errors.As(err, &b) }},
		"syntax": {io.Discard, "[" + long + ",]", func(err error) bool {
			var s *redact.SyntaxError
			return errors.As(err, &s) && s.Offset == 300_001
		}},
		"unended": {io.Discard, "[" + long, func(err error) bool { var s *redact.SyntaxError; return errors.As(err, &s) }},
	} {
		w := f.NewWriter(t.Context(), tt.dst, toServer())
		_, err := io.Copy(w, strings.NewReader(tt.text))
		if err == nil {
			err = w.Close()
		}
		if !tt.want(err) {
			t.Errorf("%s: Writer = %v", name, err)
		}
		if _, again := w.Write([]byte("x")); again == nil || again.Error() != err.Error() {
			t.Errorf("%s: another Write = %v, want %v again", name, again, err)
		}
		if again := w.Close(); again == nil || again.Error() != err.Error() {
			t.Errorf("%s: Close = %v, want %v again", name, again, err)
		}
	}
}

// What stands between two values may be more than is held.
func TestWriterSparse(t *testing.T) {
	f := newFilter(t, "*:encrypt")
	r := rand.New(rand.NewPCG(7, 7))
	for _, most := range []int{3 << 10, 12 << 10, 20 << 10, 60 << 10} {
		msg := []byte(`["`)
		for len(msg) < 400<<10 {
			msg = append(msg, strings.Repeat("lorem ", r.IntN(most)/6)...)
			msg = append(msg, []string{mail + " ", card + " ", mail + `","`, `",4111111111111111,"`}[r.IntN(4)]...)
		}
		msg = append(msg, `"]`...)
		rw := f.NewRewriter()
		want, err := rw.Rewrite(t.Context(), toClient(), msg)
		if err != nil {
			t.Fatal(err)
		}
		got, events, err := write(t, f, toClient(), msg, func() int { return 1 + r.IntN(50_000) })
		if err != nil || got != string(want) {
			t.Errorf("values up to %d bytes apart: Writer: %v; %d bytes, or others than the %d of Rewrite", most, err, len(got), len(want))
		}
		if events != summary(rw.Events()) {
			t.Errorf("values up to %d bytes apart: Writer's events differ", most)
		}
	}
}
