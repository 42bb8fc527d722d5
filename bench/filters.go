package main

import (
	"fmt"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/patterns"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// filters holds what is measured: every built-in pack, and a filter that masks and one that
// encrypts what it finds.
type filters struct {
	rules         int
	detector      *detect.Detector
	mask, encrypt *redact.Filter
	call          redact.Call
}

func newFilters() (*filters, error) {
	var packs []*patterns.Pack
	for _, name := range patterns.Names() {
		p, err := patterns.Builtin(name)
		if err != nil {
			return nil, err
		}
		packs = append(packs, p)
	}
	names, err := patterns.TokenNames(packs...)
	if err != nil {
		return nil, err
	}
	keyring, err := envelope.New(&envelope.Options{Names: names})
	if err != nil {
		return nil, err
	}
	rules := append(patterns.Rules(packs...), keyring.Rules()...)
	det, err := detect.New(rules, nil)
	if err != nil {
		return nil, err
	}
	tr := redact.Transformers{
		{Action: policy.Mask}:    redact.Mask(4),
		{Action: policy.Encrypt}: keyring.Encrypt(),
		{Action: policy.Decrypt}: keyring.Decrypt(),
	}
	f := &filters{rules: len(rules), detector: det, call: redact.Call{
		Site:  policy.Site{Direction: policy.ToClient, Method: "tools/call", Name: "lookup"},
		Scope: redact.Scope{Tenant: "bench", Kind: "principal", ID: "bench"},
	}}
	for action, dst := range map[policy.Action]**redact.Filter{policy.Mask: &f.mask, policy.Encrypt: &f.encrypt} {
		pol, err := policy.New([]policy.Rule{{Name: action.String(), Action: action}})
		if err != nil {
			return nil, err
		}
		if *dst, err = redact.New(det, pol, tr, nil); err != nil {
			return nil, fmt.Errorf("%v: %w", action, err)
		}
	}
	return f, nil
}
