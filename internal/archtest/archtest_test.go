// Package archtest keeps the floors of docs/ARCHITECTURE.md: a package imports only
// packages on floors below its own, and third-party modules stay where they belong.
//
// It reads the sources itself. A test that asked "go list" would be cached by go test and
// stay green when an import changes.
package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/mcpveil/mcpveil/"

// floors, lowest first. A package imports only what stands on a line above its own.
var floors = [][]string{
	0: {"kms", "internal/bytescan", "internal/corpus", "internal/crash", "internal/lend", "internal/secretdo", "internal/testenv", "bench/internal/plot"},
	1: {"detect", "internal/jsonspan", "internal/namebook"},
	2: {"policy", "patterns", "internal/view", "internal/mcpwire", "kms/vault", "kms/local", "kms/kmstest", "bench/internal/sixty"},
	3: {"redact", "patterns/convert"},
	4: {"envelope", "internal/audit", "internal/schema", "internal/eval"},
	5: {"internal/session", "internal/config"},
	6: {"internal/proxy", "internal/demo"},
	7: {"cmd/mcpveil", "bench", "bench/beside", "internal/e2e", "internal/testenv/prepare", "internal/archtest", "internal/tinkv1peer", "internal/tinkv2peer"},
}

// thirdParty says which packages may import a module, tests aside. A module that is not
// listed may be imported by none.
var thirdParty = map[string][]string{
	"github.com/tink-crypto/tink-go/v2":      {"envelope", "kms/", "internal/tinkv2peer"},
	"github.com/google/tink/go":              {"internal/tinkv1peer"}, // a test's peer; see there
	"github.com/hashicorp/vault/api":         {"kms/"},
	"golang.org/x/time":                      {"kms/"}, // a limiter; the vault client has it already
	"github.com/dlclark/regexp2/v2":          {"detect"},
	"github.com/klauspost/compress":          {"internal/proxy"},
	"go.yaml.in/yaml/v3":                     {"patterns", "patterns/convert", "internal/config"},
	"github.com/BurntSushi/toml":             {"patterns/convert"},
	"aead.dev/minisign":                      {"patterns"},
	"github.com/spf13/cobra":                 {"cmd/mcpveil"},
	"github.com/modelcontextprotocol/go-sdk": {"internal/demo"},
	"golang.org/x/term":                      {"cmd/mcpveil", "internal/demo"},
	"golang.org/x/sys":                       {"internal/bytescan", "internal/crash", "internal/proxy", "internal/testenv", "kms/local"},
	"golang.org/x/text":                      {"detect", "redact", "internal/view"},
	"github.com/google/jsonschema-go":        {"internal/demo"},
}

// testOnly modules may be imported by any test.
var testOnly = []string{
	"github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "github.com/modelcontextprotocol/go-sdk",
	"github.com/klauspost/compress", "github.com/go-json-experiment/json", "github.com/tink-crypto/tink-go/v2",
	"go.yaml.in/yaml/v3", "golang.org/x/text", "github.com/dlclark/regexp2/v2", "github.com/hashicorp/vault/api",
	"aead.dev/minisign",
}

func TestFloors(t *testing.T) {
	floorOf := map[string]int{}
	for n, pkgs := range floors {
		for _, p := range pkgs {
			floorOf[p] = n
		}
	}
	files := 0
	eachFile(t, func(dir, name string, imports []string) {
		files++
		mine, known := floorOf[dir]
		if !known {
			t.Errorf("%s: package is on no floor: add it here and to docs/ARCHITECTURE.md", dir)
			return
		}
		isTest := strings.HasSuffix(name, "_test.go")
		for _, imp := range imports {
			switch {
			case strings.HasPrefix(imp, module):
				target := strings.TrimPrefix(imp, module)
				n, ok := floorOf[target]
				if !ok {
					t.Errorf("%s/%s imports %s, which is on no floor", dir, name, imp)
				} else if !isTest && n >= mine {
					t.Errorf("%s/%s (floor %d) imports %s (floor %d): only lower floors may be imported", dir, name, mine, target, n)
				}
			case strings.Contains(strings.SplitN(imp, "/", 2)[0], "."):
				if !allowed(imp, dir, isTest) {
					t.Errorf("%s/%s imports %s, which does not belong there", dir, name, imp)
				}
			}
		}
	})
	if files < 20 {
		t.Fatalf("read %d source files, want the whole module: is the root right?", files)
	}
}

// The product never links what is meant for tests, or what prints secret keys.
func TestProductNeverImports(t *testing.T) {
	eachFile(t, func(dir, name string, imports []string) {
		if strings.HasSuffix(name, "_test.go") || dir == "internal/testenv/prepare" || dir == "internal/tinkv1peer" || dir == "internal/tinkv2peer" {
			return
		}
		for _, imp := range imports {
			for _, bad := range []string{"testing", module + "kms/kmstest", "github.com/google/tink/go", "unsafe"} {
				if (imp == bad || strings.HasPrefix(imp, bad+"/")) && dir != "kms/kmstest" && dir != "internal/testenv" && !(bad == "unsafe" && dir == "internal/bytescan") {
					t.Errorf("%s/%s imports %s", dir, name, imp)
				}
			}
			if strings.HasSuffix(imp, "/insecurecleartextkeyset") {
				t.Errorf("%s/%s imports %s: keysets are read wrapped only", dir, name, imp)
			}
		}
	})
}

func allowed(imp, dir string, isTest bool) bool {
	if isTest {
		for _, m := range testOnly {
			if imp == m || strings.HasPrefix(imp, m+"/") {
				return true
			}
		}
	}
	for m, dirs := range thirdParty {
		if imp != m && !strings.HasPrefix(imp, m+"/") {
			continue
		}
		for _, d := range dirs {
			if dir == d || strings.HasSuffix(d, "/") && strings.HasPrefix(dir, d) {
				return true
			}
		}
	}
	return false
}

// eachFile calls f for every Go file of the module with its folder and imports.
func eachFile(t *testing.T, f func(dir, name string, imports []string)) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); p != root && (strings.HasPrefix(n, ".") || n == "testdata" || n == "node_modules" || hasGoMod(p)) {
				return filepath.SkipDir
			}
			return nil
		}
		if path.Ext(p) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		var imports []string
		for _, i := range file.Imports {
			s, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, s)
		}
		rel, err := filepath.Rel(root, filepath.Dir(p))
		if err != nil {
			return err
		}
		f(filepath.ToSlash(rel), filepath.Base(p), imports)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// hasGoMod reports whether dir is a module of its own, such as tools/vaultd.
func hasGoMod(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}
