package e2e

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mcpveil/mcpveil/internal/testenv"
)

// The suite's client scenarios, but for those of authorization: a proxy at another address
// is another resource, so those cannot come out the same.
var clientScenarios = map[string][]string{
	"2025-11-25": {"initialize", "tools_call", "elicitation-sep1034-client-defaults", "sse-retry", "json-schema-2020-12-preservation"},
	modern: {"tools_call", "request-metadata", "sep-2322-client-request-state", "http-standard-headers", "http-custom-headers",
		"http-invalid-tool-headers", "json-schema-ref-no-deref", "json-schema-2020-12-preservation"},
}

// The suite judges go-sdk's everything-client through mcpveil http as it does without:
// headers, resumption and schemas arrive as they should.
func TestConformanceClient(t *testing.T) {
	bin, client := program(t), testenv.Tool(t, "everything-client")
	for version, scenarios := range clientScenarios {
		for _, name := range scenarios {
			t.Run(version+"/"+name, func(t *testing.T) {
				t.Parallel()
				want := conformClient(t, version, name, client)
				env := append(newHome(t).env(), shimVar+"="+bin, shimClientVar+"="+client)
				got := conformClient(t, version, name, os.Args[0], env...)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("the suite judges the client differently through mcpveil (-without +with):\n%s", diff)
				}
			})
		}
	}
}

func conformClient(t testing.TB, version, scenario, command string, env ...string) []string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(testenv.Node(t), testenv.Tool(t, "conformance"), "client", "--command", command,
		"--scenario", scenario, "--spec-version", version, "-o", dir)
	cmd.Env = append(os.Environ(), env...)
	out, _ := cmd.CombinedOutput()
	checks := readChecks(t, dir)[scenario]
	if !slices.ContainsFunc(checks, func(c string) bool { return contains(c, " SUCCESS") }) {
		t.Errorf("no check of %s succeeds:\n%s", scenario, out)
	}
	return checks
}

// shimVar makes this test's own binary the client that the suite starts: it puts
// the mcpveil it names in front of the suite's server and runs the real client on that.
const (
	shimVar       = "MCPVEIL_E2E_SHIM"
	shimClientVar = "MCPVEIL_E2E_SHIM_CLIENT"
)

func shim(upstream string) int {
	veil := exec.Command(os.Getenv(shimVar), "http", "--listen", "127.0.0.1:0", "--upstream", upstream, "--log", "-")
	stderr, err := veil.StderrPipe()
	if err == nil {
		err = veil.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = veil.Process.Kill(); _ = veil.Wait() }()

	found := make(chan string, 1)
	go func() {
		for s := bufio.NewScanner(stderr); s.Scan(); {
			fmt.Fprintln(os.Stderr, s.Text())
			for _, addr := range addrRE.FindAllString(s.Text(), -1) {
				if !contains(upstream, addr) && len(found) == 0 {
					found <- addr
				}
			}
		}
		close(found)
	}()
	addr, ok := <-found
	if !ok {
		return 1
	}
	client := exec.Command(os.Getenv(shimClientVar), "http://"+addr+path(upstream))
	client.Stdout, client.Stderr = os.Stdout, os.Stderr
	if err := client.Run(); err != nil {
		return 1
	}
	return 0
}

// path returns the path of a URL.
func path(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return "/"
}
