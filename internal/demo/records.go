package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// A record is what the demo reads of one of mcpveil's records.
type record struct {
	Direction string  `json:"direction"`
	Kind      string  `json:"kind"`
	Method    string  `json:"method"`
	Name      string  `json:"name"`
	Found     []count `json:"found"`
	BytesIn   int64   `json:"bytes_in"`
	BytesOut  int64   `json:"bytes_out"`
	Micros    int64   `json:"us"`
}

type count struct {
	Entity  string `json:"entity"`
	Rule    string `json:"rule"`
	Action  string `json:"action"`
	Outcome string `json:"outcome"`
	N       int    `json:"n"`
}

// readRecords reads mcpveil's log and leaves out what is no record of a message.
func readRecords(log []byte) ([]record, error) {
	var list []record
	for l := range bytes.Lines(log) {
		var r record
		if err := json.Unmarshal(l, &r); err != nil {
			return nil, fmt.Errorf("demo: a line of mcpveil's log is not JSON")
		}
		if r.Direction != "" {
			list = append(list, r)
		}
	}
	return list, nil
}

// nthCall returns the record of the n-th tool call, or of its answer, or nil.
func nthCall(records []record, n int, direction string) *record {
	for i := range records {
		r := &records[i]
		if r.Method != "tools/call" || r.Direction != direction {
			continue
		}
		if n == 0 {
			return r
		}
		n--
	}
	return nil
}
