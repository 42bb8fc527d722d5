//go:build !unix

package main

import (
	"time"
)

var started = time.Now()

// cpuTime falls back to the wall clock.
func cpuTime() time.Duration { return time.Since(started) }
