package session

import (
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
)

// However long a server makes what its texts are known by, little of it is remembered.
func TestSeamKeysAreBounded(t *testing.T) {
	det, err := detect.New(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _, down, _, _ := open(t, Options{Engine: Engine{Detector: det}})
	long := strings.Repeat("x", 1<<16)
	for _, msg := range []string{
		`{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","logger":"` + long + `","data":"x"}}`,
		`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"` + long + `","message":"x"}}`,
	} {
		down.Forward(t.Context(), []byte(msg))
	}
	if n := len(down.seams.all); n != 2 {
		t.Fatalf("%d texts are remembered, want 2", n)
	}
	for _, s := range down.seams.all {
		if len(s.of) > 1<<10 {
			t.Errorf("of what a text is known by %d bytes are remembered", len(s.of))
		}
	}
}
