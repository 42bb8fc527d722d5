package redact

import (
	"context"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/policy"
)

// A Detector is what a Filter needs of a *detect.Detector.
type Detector = detector

// NewWith is New with a detector of the test's own.
func NewWith(det Detector, pol *policy.Policy, tr Transformers) (*Filter, error) {
	return newFilter(det, pol, tr, nil)
}

// Unchecked is Rewrite without the check that msg is well formed.
func (r *Rewriter) Unchecked(ctx context.Context, c *Call, msg []byte, hides bool) ([]byte, error) {
	r.pass.reset(ctx, r.f, c)
	return r.pass.whole(msg, hides)
}

var _ Detector = (*detect.Detector)(nil)
