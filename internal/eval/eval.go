// Package eval measures a detector on labelled texts.
//
// A labelled set is one JSON object a line, gzipped or not:
//
//	{"id": …, "lang": "en", "text": "…", "spans": [{"s": 15, "e": 31, "t": "EMAIL", "v": "…"}]}
//
// s and e are byte offsets into the UTF-8 of text, t is what the set calls the value, which [Labels]
// turns into an entity, and v, which may be left out, is the value again, to tell a set whose offsets
// count characters from one whose offsets count bytes.
//
// A [Finder] finds what the filter would in a text that is a string of a message. A [Scorer] holds the
// one against the other:
//
//   - A span and a finding match if they are of one entity and the bytes they have in common are at least half
//     of the bytes they have together; for the exact figures, if they are the same bytes. Matches are one to one, the best first.
//   - Findings may overlap, as one value may be read in several ways. All are kept, and the one that matches counts.
//   - What matches nothing is a false hit, but for two: a finding that overlaps one that matches, since those bytes
//     are sensitive, under whichever name; and of findings that overlap each other all but the strongest, the one with
//     the highest score, else the longest, since a reader, and a policy, deals with them once.
//   - So that many names for one thing earn nothing, the totals are given a second time with only the strongest of
//     findings that overlap: a wrong name that is stronger than the right one is then a false hit and a miss.
//   - Spans whose label is left out are neither missed nor wrong: findings that lie in them to the half do not count.
package eval

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// A Record is a labelled text.
type Record struct {
	ID    json.RawMessage `json:"id"`
	Lang  string          `json:"lang"`
	Text  string          `json:"text"`
	Spans []Span          `json:"spans"`

	Line int `json:"-"` // where it stands in its file, from 1
}

// A Span is a value in a text, as a labelled set has it.
type Span struct {
	Start int     `json:"s"` // in bytes of the text
	End   int     `json:"e"`
	Label string  `json:"t"`
	Value *string `json:"v"` // what stands there, if the set says so
}

// maxText is the longest set that is read, unpacked.
const maxText = 1 << 30

// Read reads a labelled set. An error says in which line of name a mistake is, and never what stands there.
func Read(name string, r io.Reader) ([]Record, error) {
	br := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := br.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(br)
		if err != nil {
			return nil, fmt.Errorf("eval: %s: %w", name, err)
		}
		br = bufio.NewReaderSize(z, 1<<16)
	}
	data, err := io.ReadAll(io.LimitReader(br, maxText+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("eval: %s: %w", name, err)
	case len(data) > maxText:
		return nil, fmt.Errorf("eval: %s is longer than %d bytes: split it", name, maxText)
	}
	var records []Record
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		rec, err := parse(line)
		if err != nil {
			return nil, fmt.Errorf("eval: %s:%d: %w", name, n, err)
		}
		rec.Line = n
		records = append(records, rec)
	}
	if len(records) == 0 {
		return nil, fmt.Errorf("eval: %s holds no labelled text", name)
	}
	return records, nil
}

const form = `want {"id":…,"text":"…","spans":[{"s":0,"e":5,"t":"LABEL"}]}`

func parse(line []byte) (rec Record, err error) {
	var shape struct {
		Record
		Text  *string `json:"text"`
		Spans *[]Span `json:"spans"`
	}
	switch err := json.Unmarshal(line, &shape); {
	case err != nil: // its text may quote the line
		return rec, errors.New("is no labelled text, " + form)
	case shape.Text == nil || shape.Spans == nil:
		return rec, errors.New("lacks text or spans, " + form)
	}
	rec = shape.Record
	rec.Text, rec.Spans = *shape.Text, *shape.Spans
	for i, s := range rec.Spans {
		switch {
		case s.Label == "":
			return rec, fmt.Errorf("spans[%d] has no label t", i)
		case s.Start < 0 || s.End <= s.Start || s.End > len(rec.Text):
			return rec, fmt.Errorf("spans[%d] is from %d to %d, of a text of %d bytes", i, s.Start, s.End, len(rec.Text))
		case s.Value != nil && rec.Text[s.Start:s.End] != *s.Value:
			return rec, fmt.Errorf("spans[%d]: v is not what stands there: s and e count bytes of UTF-8, not characters", i)
		case !utf8.RuneStart(rec.Text[s.Start]) || s.End < len(rec.Text) && !utf8.RuneStart(rec.Text[s.End]):
			return rec, fmt.Errorf("spans[%d] cuts through a character: s and e count bytes of UTF-8", i)
		}
	}
	return rec, nil
}
