package audit

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/mcpveil/mcpveil/detect"
)

// A Reveal is the record of a token that an operator had opened, or tried to. Nothing of the value is in it.
type Reveal struct {
	Time     time.Time
	Operator string // who says to be asking
	User     string // who the operating system says it is
	Reason   string // why, such as a ticket

	Tenant, Scope, ID string // what the operator said the token was made in
	Entity            detect.Entity
	Key               uint32 // that the token says it was made under
	Outcome           string // "opened", or why not: "shape", "checksum", "unknown", "gone", "auth", "honeytoken"
}

// WriteReveal writes r to w as one JSON line, whatever the level of the log is, and has it on the disk
// before it returns, where w has a method Sync. If it fails, the value must not be shown.
func WriteReveal(w io.Writer, r *Reveal) error {
	level := "INFO"
	if r.Outcome != "opened" {
		level = "WARN"
	}
	line := append([]byte(nil), `{"time":"`...)
	line = r.Time.AppendFormat(line, time.RFC3339Nano)
	line = append(line, `","level":"`+level+`","msg":"reveal"`...)
	line = appendText(line, `,"operator":`, r.Operator)
	line = appendText(line, `,"user":`, r.User)
	line = appendText(line, `,"reason":`, r.Reason)
	line = appendText(line, `,"tenant":`, r.Tenant)
	line = appendText(line, `,"scope":`, r.Scope)
	line = appendText(line, `,"scope_id":`, r.ID)
	line = appendText(line, `,"entity":`, string(r.Entity))
	if r.Key != 0 {
		line = fmt.Appendf(line, `,"key":"%08x"`, r.Key)
	}
	line = appendText(line, `,"outcome":`, r.Outcome)
	line = append(line, "}\n"...)
	if n, err := w.Write(line); err != nil {
		return fmt.Errorf("audit: log: %w", err)
	} else if n != len(line) {
		return fmt.Errorf("audit: log: %s of %d bytes were written: %w", strconv.Itoa(n), len(line), io.ErrShortWrite)
	}
	if s, ok := w.(interface{ Sync() error }); ok {
		if err := s.Sync(); err != nil {
			return fmt.Errorf("audit: log: %w", err)
		}
	}
	return nil
}
