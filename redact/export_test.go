package redact

import (
	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/policy"
)

// A Detector is what a Filter needs of a *detect.Detector.
type Detector = detector

// NewWith is New with a detector of the test's own.
func NewWith(det Detector, pol *policy.Policy, tr Transformers) (*Filter, error) {
	return newFilter(det, pol, tr, nil)
}

var _ Detector = (*detect.Detector)(nil)
