package patterns_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
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

// people are the files that hold persons: their names, addresses, telephone numbers
// and days of birth are what they seem.
var people = map[string]bool{
	"random.json": true, "update-center.json": true, "github_events.json": true, "twitter.json": true, "twitterescaped.json": true,
	"twitter_timeline.json": true, "twitter_api_response.json": true, "twitter_api_compact_response.json": true, "gsoc-2018.json": true,
}

// TestNegatives finds on public JSON at most one thing a megabyte that is not what it
// is taken for, and no card and no telephone number at all.
func TestNegatives(t *testing.T) {
	det, err := detect.New(patterns.Rules(all(t)...), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, archive := range []string{"data/negatives/schemastore_300.tar.gz", "data/negatives/simdjson_jsonexamples.tar.gz"} {
		t.Run(path.Base(archive), func(t *testing.T) {
			var dst []detect.Finding
			size, wrong := 0, map[string]int{}
			eachFile(t, archive, func(name string, data []byte) {
				size += len(data)
				dst = det.Append(dst[:0], detect.Text{Raw: data, Escaped: true, Final: true})
				for _, f := range dst {
					value := data[f.Start:f.End]
					switch f.Rule.Entity {
					case "CREDIT_CARD", "PHONE_NUMBER":
						if name != "random.json" || f.Rule.Entity == "CREDIT_CARD" {
							t.Errorf("%s:%d: rule %s finds a %s", name, f.Start, f.Rule.ID, f.Rule.Entity)
						}
						continue
					case "EMAIL_ADDRESS":
						if !bytes.Contains(value, []byte("README")) && !bytes.HasPrefix(value, []byte("password@")) {
							continue
						}
					case "IP_ADDRESS":
						continue // the schemas' examples of networks
					case "PERSON", "DATE_OF_BIRTH":
						if people[name] {
							continue
						}
					}
					wrong[f.Rule.ID]++
					t.Logf("%s:%d: rule %s, %d bytes", name, f.Start, f.Rule.ID, f.End-f.Start)
				}
			})
			n := 0
			for _, k := range wrong {
				n += k
			}
			t.Logf("%d wrong in %.1f MB", n, float64(size)/1e6)
			if n > size/1_000_000 {
				t.Errorf("%d wrong findings in %d bytes, want one a megabyte at most: %v", n, size, wrong)
			}
		})
	}
}

// TestCleanTraffic finds nothing in generated MCP traffic into which nothing was planted,
// but for the addresses and credentials that Go's own tests hold.
func TestCleanTraffic(t *testing.T) {
	det, err := detect.New(patterns.Rules(all(t)...), nil)
	if err != nil {
		t.Fatal(err)
	}
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
				t.Errorf("%s: rule %s finds %d bytes at %d of a line", filepath.Base(name), f.Rule.ID, f.End-f.Start, f.Start)
			}
		}
	}
}
