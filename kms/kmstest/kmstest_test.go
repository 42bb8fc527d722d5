package kmstest_test

import (
	"testing"

	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/kmstest"
)

func TestKEK(t *testing.T) {
	kmstest.Run(t, func(t *testing.T) kms.KEK { return kmstest.New(t) })
}

func TestStore(t *testing.T) {
	kmstest.RunStore(t, func(t *testing.T) kms.Store { return new(kmstest.Store) })
}
