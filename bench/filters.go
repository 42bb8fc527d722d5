package main

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/mcpveil/mcpveil/bench/internal/sixty"
	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/patterns"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// filters are a detector of some rules, and filters that mask and encrypt all that it finds.
type filters struct {
	name          string
	rules         int
	detector      *detect.Detector
	mask, encrypt *redact.Filter
	full          *redact.Filter // mask under strict: full
	call          redact.Call
}

// newFilters returns filters of the built-in packs, the same for all sections.
var newFilters = sync.OnceValues(func() (*filters, error) {
	rules, names, err := builtin()
	if err != nil {
		return nil, err
	}
	return filtersOf("packs", rules, names)
})

var justSixty = sync.OnceValues(func() (*filters, error) { return sixtyFilters("60") })

// bothFilters returns filters of the sixty patterns, and of the built-in packs.
func bothFilters() (p60, packs *filters, err error) {
	if p60, err = justSixty(); err != nil {
		return nil, nil, err
	}
	packs, err = newFilters()
	return p60, packs, err
}

// sixtyFilters returns filters of the sixty patterns that engines are compared on, and of more rules.
func sixtyFilters(name string, more ...detect.Rule) (*filters, error) {
	rules := append(sixty.Rules(), more...)
	names := map[detect.Entity]string{} // in tokens; any will do that is not given twice
	for i, r := range rules {
		names[r.Entity] = fmt.Sprintf("kind%d", i)
	}
	return filtersOf(name, rules, names)
}

// builtin returns the rules of all packs that come with mcpveil, and the names of their entities in tokens.
func builtin() ([]detect.Rule, map[detect.Entity]string, error) {
	var packs []*patterns.Pack
	for _, name := range patterns.Names() {
		p, err := patterns.Builtin(name)
		if err != nil {
			return nil, nil, err
		}
		packs = append(packs, p)
	}
	names, err := patterns.TokenNames(packs...)
	return patterns.Rules(packs...), names, err
}

func filtersOf(name string, rules []detect.Rule, names map[detect.Entity]string) (*filters, error) {
	keyring, err := envelope.New(&envelope.Options{Names: names})
	if err != nil {
		return nil, err
	}
	f := &filters{name: name, rules: len(rules), call: redact.Call{
		Site:  policy.Site{Direction: policy.ToClient, Method: "tools/call", Name: "lookup"},
		Scope: redact.Scope{Tenant: "bench", Kind: "principal", ID: "bench"},
	}}
	if f.detector, err = detect.New(append(rules, keyring.Rules()...), nil); err != nil {
		return nil, err
	}
	tr := redact.Transformers{
		{Action: policy.Mask}:    redact.Mask(4),
		{Action: policy.Encrypt}: keyring.Encrypt(),
		{Action: policy.Decrypt}: keyring.Decrypt(),
	}
	for action, dst := range map[policy.Action]**redact.Filter{policy.Mask: &f.mask, policy.Encrypt: &f.encrypt} {
		pol, err := policy.New([]policy.Rule{{Name: action.String(), Action: action}})
		if err != nil {
			return nil, err
		}
		if *dst, err = redact.New(f.detector, pol, tr, nil); err != nil {
			return nil, fmt.Errorf("%v: %w", action, err)
		}
	}
	pol, err := policy.New([]policy.Rule{{Name: "mask", Action: policy.Mask}})
	if err != nil {
		return nil, err
	}
	f.full, err = redact.New(f.detector, pol, tr, &redact.Options{Strict: redact.Full})
	return f, err
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// rewrite returns what puts a message through filter. A changed message is read to its end, as its
// receiver would; an unchanged one is the message itself, of which nothing needs to be read.
func (f *filters) rewrite(filter *redact.Filter) func([]byte) uint64 {
	r, call := filter.NewRewriter(), &f.call
	return func(msg []byte) uint64 {
		out, err := r.Rewrite(context.Background(), call, msg)
		switch {
		case err != nil:
			panic("bench: " + err.Error())
		case &out[0] == &msg[0]:
			return uint64(len(out)) + uint64(out[len(out)/2])
		}
		return uint64(crc32.Checksum(out, castagnoli))
	}
}

// detect returns what looks for all that the rules find in a message.
func (f *filters) detect() func([]byte) uint64 {
	var found []detect.Finding
	return func(msg []byte) (sum uint64) {
		found = f.detector.Append(found[:0], detect.Text{Raw: msg, Escaped: true, Final: true})
		for i := range found {
			sum = sum*31 + uint64(found[i].Start+found[i].End)
		}
		return sum
	}
}

// copying is what no filter can be faster than that hands on a copy.
func copying() func([]byte) uint64 {
	var buf []byte
	return func(msg []byte) uint64 {
		buf = append(buf[:0], msg...)
		return uint64(buf[len(buf)/2])
	}
}

// valid is the yardstick: what reading the message costs whoever gets it.
func valid(msg []byte) uint64 {
	if !json.Valid(msg) {
		panic("bench: the corpus holds what is not JSON")
	}
	return uint64(len(msg))
}
