package kms_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/kms"
)

func TestCheckName(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "tenant/tokens": true, "A-b_9/x/y": true, strings.Repeat("x", 64): true, "a/b/c/d/e/f/g/h": true,
		"": false, "/": false, "a/": false, "/a": false, "a//b": false, ".": false, "..": false, "a/../b": false,
		"a.b": false, "a b": false, "ä": false, "a\n": false, "a%2f": false, strings.Repeat("x", 65): false, "a/b/c/d/e/f/g/h/i": false,
	} {
		if err := kms.CheckName(name); (err == nil) != want {
			t.Errorf("CheckName(%q) = %v, want ok %v", name, err, want)
		}
	}
}

func TestProviders(t *testing.T) {
	asked := errors.New("asked")
	p := kms.Providers{"b": nil, "a": func(_ context.Context, u *url.URL) (kms.KEK, error) {
		if u.Host != "host" {
			t.Errorf("host = %q", u.Host)
		}
		return nil, asked
	}}
	if _, err := p.Open(t.Context(), "a://host/key"); err != asked {
		t.Errorf("Open = %v, want what the provider says", err)
	}
	for _, tt := range []struct{ uri, want string }{
		{"c://x", `["a" "b"]`},
		{"", "unknown scheme"},
		{"a://user:canary@%zz", "does not parse"},
	} {
		_, err := p.Open(t.Context(), tt.uri)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("Open(%q) = %v, want an error that says %s", tt.uri, err, tt.want)
		}
	}
}
