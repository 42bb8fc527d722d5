package main

import (
	"os"
	"os/exec"
)

// A contender is something that is measured.
type contender struct {
	Name    string `json:"name"`
	Asked   string `json:"asked"` // what it was asked to find, and what for
	Group   string `json:"group"`
	Version string `json:"version,omitempty"`
	Left    string `json:"left_out,omitempty"` // why it was not measured
	Slow    bool   `json:"slow,omitempty"`     // measured on fewCorpora only

	command func(k *kit, patterns string) (*exec.Cmd, error)
	proc    *process
}

// The groups: engines that were asked for the same sixty patterns, tools that look for what they come with, and yardsticks.
const (
	sixtyPatterns = "sixty"
	ownRules      = "own"
	yardstick     = "yardstick"
)

// fewCorpora are for those that would take hours for all.
var fewCorpora = []string{"mixed", "prose", "logs"}

// The one all others are held against.
const reference = "Hyperscan, block"

var contenders = []*contender{
	{Name: "copy", Asked: "copy every message", Group: yardstick, command: inGo("copy", "")},
	{Name: "encoding/json Valid", Asked: "is every message JSON", Group: yardstick, command: inGo("json", "")},

	{Name: reference, Asked: "where the sixty end", Group: sixtyPatterns, command: scanner("libhyperscan", "plain")},
	{Name: "Hyperscan, block + start", Asked: "where the sixty begin and end, which redaction needs", Group: sixtyPatterns, command: scanner("libhyperscan", "som")},
	{Name: "Vectorscan, block", Asked: "where the sixty end", Group: sixtyPatterns, command: scanner("libvectorscan", "plain")},
	{Name: "Vectorscan, block + start", Asked: "where the sixty begin and end", Group: sixtyPatterns, command: scanner("libvectorscan", "som")},
	{Name: "mcpveil detect", Asked: "where the sixty begin and end", Group: sixtyPatterns, command: inGo("detect 60", "avx512")},
	{Name: "mcpveil", Asked: "the whole filter: the message checked, the sixty found and masked, the output written", Group: sixtyPatterns, command: inGo("rewrite 60", "avx512")},
	{Name: "mcpveil, strict: full", Asked: "the same, and every value of the message checked", Group: sixtyPatterns, command: inGo("strict 60", "avx512")},
	{Name: "mcpveil detect, AVX2", Asked: "where the sixty begin and end", Group: sixtyPatterns, command: inGo("detect 60", "avx2")},
	{Name: "mcpveil, AVX2", Asked: "the whole filter on the sixty", Group: sixtyPatterns, command: inGo("rewrite 60", "avx2")},
	{Name: "mcpveil detect, plain Go", Asked: "where the sixty begin and end", Group: sixtyPatterns, command: inGo("detect 60", "generic")},
	{Name: "mcpveil, plain Go", Asked: "the whole filter on the sixty", Group: sixtyPatterns, command: inGo("rewrite 60", "generic")},
	{Name: "go-re2, one alternation", Asked: "where the sixty begin and end, as one expression", Group: sixtyPatterns, command: inGo("re2 alternation", "")},
	{Name: "go-re2", Asked: "where the sixty begin and end, one after the other", Slow: true, Group: sixtyPatterns, command: inGo("re2", "")},
	{Name: "regexp2", Asked: "where the sixty begin and end, one after the other", Slow: true, Group: sixtyPatterns, command: inGo("regexp2", "")},
	{Name: "Go regexp", Asked: "where the sixty begin and end, one after the other", Slow: true, Group: sixtyPatterns, command: inGo("regexp", "")},

	{Name: "mcpveil detect, built-in packs", Asked: "all rules of all packs, with their checks and context", Group: ownRules, command: inGo("detect builtin", "avx512")},
	{Name: "mcpveil, built-in packs", Asked: "the whole filter on these, masking", Group: ownRules, command: inGo("rewrite builtin", "avx512")},
	{Name: "gitleaks", Asked: "credentials, its default rules, DetectString", Slow: true, Group: ownRules, command: inGo("gitleaks", "")},
	{Name: "Microsoft Presidio", Asked: "its English pattern recognisers, without a language model and context words", Slow: true, Group: ownRules, command: inPython("presidio", "presidio-analyzer")},
	{Name: "IBM cpex-pii-filter (Rust)", Asked: "its twelve kinds, and masked where found", Slow: true, Group: ownRules, command: inPython("cpex", "cpex-pii-filter")},
	{Name: "datafog (Rust)", Asked: "its regex engine's kinds, redacted", Slow: true, Group: ownRules, command: inPython("datafog rust", "datafog[rust]")},
	{Name: "datafog (Python)", Asked: "its regex engine's kinds, redacted", Slow: true, Group: ownRules, command: inPython("datafog python", "datafog")},
	{Name: "redact-pii", Asked: "all it finds, redacted", Slow: true, Group: ownRules, command: inNode("redact-pii")},
	{Name: "openredaction", Asked: "all it finds, redacted", Slow: true, Group: ownRules, command: inNode("openredaction")},
	{Name: "@redactpii/node", Asked: "names by greeting, e-mail, US phone, card, SSN, redacted", Slow: true, Group: ownRules, command: inNode("@redactpii/node")},
	{Name: "@coffeeandfun/remove-pii", Asked: "all it finds, removed", Slow: true, Group: ownRules, command: inNode("@coffeeandfun/remove-pii")},
	{Name: "@arcjet/redact (wasm)", Asked: "e-mail, phone, IP address, card, redacted", Slow: true, Group: ownRules, command: inNode("@arcjet/redact")},
}

func inGo(engine, kernel string) func(*kit, string) (*exec.Cmd, error) {
	return func(k *kit, patterns string) (*exec.Cmd, error) {
		cmd := exec.Command(k.self, "-worker", engine, "-patterns", patterns)
		cmd.Env = os.Environ()
		if kernel != "" {
			cmd.Env = append(cmd.Env, kernelVariable+"="+kernel)
		}
		return cmd, nil
	}
}

func scanner(lib, mode string) func(*kit, string) (*exec.Cmd, error) {
	return func(k *kit, patterns string) (*exec.Cmd, error) {
		worker, err := k.hyperscan(lib)
		return exec.Command(worker, patterns, mode), err
	}
}

func inPython(engine string, packages ...string) func(*kit, string) (*exec.Cmd, error) {
	return func(k *kit, _ string) (*exec.Cmd, error) {
		python, err := k.python(packages...)
		return exec.Command(python, k.path("worker.py"), engine), err
	}
}

func inNode(pkg string) func(*kit, string) (*exec.Cmd, error) {
	return func(k *kit, _ string) (*exec.Cmd, error) {
		dir, err := k.node(pkg)
		return exec.Command("node", k.path("worker.mjs"), pkg, dir), err
	}
}
