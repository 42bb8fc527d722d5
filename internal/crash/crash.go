// Package crash sees to it that a program that fails says where, and nothing of what it worked on: no core
// is dumped, and stacks are printed without the arguments of functions, which are words of memory.
//
// What the Go runtime itself gives up on (no memory, maps written by two at once) it reports with its own
// stack, arguments included; GOTRACEBACK=none in the environment keeps it from that.
package crash

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"strings"
)

// Code is the exit code of a program that a panic ended.
const Code = 70

// Harden is for the start of a program, before it has any secret. From then on no core is dumped, other programs
// of the same user cannot read its memory (on Linux), and SIGQUIT ends it with the stacks of all goroutines,
// without arguments, on stderr.
func Harden(stderr io.Writer) {
	if err := noCore(); err != nil {
		fmt.Fprintf(stderr, "mcpveil: core dumps cannot be turned off (%v): see to it that none are kept\n", err)
	}
	if Quit == nil {
		return
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, Quit)
	go func() {
		<-asked
		fmt.Fprintf(stderr, "SIGQUIT: quit\n\n%s", Stacks(true))
		os.Exit(quitCode)
	}()
}

// Exit, deferred, ends the program if its goroutine panics, as a panic does, but prints no more than [Describe].
func Exit() {
	if p := recover(); p != nil {
		fmt.Fprintf(os.Stderr, "mcpveil: %s", Describe(p))
		os.Exit(Code)
	}
}

// Abort, deferred in an HTTP handler, has a panic cut the connection off and logs what [Describe] says. (What
// net/http logs itself has the panic's value in it.)
func Abort(log *slog.Logger) {
	p := recover()
	if p == nil {
		return
	}
	if p != http.ErrAbortHandler { // meant so
		log.Error("internal error: the connection is cut off", "panic", Describe(p))
	}
	panic(http.ErrAbortHandler)
}

// Describe says of a panic that was recovered what it was and where, in a function deferred directly. Of a value that is no
// [runtime.Error] it says the type only: it may be made of what the program worked on.
func Describe(p any) string {
	what := fmt.Sprintf("a panic with a value of type %T", p)
	if e, ok := p.(runtime.Error); ok {
		what = e.Error()
	}
	return fmt.Sprintf("internal error: %s\nThis is a mistake in mcpveil: please report it with these lines.\n\n%s", what, Stacks(false))
}

// argument finds what follows the name of a function in a stack: nothing in it is a name.
var argument = regexp.MustCompile(`(?m)^([^\t\n].*)\([^()\n]*\)$`)

// reason finds the value that a stack of a panic under way names: "panic({0x5f3a40?, 0xc000012345?})".
var reason = regexp.MustCompile(`(?m)^panic\(.*\)$`)

// Stacks returns the stack of this goroutine or of all, without arguments.
func Stacks(all bool) string {
	buf := make([]byte, 64<<10)
	for {
		n := runtime.Stack(buf, all)
		if n < len(buf) || len(buf) >= 64<<20 {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	text := reason.ReplaceAllString(string(buf), "panic(…)")
	return strings.TrimRight(argument.ReplaceAllString(text, "$1(…)"), "\n") + "\n"
}
