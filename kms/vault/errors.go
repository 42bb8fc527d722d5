package vault

import (
	"errors"

	"github.com/mcpveil/mcpveil/kms"
)

// Errors that say of which class a failure is, beside the errors of package kms that
// they come with. No error of this package holds a token, a secret id, or what Vault
// wrote.
var (
	// ErrSealed: Vault is sealed. Someone has to unseal it. With kms.ErrUnavailable.
	ErrSealed = errors.New("vault: sealed")

	// ErrUninitialised: Vault was never initialised. With kms.ErrUnavailable.
	ErrUninitialised = errors.New("vault: not initialised")

	// ErrStandby: a standby that cannot reach, or does not want to be, the active node.
	// With kms.ErrUnavailable.
	ErrStandby = errors.New("vault: standby")

	// ErrThrottled: Vault asks for patience, or we ask it too often. With kms.ErrUnavailable.
	ErrThrottled = errors.New("vault: throttled")

	// ErrUnreachable: no answer, or none in time. With kms.ErrUnavailable.
	ErrUnreachable = errors.New("vault: unreachable")

	// ErrCertificate: one of the two certificates does not do. It will not by itself, so
	// it comes without kms.ErrUnavailable.
	ErrCertificate = errors.New("vault: certificate not accepted")

	// ErrAnswer: an answer that no Vault gives, that lacks what was asked for, or that comes
	// with a warning.
	ErrAnswer = errors.New("vault: answer not understood")

	// ErrLogin: Vault refuses to let us in. With kms.ErrDenied.
	ErrLogin = errors.New("vault: login refused")

	// ErrTampered: a response-wrapped secret id was unwrapped before us, has expired, or was
	// not made by who should have made it. With ErrLogin. Someone should look into it.
	ErrTampered = errors.New("vault: wrapped secret id is not as it was sent")
)

// classes are what Class tells apart, the first that applies first.
var classes = []struct {
	err  error
	name string
}{
	{ErrTampered, "tampered"}, {ErrLogin, "login"}, {ErrSealed, "sealed"}, {ErrUninitialised, "uninitialised"},
	{ErrStandby, "standby"}, {ErrThrottled, "throttled"}, {ErrCertificate, "certificate"}, {ErrAnswer, "answer"},
	{ErrUnreachable, "unreachable"}, {kms.ErrDenied, "denied"}, {kms.ErrNotFound, "not_found"},
	{kms.ErrConflict, "conflict"}, {kms.ErrCiphertext, "ciphertext"}, {kms.ErrUnavailable, "unavailable"},
}

// Class names the class of an error of this package in a word, for a metric's label or a
// report: "sealed", "denied", "throttled"; "" for nil and "other" for what it does not know.
func Class(err error) string {
	if err == nil {
		return ""
	}
	for _, c := range classes {
		if errors.Is(err, c.err) {
			return c.name
		}
	}
	return "other"
}

// A fault is an error whose text says all; its classes are for errors.Is.
type fault struct {
	text string
	is   []error
}

func (f *fault) Error() string   { return f.text }
func (f *fault) Unwrap() []error { return f.is }
