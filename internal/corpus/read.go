package corpus

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// ReadDir reads the .ndjson and .ndjson.gz files in dir, one message a line, each up to limit bytes.
// Shorter files are repeated, in memory of their own, so that no figure is of a cache. An empty dir has none.
func ReadDir(dir string, limit int) ([]*Corpus, error) {
	if dir == "" {
		return nil, nil
	}
	var names []string
	for _, glob := range []string{"*.ndjson", "*.ndjson.gz"} {
		m, err := filepath.Glob(filepath.Join(dir, glob))
		if err != nil {
			return nil, err
		}
		names = append(names, m...)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no .ndjson or .ndjson.gz file in %s", dir)
	}
	var sets []*Corpus
	for _, n := range names {
		c, err := readFile(n, limit)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n, err)
		}
		sets = append(sets, c)
	}
	return sets, nil
}

func readFile(name string, limit int) (*Corpus, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			return nil, err
		}
	}
	kind, _, _ := strings.Cut(filepath.Base(name), ".")
	c := &Corpus{Kind: kind}
	s := bufio.NewScanner(in)
	s.Buffer(nil, 64<<20)
	for s.Scan() && c.Bytes < limit {
		if len(s.Bytes()) == 0 {
			continue
		}
		c.Messages = append(c.Messages, append([]byte(nil), s.Bytes()...))
		c.Bytes += len(s.Bytes())
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	if c.Bytes == 0 {
		return nil, fmt.Errorf("holds no message")
	}
	for n := len(c.Messages); c.Bytes < limit; {
		for _, m := range c.Messages[:n] {
			m = append([]byte(nil), m...) // its own memory
			c.Messages = append(c.Messages, m)
			c.Bytes += len(m)
		}
	}
	return c, nil
}
