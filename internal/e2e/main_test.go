package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mcpveil/mcpveil/internal/testenv"
)

var scratch string // removed when all tests have ended

func TestMain(m *testing.M) {
	if os.Getenv(serverVar) != "" {
		serveStdio() // this process is the MCP server of a test
		return
	}
	if os.Getenv(shimVar) != "" {
		os.Exit(shim(os.Args[len(os.Args)-1])) // this process is the suite's client
	}
	dir, err := os.MkdirTemp("", "mcpveil-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	scratch = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

var build = sync.OnceValues(func() (string, error) {
	bin := filepath.Join(scratch, "mcpveil")
	cmd := exec.Command("go", "build", "-trimpath", "-o", bin, "github.com/mcpveil/mcpveil/cmd/mcpveil")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	return bin, nil
})

// program returns the path of mcpveil, built once from the tree. It reads the
// sources, so that go test does not answer from its cache when they change.
func program(t testing.TB) string {
	t.Helper()
	root := testenv.Root(t)
	read := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch ext := filepath.Ext(path); {
		case err != nil:
			return err
		case d.IsDir() && path != root && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() || strings.HasSuffix(path, "_test.go"):
			return nil
		case ext == ".go" || ext == ".yaml" || ext == ".yml" || d.Name() == "go.mod":
			read++
			_, err := os.ReadFile(path)
			return err
		}
		return nil
	})
	if err != nil || read == 0 {
		t.Fatalf("reading the sources: %d files, %v", read, err)
	}
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}
