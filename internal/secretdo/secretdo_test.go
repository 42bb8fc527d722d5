package secretdo_test

import (
	"errors"
	"testing"

	"github.com/mcpveil/mcpveil/internal/secretdo"
)

func TestDo(t *testing.T) {
	want := errors.New("want")
	got, err := secretdo.Do(func() ([]int, error) { return []int{1, 2}, want })
	if len(got) != 2 || got[1] != 2 || err != want {
		t.Errorf("Do = %v, %v", got, err)
	}
	defer func() {
		if p := recover(); p != want {
			t.Errorf("a panic in Do comes out as %v", p)
		}
	}()
	secretdo.Do(func() (int, error) { panic(want) })
}
