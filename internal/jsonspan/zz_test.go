package jsonspan

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/internal/corpus"
	"golang.org/x/sys/unix"
)

func zzThread() time.Duration {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts)
	return time.Duration(ts.Nano())
}

func TestZZ(t *testing.T) {
	runtime.LockOSThread()
	kinds := []string{"text", "struct", "prose", "code"}
	if k := os.Getenv("KINDS"); k != "" {
		kinds = strings.Split(k, ",")
	}
	ms := 300
	fmt.Sscan(os.Getenv("MS"), &ms)
	for _, kind := range kinds {
		var msgs [][]byte
		n := 0
		for _, m := range corpus.Generate(kind, 0, 400<<10, 1).Messages {
			if len(m) < keptText {
				msgs = append(msgs, m)
				n += len(m)
			}
		}
		check := new(Checker)
		check.Keep()
		last := 0.0
		s := fmt.Sprintf("%-8s %5d bytes ", kind, n/len(msgs))
		for what, name := range []string{"routing", "rest", "follow"} {
			var c Cursor
			var p []byte
			best := 1e9
			for st := time.Now(); time.Since(st) < time.Duration(ms)*time.Millisecond; {
				a := zzThread()
				for _, m := range msgs {
					check.CheckRouting(m, 0)
					if what > 0 && check.CheckRest(m, 0) != nil {
						t.Fatal()
					}
					if what > 1 {
						c.Reset()
						c.Follow(check, m)
						at := len(m) * 3 / 4
						c.Advance(m[:at])
						p = c.AppendPointer(p[:0], m[at:])
					}
				}
				best = min(best, (zzThread()-a).Seconds()*1e9/float64(len(msgs)))
			}
			s += fmt.Sprintf("  %s %5.0f (%5.0f)", name, best-last, best)
			last = best
		}
		fmt.Println(s)
	}
}
