package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// Clients probe by starting a server twice at once: on a machine without a key all
// of them make and use the same one.
func TestFirstStartsAtOnce(t *testing.T) {
	h, list := newHome(t), people(2)
	const n = 4
	var wg sync.WaitGroup
	seen := make([]customer, n)
	for i := range n {
		to := veiled(t, h, stdioDesk(t, list).target)
		wg.Go(func() {
			c := goClient(t, to, "")
			a := c.call(t, "lookup", map[string]any{"row": 1})
			if err := json.Unmarshal([]byte(a.Text), &seen[i]); err != nil {
				t.Errorf("lookup answers %.200q, error %q; stderr:\n%s", a.Text, a.Err, to.log)
			}
		})
	}
	wg.Wait()
	for _, c := range seen {
		if c != seen[0] || !isToken(c.Email) {
			t.Errorf("started at once, one seals as %+v, another as %+v", c, seen[0])
		}
	}
}

// A client that closes its end with calls under way still gets every answer, and
// then the program ends, long before its patience does.
func TestEndOfInput(t *testing.T) {
	list := people(2)
	to := veiled(t, newHome(t), stdioDesk(t, list).target, "--config", config(t, fmt.Sprintf("version: 1\nlimits: {drain: %v}\n", 2*long)))
	const calls = 20
	var in strings.Builder
	in.WriteString(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}` + "\n")
	in.WriteString(`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n")
	for i := 1; i <= calls; i++ {
		fmt.Fprintf(&in, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"lookup","arguments":{"row":%d}}}`+"\n", i, i%2)
	}
	cmd := exec.Command(to.argv[0], to.argv[1:]...)
	cmd.Env = append(os.Environ(), to.env...)
	cmd.Stdin, cmd.Stderr = strings.NewReader(in.String()), to.log
	begin := time.Now()
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("the program ends with %v; stderr:\n%s", err, to.log)
	}
	if took := time.Since(begin); took > long {
		t.Errorf("it took %v to end", took)
	}
	answered := map[string]bool{}
	for line := range bytes.Lines(out) {
		var m struct {
			ID     json.RawMessage
			Result json.RawMessage
		}
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("a line to the client is no JSON: %v: %.200q", err, line)
		}
		if m.Result != nil {
			answered[string(m.ID)] = true
		}
	}
	for i := range calls + 1 {
		if !answered[fmt.Sprint(i)] {
			t.Errorf("call %d has no answer", i)
		}
	}
	checkNone(t, "what the client got", string(out), list)
	checkLog(t, to, list)
}

// The server's exit code is the program's own.
func TestExitCode(t *testing.T) {
	for _, want := range []int{0, 7} {
		to := veiled(t, newHome(t), target{argv: []string{"sh", "-c", fmt.Sprintf("exit %d", want)}})
		if _, got := runToEnd(t, to); got != want {
			t.Errorf("of a server that exits with %d the program exits with %d; stderr:\n%s", want, got, to.log)
		}
	}
}
