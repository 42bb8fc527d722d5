//go:build !race

package patterns_test

import (
	"runtime"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
)

// A program starts for each server, with all of these rules: they may not cost much memory, neither on the way nor in the end.
// (What it costs to start is nearly all to make it and to clear it up again, so this bounds the time as well.)
func TestStartMemory(t *testing.T) {
	packs, err := patterns.Builtins(patterns.Names()...)
	if err != nil {
		t.Fatal(err)
	}
	rules, opts := patterns.Select(patterns.Balanced, packs...)
	read := func() (m runtime.MemStats) {
		runtime.GC()
		runtime.GC() // empties pools
		runtime.ReadMemStats(&m)
		return m
	}
	before := read()
	d, err := detect.New(rules, opts)
	if err != nil {
		t.Fatal(err)
	}
	made := read()
	took, left := (made.TotalAlloc-before.TotalAlloc)>>20, (int64(made.HeapAlloc)-int64(before.HeapAlloc))>>20
	d.Plan() // makes all that is made when it is first wanted
	all := (int64(read().HeapAlloc) - int64(before.HeapAlloc)) >> 20
	runtime.KeepAlive(d)
	t.Logf("%d rules: %d MiB were made, %d are left, and %d once all is made", len(rules), took, left, all)
	if took > 100 || left > 20 {
		t.Errorf("%d rules: %d MiB were made, %d are left, want at most 100 and 20", len(rules), took, left)
	}
	if all < 2*left {
		t.Errorf("%d MiB are left at the start, %d once all is made: is it made too early?", left, all)
	}
}
