//go:build !unix

package main

import (
	"os"
	"time"
)

var started = time.Now()

// cpuTime falls back to the wall clock.
func cpuTime() time.Duration { return time.Since(started) }

// maxRSS is not known.
func maxRSS(*os.ProcessState) float64 { return 0 }
