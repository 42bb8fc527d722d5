//go:build !race

// The race detector has shadow memory that is too large to search.

package envelope_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/daead/aessiv"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"

	"github.com/mcpveil/mcpveil/internal/secretdo"
	"github.com/mcpveil/mcpveil/kms/local"
)

const keyFolder = "MCPVEIL_ENVELOPE_TEST_KEYS"

// TestKeyCopies counts how often the bytes of a key stand in the memory of a process that
// opened a keyring, refreshed it, sealed and opened with it: with GOEXPERIMENT=runtimesecret
// at most three times, one of which is Tink's and one the key schedule in use.
func TestKeyCopies(t *testing.T) {
	if dir := os.Getenv(keyFolder); dir != "" {
		useKeys(t, dir)
		return
	}
	dir := filepath.Join(t.TempDir(), "keys")
	kek, store, err := local.Open(dir)
	must(t, err)
	opts := options()
	opts.Create = true
	openRing(t, service{kek, store}, "ring", opts)
	wrapped, _, err := store.Get(t.Context(), "ring")
	must(t, err)
	h, err := readStored(t, kek, wrapped, "ring", "1")
	must(t, err)
	entry, err := h.Primary()
	must(t, err)
	key := entry.Key().(*aessiv.Key).KeyBytes().Data(insecuresecretdataaccess.Token{})
	text, err := os.ReadFile(filepath.Join(dir, "key"))
	must(t, err)
	line := bytes.TrimSpace(text[bytes.LastIndexByte(bytes.TrimSpace(text), ' ')+1:])
	wrapping, err := base64.StdEncoding.DecodeString(string(line))
	must(t, err)

	child := exec.Command(os.Args[0], "-test.run=^TestKeyCopies$")
	child.Env = append(os.Environ(), keyFolder+"="+dir)
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	must(t, err)
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	defer child.Wait()
	defer in.Close()
	if ready, err := bufio.NewReader(out).ReadString('\n'); ready != "ready\n" {
		t.Fatalf("the process says %q, %v", ready, err)
	}
	needles := []needle{
		{"first half of the data key", key[:32], 3},
		{"second half of the data key", key[32:], 3},
		{"wrapping key", wrapping, 3},
		{"wrapping key in base64", line, 0},
		{"what surely is there", []byte(memoryMark()), -1},
	}
	counts := countInMemory(t, child.Process.Pid, needles)
	for i, n := range needles {
		t.Logf("%s: %d copies (erasing build: %v)", n.what, counts[i], secretdo.Erases)
		switch {
		case n.most < 0:
			if counts[i] == 0 {
				t.Errorf("%s is not found: memory was not searched", n.what)
			}
		case secretdo.Erases && counts[i] > n.most:
			t.Errorf("%s: %d copies in memory, want at most %d", n.what, counts[i], n.most)
		}
	}
	if counts[0] == 0 {
		t.Error("the data key is not found at all: it must be in use somewhere")
	}
}

var mark = "a mark that must be found "

// memoryMark is a text that only the other process has in one piece.
func memoryMark() string { return strings.ToUpper(mark) + "here" }

// useKeys is what the other process does.
func useKeys(t *testing.T, dir string) {
	kek, store, err := local.Open(dir)
	must(t, err)
	k := openRing(t, service{kek, store}, "ring", options())
	for range 10 {
		must(t, k.Refresh(t.Context()))
	}
	opens(t, k, "as in use", seal(t, k, "EMAIL_ADDRESS", "ada@lovelace.example", alice), alice, "ada@lovelace.example")
	for range 4 {
		runtime.GC()
	}
	here := memoryMark()
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(here)
}

type needle struct {
	what string
	text []byte
	most int // how often it may be found by an erasing build
}

// countInMemory counts needles in all that a process can write to.
func countInMemory(t *testing.T, pid int, needles []needle) []int {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	must(t, err)
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	must(t, err)
	defer mem.Close()
	counts := make([]int, len(needles))
	for l := range strings.Lines(string(maps)) {
		var from, to int64
		var mode string
		if _, err := fmt.Sscanf(l, "%x-%x %s", &from, &to, &mode); err != nil || !strings.HasPrefix(mode, "rw") {
			continue
		}
		const step, overlap = 1 << 20, 128
		buf := make([]byte, step+overlap)
		for at := from; at < to; at += step {
			n, _ := mem.ReadAt(buf[:min(int64(len(buf)), to-at)], at)
			for i, nd := range needles {
				// Each is counted where it begins, so not twice in an overlap.
				for p := 0; p < min(n, step); p++ {
					j := bytes.Index(buf[p:n], nd.text)
					if j < 0 || p+j >= step {
						break
					}
					counts[i]++
					p += j
				}
			}
		}
	}
	return counts
}
