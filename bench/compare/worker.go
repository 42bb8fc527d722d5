package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"runtime/pprof"
	"strings"
	"time"
)

// A worker is a process that measures one contender. It takes commands, a line each, and answers each
// with a line:
//
//	                     ready VERSION                    once, when it can take commands
//	load FILE            ok MESSAGES                      messages to work on from now on, one a line
//	run LEAST MOST       ok NANOSECONDS BYTES RESULTS SUM
//
// run works on the messages from where the last run stopped. It stops at the end of the file once it has
// taken LEAST milliseconds of processor time, or anywhere after MOST. RESULTS counts what was found, or the messages that
// were changed, and SUM depends on all of it, so that nothing can be left out. Anything else is an error's text.
//
// workers/ has the same in C, Python and JavaScript. One in Go can be profiled by hand:
//
//	printf 'load mixed.ndjson\nrun 3000 9000\n' | go run . -worker 'rewrite 60' -patterns ../internal/sixty/patterns60.txt -profile cpu.out

// An engine works on one message and returns how much it found and a number that depends on all of it.
type engine func(msg []byte) (results int, sum uint64)

// serve is the worker in Go.
func serve(name, patterns, profile string) error {
	version, run, err := newEngine(name, patterns)
	if err != nil {
		return err
	}
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	fmt.Println("ready", version)
	var messages [][]byte
	at := 0
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var file string
		var least, most int64
		switch line := in.Text(); {
		case strings.HasPrefix(line, "load "):
			fmt.Sscanf(line, "load %s", &file)
			data, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			messages, at = bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")), 0
			for i := range messages {
				messages[i] = bytes.Clone(messages[i])
			}
			fmt.Println("ok", len(messages))
		default:
			if _, err := fmt.Sscanf(line, "run %d %d", &least, &most); err != nil || len(messages) == 0 {
				return fmt.Errorf("cannot %q", line)
			}
			var spent time.Duration
			var size, results, begin = 0, 0, cpuTime()
			var sum uint64
			for next := 0; ; {
				n, s := run(messages[at])
				results += n
				sum = sum*31 + s
				size += len(messages[at])
				if at = (at + 1) % len(messages); at != 0 && size < next {
					continue // a look at the clock costs as much as a short message
				}
				next = size + 128<<10
				spent = cpuTime() - begin
				if spent.Milliseconds() >= most || at == 0 && spent.Milliseconds() >= least {
					break
				}
			}
			fmt.Printf("ok %d %d %d %x\n", spent.Nanoseconds(), size, results, sum)
		}
	}
	return nil
}
