package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// cpuOf is the processor time that a process has used, its children's not included, to the
// nanosecond; false where the system does not tell.
func cpuOf(pid int) (time.Duration, bool) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(tasks) == 0 {
		return 0, false
	}
	var sum time.Duration
	for _, t := range tasks {
		b, err := os.ReadFile(t)
		if err != nil {
			return 0, false
		}
		var ns int64
		if n, _ := fmt.Sscan(string(b), &ns); n != 1 {
			return 0, false
		}
		sum += time.Duration(ns)
	}
	return sum, true
}
