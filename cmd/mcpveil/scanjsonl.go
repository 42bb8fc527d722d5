package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
)

// jsonLines answers each line {"id":…,"text":…} of r by a line with the findings in the text. A
// line that is none is answered by no line and reported in the error, and the next one is read.
func (s *scanner) jsonLines(ctx context.Context, name string, r io.Reader) error {
	br := bufio.NewReaderSize(r, 1<<20)
	var errs []error
	var line, text, out []byte
	for n := 1; ctx.Err() == nil; n++ {
		var err error
		if line, err = readLine(br, line[:0]); err != nil && err != io.EOF {
			return errors.Join(append(errs, fmt.Errorf("scan: %s: %w", name, err))...)
		}
		if len(bytes.TrimSpace(line)) > 0 {
			var id []byte
			var bad error
			if id, text, bad = parseLine(line, text[:0]); bad != nil {
				if len(errs) < 20 {
					errs = append(errs, fmt.Errorf("scan: %s:%d: %w", name, n, bad))
				}
			} else {
				s.findings = s.finder.Append(s.findings[:0], text)
				found := resolve(s.findings)
				s.found += len(found)
				out = appendLine(out[:0], id, found)
				if _, err := s.out.Write(out); err != nil {
					return err
				}
			}
		}
		if err == io.EOF {
			break
		}
	}
	return errors.Join(errs...)
}

// readLine appends a line of any length to dst, without its newline.
func readLine(r *bufio.Reader, dst []byte) ([]byte, error) {
	for {
		part, err := r.ReadSlice('\n')
		dst = append(dst, part...)
		if err != bufio.ErrBufferFull {
			return bytes.TrimSuffix(dst, []byte{'\n'}), err
		}
	}
}

// parseLine returns the id as it stands in line, null if there is none, and the decoded text
// appended to dst. Other members are left alone.
func parseLine(line, dst []byte) (id, text []byte, err error) {
	if !json.Valid(line) { // unlike a Checker it lets half a surrogate pair in, which labelled data has
		return nil, dst, errors.New("is not JSON")
	}
	id = []byte("null")
	found := false
	var sc jsonspan.Scanner
	sc.Reset(line)
	if sc.Next().Kind != jsonspan.ObjectStart {
		return nil, dst, errNotLine
	}
	for {
		name := sc.Next()
		if name.Kind != jsonspan.Name {
			break
		}
		value := sc.Next()
		start, end := value.Start, value.End
		if value.Kind == jsonspan.ObjectStart || value.Kind == jsonspan.ArrayStart {
			end = sc.Skip()
		}
		switch memberName(line[name.Start+1 : name.End-1]) {
		case "id":
			id = line[start:end]
		case "text":
			if value.Kind != jsonspan.String {
				return nil, dst, errNotLine
			}
			found = true
			dst, _ = jsonspan.AppendUnquote(dst[:0], line[start+1:end-1])
		}
	}
	if !found || sc.Err() != nil {
		return nil, dst, errNotLine
	}
	if !utf8.Valid(dst) { // each byte that is none becomes U+FFFD, as readers of JSON have it
		dst = []byte(string([]rune(string(dst))))
	}
	return id, dst, nil
}

// memberName is what the inside of a name stands for.
func memberName(inside []byte) string {
	if bytes.IndexByte(inside, '\\') >= 0 {
		inside, _ = jsonspan.AppendUnquote(nil, inside)
	}
	return string(inside)
}

var errNotLine = errors.New(`want an object with the members "id" and "text", the text a string`)

func appendLine(dst, id []byte, findings []detect.Finding) []byte {
	dst = append(append(append(dst, `{"id":`...), id...), `,"findings":[`...)
	for i, f := range findings {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(append(dst, `{"start":`...), int64(f.Start), 10)
		dst = strconv.AppendInt(append(dst, `,"end":`...), int64(f.End), 10)
		dst = jsonspan.AppendQuote(append(dst, `,"entity":"`...), string(f.Rule.Entity))
		dst = strconv.AppendFloat(append(dst, `","confidence":`...), float64(f.Score), 'f', -1, 32)
		dst = jsonspan.AppendQuote(append(dst, `,"rule":"`...), f.Rule.ID)
		dst = append(dst, `"}`...)
	}
	return append(dst, "]}\n"...)
}
