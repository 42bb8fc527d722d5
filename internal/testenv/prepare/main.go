// Command prepare makes ready what the tests need (Node, MCP servers and the
// conformance suite from npm, go-sdk's everything-server, a Vault) in a folder of
// the user's cache, and then runs go test with the parts at hand:
//
//	go run ./internal/testenv/prepare                  # go test -timeout 60m ./...
//	go run ./internal/testenv/prepare -- -run X ./kms/...
//	eval "$(go run ./internal/testenv/prepare -env)"     # only prepare, for a shell
//
// What is ready stays ready: each part lies in a folder named by a hash of what it is
// made from, and is made aside and renamed when complete. Only Go and an npm
// client are taken for granted.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/mcpveil/mcpveil/internal/testenv"
)

func main() {
	env := flag.Bool("env", false, "prepare, print the shell line that sets "+testenv.Var+", and run no test")
	only := flag.String("only", "", "prepare only these parts, by comma: "+strings.Join(partNames(), ", "))
	flag.Usage = func() {
		fmt.Fprintf(os.Stderr, "usage: %s [-env] [-only PART,…] [-- GO TEST ARGUMENTS]\n", testenv.Command)
		flag.PrintDefaults()
	}
	flag.Parse()

	list, err := prepare(*only)
	if err != nil {
		fmt.Fprintf(os.Stderr, "prepare: %v\n", err)
		os.Exit(1)
	}
	if *env {
		fmt.Printf("export %s='%s'\n", testenv.Var, list)
		return
	}
	code, err := goTest(list, flag.Args())
	if err != nil {
		fmt.Fprintf(os.Stderr, "prepare: %v\n", err)
	}
	os.Exit(code)
}

// prepare makes every part that is not there and returns the file that lists them.
func prepare(only string) (list string, err error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder to prepare in (set HOME or XDG_CACHE_HOME): %w", err)
	}
	base = filepath.Join(base, "mcpveil", "testenv")
	if err := os.MkdirAll(base, 0o755); err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(base, "lock"))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, unlock()) }()

	left, _ := filepath.Glob(filepath.Join(base, "tmp-*")) // of one that was killed: we hold the lock
	for _, dir := range left {
		_ = os.RemoveAll(dir)
	}

	begin, made, found := time.Now(), 0, 0
	files := map[string]string{}
	for _, p := range parts {
		if only != "" && !contains(strings.Split(only, ","), p.name) {
			continue
		}
		if p.leftOut != nil {
			if why := p.leftOut(); why != "" {
				say("%s: left out: %s", p.name, why)
				continue
			}
		}
		dir, fresh, err := p.ensure(root, base)
		if err != nil && p.leftOut != nil {
			say("%s: left out, tests that want it are skipped: %v", p.name, err)
			continue
		}
		if err != nil {
			return "", fmt.Errorf("part %s: %w", p.name, err)
		}
		if fresh {
			made++
		} else {
			found++
		}
		for name, rel := range p.tools() {
			files[name] = filepath.Join(dir, filepath.FromSlash(rel))
		}
	}
	list, err = writeList(base, files)
	if err != nil {
		return "", err
	}
	say("ready: %d made, %d already there, %.0f s", made, found, time.Since(begin).Seconds())
	return list, nil
}

// goTest runs go test with the parts at hand and returns its exit code.
func goTest(list string, args []string) (int, error) {
	if len(args) == 0 {
		args = []string{"./..."}
	}
	args = append([]string{"test", "-timeout", "60m"}, args...)
	say("go %s", strings.Join(args, " "))

	// An interrupt reaches go test too, which ends its tests; wait for it. (Were the
	// signal ignored, go test would inherit that.)
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), testenv.Var+"="+list)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return max(exit.ExitCode(), 1), nil
	}
	if err != nil {
		return 1, fmt.Errorf("go test did not run: %w", err)
	}
	return 0, nil
}

func moduleRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("asking go for the module: %w", err)
	}
	mod := strings.TrimSpace(string(out))
	if mod == "" || mod == os.DevNull {
		return "", errors.New("run it inside the mcpveil module")
	}
	return filepath.Dir(mod), nil
}

func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "prepare: "+format+"\n", args...)
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if strings.TrimSpace(x) == s {
			return true
		}
	}
	return false
}
