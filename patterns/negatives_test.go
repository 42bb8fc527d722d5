package patterns_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/testenv"
	"github.com/mcpveil/mcpveil/patterns"
)

// eachFile calls f with every JSON file of a .tar.gz of the shared data.
func eachFile(t *testing.T, archive string, f func(name string, data []byte)) {
	t.Helper()
	file, err := os.Open(testenv.Shared(t, archive))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for tr := tar.NewReader(z); ; n++ {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(h.Name, ".json") && len(data) > 0 {
			f(path.Base(h.Name), data)
		}
	}
	if n == 0 {
		t.Fatalf("%s holds no files", archive)
	}
}

// rightFile lists by hand what is found on public JSON and is what it is taken for: the file, where it begins, the
// entity. A star in place of the offset is for files that are lists of persons, whose findings of that
// entity were looked through.
const rightFile = "testdata/negatives.txt"

func readRight(t *testing.T) map[string]bool {
	t.Helper()
	data, err := os.ReadFile(rightFile)
	if err != nil {
		t.Fatal(err)
	}
	right := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			right[line] = true
		}
	}
	if len(right) == 0 {
		t.Fatalf("%s is empty", rightFile)
	}
	return right
}

// TestNegatives finds on public JSON at most one thing a megabyte that is not what it
// is taken for, and no card and no telephone number but those of persons. What is new and right goes to
// testdata/negatives.txt, by hand: each finding is told in the form that it has there.
func TestNegatives(t *testing.T) {
	det := balanced(t)
	right := readRight(t)
	for _, archive := range []string{
		"data/negatives/schemastore_300.tar.gz", "data/negatives/simdjson_jsonexamples.tar.gz", "data/negatives/jsontestsuite_parsing.tar.gz",
	} {
		t.Run(path.Base(archive), func(t *testing.T) {
			var dst []detect.Finding
			size, n, wrong := 0, 0, map[string]int{}
			eachFile(t, archive, func(name string, data []byte) {
				size += len(data)
				dst = det.Append(dst[:0], detect.Text{Raw: data, Escaped: true, Final: true})
				for _, f := range dst {
					line := fmt.Sprintf("%s %d %s", name, f.Start, f.Rule.Entity)
					if right[line] || right[fmt.Sprintf("%s * %s", name, f.Rule.Entity)] {
						continue
					}
					if e := f.Rule.Entity; e == "CREDIT_CARD" || e == "PHONE_NUMBER" {
						t.Errorf("%s: rule %s, %d bytes", line, f.Rule.ID, f.End-f.Start)
					}
					n++
					wrong[f.Rule.ID]++
					t.Logf("%s: rule %s, %d bytes", line, f.Rule.ID, f.End-f.Start)
				}
			})
			t.Logf("%d wrong in %.1f MB", n, float64(size)/1e6)
			if n > size/1_000_000 {
				t.Errorf("%d wrong findings in %d bytes, want one a megabyte at most: %v", n, size, wrong)
			}
		})
	}
}

// TestFloats: in files that hold hardly anything but numbers, of which thousands have the digits of a card, nothing is
// found, under any profile.
func TestFloats(t *testing.T) {
	floats := map[string]bool{"canada.json": true, "mesh.json": true, "mesh.pretty.json": true, "numbers.json": true, "marine_ik.json": true}
	for p := patterns.Strict; p <= patterns.Recall; p++ {
		det, err := detect.New(patterns.Select(p, all(t)...))
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		eachFile(t, "data/negatives/simdjson_jsonexamples.tar.gz", func(name string, data []byte) {
			if !floats[name] {
				return
			}
			seen++
			for _, f := range det.Append(nil, detect.Text{Raw: data, Escaped: true, Final: true}) {
				if f.Rule.Entity == "UUID" {
					continue // what they are, under recall
				}
				t.Errorf("%s: %s:%d: rule %s, %d bytes", p, name, f.Start, f.Rule.ID, f.End-f.Start)
			}
		})
		if seen < 4 {
			t.Fatalf("the archive has %d of the files with numbers, want 4 at least", seen)
		}
	}
}

// TestCleanTraffic finds nothing in generated MCP traffic into which nothing was planted,
// but for the addresses and credentials that Go's own tests hold, and "My name is Pancakes!" of a book on Rust.
func TestCleanTraffic(t *testing.T) {
	det := balanced(t)
	files, err := filepath.Glob(filepath.Join(testenv.Shared(t, "data/corpora"), "*_d00.ndjson.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpora, %v", err)
	}
	var dst []detect.Finding
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		z, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			dst = det.Append(dst[:0], detect.Text{Raw: line, Escaped: true, Final: true})
			for _, f := range dst {
				switch f.Rule.Entity {
				case "IP_ADDRESS", "MAC_ADDRESS", "BASIC_AUTH_HEADER", "PASSWORD":
					if strings.HasPrefix(filepath.Base(name), "code") || strings.HasPrefix(filepath.Base(name), "mixed") {
						continue
					}
				}
				if strings.HasSuffix(string(line[:f.Start]), "My name is ") && string(line[f.Start:f.End]) == "Pancakes" {
					continue
				}
				t.Errorf("%s: rule %s finds %d bytes at %d of a line", filepath.Base(name), f.Rule.ID, f.End-f.Start, f.Start)
			}
		}
	}
}
