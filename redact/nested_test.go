package redact_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// A number of JSON in a string becomes a string of that JSON, at whatever depth.
func TestNestedNumbers(t *testing.T) {
	const card = "4111111111111111"
	for _, inner := range []string{
		`{"card":%s}`,
		`{"card": %s, "n":1}`,
		"{\n  \"card\":\n\t%s\n}",
		`{"cards":[%s,4000056655665556, 12, %s]}`,
		`[%s]`,
		` [ 1, %s ]`,
		`[[%s]]`,
		`{"a":{"b":[{"card":%s}]}}`,
		`{"filler":"` + strings.Repeat("x", 20_000) + `","card":%s}`,
		`{"cards":[` + strings.Repeat("1, ", 100) + `%s]}`,
	} {
		text := strings.ReplaceAll(inner, "%s", card)
		want := strings.ReplaceAll(strings.ReplaceAll(inner, "%s", `"`+cardToken+`"`), "4000056655665556", `"`+seal("CREDIT_CARD", "4000056655665556")+`"`)
		for depth := range 3 {
			msg, wantMsg := nest(t, text, depth+1), nest(t, want, depth+1)
			got, err := newFilter(t, "*:encrypt").NewRewriter().Rewrite(t.Context(), toClient(), []byte(msg))
			if err != nil || string(got) != wantMsg {
				t.Errorf("Rewrite(%.300s) = %.300s, %v, want %.300s", msg, got, err, wantMsg)
			}
			if out, err := writePieces(t, msg, 7); err != nil || out != wantMsg {
				t.Errorf("Write(%.300s) = %.300s, %v, want %.300s", msg, out, err, wantMsg)
			}
		}
	}
}

// What is not a number of nested JSON gets no quotes.
func TestNoNestedNumbers(t *testing.T) {
	for _, text := range []string{"card: %s", "cards: %s, and so on", "%s", "see [%s]", `{"card":"%s"}`, `{"card":"no. %s"}`, "a, %s, b"} {
		msg, want := nest(t, strings.ReplaceAll(text, "%s", "4111111111111111"), 1), nest(t, strings.ReplaceAll(text, "%s", cardToken), 1)
		got, err := newFilter(t, "*:encrypt").NewRewriter().Rewrite(t.Context(), toClient(), []byte(msg))
		if err != nil || string(got) != want {
			t.Errorf("Rewrite(%s) = %s, %v, want %s", msg, got, err, want)
		}
	}
}

// nest puts text into depth strings, one inside the other.
func nest(t *testing.T, text string, depth int) string {
	t.Helper()
	for i := range depth {
		b, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		text = fmt.Sprintf(`{"d%d":%s}`, i, b)
	}
	return text
}

// writePieces takes msg through a Writer in pieces of n bytes.
func writePieces(t *testing.T, msg string, n int) (string, error) {
	t.Helper()
	var out bytes.Buffer
	w := newFilter(t, "*:encrypt").NewWriter(t.Context(), &out, toClient())
	for i := 0; i < len(msg); i += n {
		if _, err := w.Write([]byte(msg[i:min(i+n, len(msg))])); err != nil {
			return "", err
		}
	}
	err := w.Close()
	return out.String(), err
}
