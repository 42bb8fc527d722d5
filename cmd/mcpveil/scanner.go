package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/config"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

const (
	sniff  = 64 << 10 // of a file, to say whether it may be JSON
	window = 1 << 20  // of text looked at at a time
)

// A scanner reports what a detector finds in files. It is for one goroutine.
type scanner struct {
	det      *detect.Detector
	finder   *redact.Finder
	rewriter *redact.Rewriter // under a policy that passes everything: it finds and says where
	limit    int              // longest JSON text held whole
	out      *bufio.Writer
	found    int

	findings []detect.Finding // reused
}

func newScanner(c *config.Config, out *bufio.Writer) (*scanner, error) {
	packs, _, err := loadPacks(c)
	if err != nil {
		return nil, err
	}
	det, err := newDetector(c, packs, nil)
	if err != nil {
		return nil, err
	}
	pass, err := policy.New([]policy.Rule{{Name: "scan", Action: policy.Pass}})
	if err != nil {
		return nil, err
	}
	limit := int(c.Limits.MaxMessage)
	f, err := redact.New(det, pass, nil, &redact.Options{MaxMessage: limit, MaxDepth: c.Limits.MaxDepth})
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	return &scanner{det: det, finder: redact.NewFinder(det), rewriter: f.NewRewriter(), limit: limit, out: out}, nil
}

// file reports what is found in one file: in each of its JSON texts if it is one or has one a
// line, else in its text.
func (s *scanner) file(ctx context.Context, name string, r io.Reader) error {
	br := bufio.NewReaderSize(r, sniff)
	head, err := br.Peek(sniff)
	if err != nil && err != io.EOF {
		return fmt.Errorf("scan: %s: %w", name, err)
	}
	head = bytes.TrimLeft(head, " \t\r\n")
	if len(head) == 0 || !bytes.ContainsRune([]byte(`{["`), rune(head[0])) {
		return s.text(name, br, nil)
	}
	data, err := io.ReadAll(io.LimitReader(br, int64(s.limit)+1))
	if err != nil {
		return fmt.Errorf("scan: %s: %w", name, err)
	}
	pos := position{line: 1, col: 1}
	if len(data) <= s.limit {
		if s.json(ctx, name, data, pos) {
			return nil
		}
		if s.allJSON(data) {
			for line := range bytes.Lines(data) {
				s.json(ctx, name, line, pos)
				pos.line++
			}
			return nil
		}
	}
	return s.text(name, br, data)
}

// json reports what is found in one JSON text that begins at pos, or false if it is none.
func (s *scanner) json(ctx context.Context, name string, data []byte, pos position) bool {
	var check jsonspan.Checker
	if check.Check(data, 0) != nil {
		return len(bytes.TrimSpace(data)) == 0 && pos.line > 1
	}
	if _, err := s.rewriter.Rewrite(ctx, &redact.Call{Site: policy.Site{Direction: policy.ToClient}}, data); err != nil {
		return false
	}
	events := s.rewriter.Events()
	slices.SortStableFunc(events, func(a, b redact.Event) int { return cmp.Compare(a.Finding.Start, b.Finding.Start) })
	at := 0
	for _, e := range events {
		pos.advance(data[at:e.Finding.Start])
		at = e.Finding.Start
		s.report(name, pos, e.Finding, data, e.Pointer)
	}
	return true
}

// allJSON reports whether every line of data is a JSON text.
func (s *scanner) allJSON(data []byte) bool {
	var check jsonspan.Checker
	for line := range bytes.Lines(data) {
		if line = bytes.TrimSpace(line); len(line) > 0 && check.Check(line, 0) != nil {
			return false
		}
	}
	return true
}

// text reports what is found in plain text of any length: head, and then what r has.
func (s *scanner) text(name string, r io.Reader, head []byte) error {
	before, after := s.det.Margins()
	buf := append(make([]byte, 0, max(len(head), window)+before+after), head...)
	from := 0 // buf[:from] was looked at, and is context
	pos := position{line: 1, col: 1}
	for final := false; !final; {
		if err := fill(r, &buf, from+window+after); err == io.EOF {
			final = true
		} else if err != nil {
			return fmt.Errorf("scan: %s: %w", name, err)
		}
		to := len(buf)
		if !final {
			to = len(buf) - after
		}
		s.findings = s.det.Append(s.findings[:0], detect.Text{Raw: buf, From: from, To: to, Final: final})
		at := from
		for _, f := range resolve(s.findings) {
			pos.advance(buf[at:f.Start])
			at = f.Start
			s.report(name, pos, f, buf, "")
		}
		pos.advance(buf[at:to])
		keep := min(to, before)
		buf = append(buf[:0], buf[to-keep:]...)
		from = keep
	}
	return nil
}

// fill reads until buf holds at least n bytes. The error is io.EOF when there is no more.
func fill(r io.Reader, buf *[]byte, n int) error {
	for len(*buf) < n {
		b := slices.Grow(*buf, n-len(*buf))
		got, err := r.Read(b[len(b):cap(b)])
		*buf = b[:len(b)+got]
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *scanner) report(name string, pos position, f detect.Finding, data []byte, pointer string) {
	s.found++
	fmt.Fprintf(s.out, "%s:%d:%d: %s (%s, %s) %s", name, pos.line, pos.col, f.Rule.Entity, f.Confidence(), f.Rule.ID, masked(data[f.Start:f.End]))
	if pointer != "" {
		fmt.Fprintf(s.out, " at %s", pointer)
	}
	_ = s.out.WriteByte('\n')
}

// resolve keeps of findings that overlap the one with the highest score, then the longest, then the
// first. What it returns is in order, and a part of findings.
func resolve(findings []detect.Finding) []detect.Finding {
	slices.SortStableFunc(findings, func(a, b detect.Finding) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.End-b.Start, a.End-a.Start), cmp.Compare(a.Start, b.Start), cmp.Compare(a.Rule.ID, b.Rule.ID))
	})
	kept := findings[:0]
	for _, f := range findings {
		i, _ := slices.BinarySearchFunc(kept, f.Start, func(k detect.Finding, start int) int { return cmp.Compare(k.Start, start) })
		if i > 0 && kept[i-1].End > f.Start || i < len(kept) && kept[i].Start < f.End {
			continue
		}
		kept = slices.Insert(kept, i, f)
	}
	return kept
}

// A position is a line and a column of a text, both from 1. Columns count characters.
type position struct{ line, col int }

func (p *position) advance(text []byte) {
	if i := bytes.LastIndexByte(text, '\n'); i >= 0 {
		p.line += bytes.Count(text, []byte{'\n'})
		p.col = 1
		text = text[i+1:]
	}
	p.col += utf8.RuneCount(text)
}

// maxMasked is how much of a long value's shape is shown.
const maxMasked = 40

// masked shows the shape of a value and nothing of it: each letter and digit is a star.
func masked(value []byte) string {
	out := make([]rune, 0, min(len(value), maxMasked+1))
	for _, r := range string(value) {
		if len(out) == maxMasked {
			return string(append(out, '…'))
		}
		switch {
		case r == ' ' || r < utf8.RuneSelf && unicode.IsPunct(r) || r == '+':
			out = append(out, r)
		case r == '\n' || r == '\r' || r == '\t':
			out = append(out, ' ')
		default:
			out = append(out, '*')
		}
	}
	return string(out)
}
