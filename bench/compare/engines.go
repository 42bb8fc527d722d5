package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/dlclark/regexp2/v2"
	"github.com/mcpveil/mcpveil/bench/internal/sixty"
	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/bytescan"
	"github.com/mcpveil/mcpveil/patterns"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
	"github.com/wasilibs/go-re2"
	gitleaks "github.com/zricethezav/gitleaks/v8/detect"
)

// newEngine returns the engine of that name, ready to work, and the version of what it is made of.
func newEngine(name, patternFile string) (version string, run engine, err error) {
	exprs, err := readPatterns(patternFile)
	if err != nil {
		return "", nil, err
	}
	switch name, form, _ := strings.Cut(name, " "); name {
	case "copy":
		var buf []byte
		return runtime.Version(), func(msg []byte) (int, uint64) {
			buf = append(buf[:0], msg...)
			return 0, uint64(buf[len(buf)/2])
		}, nil
	case "json":
		return runtime.Version(), func(msg []byte) (int, uint64) {
			if !json.Valid(msg) {
				panic("the corpus holds what is not JSON")
			}
			return 0, 1
		}, nil
	case "regexp":
		var all []*regexp.Regexp
		for _, e := range exprs {
			all = append(all, regexp.MustCompile(e))
		}
		return runtime.Version(), func(msg []byte) (n int, sum uint64) {
			for _, re := range all {
				for _, m := range re.FindAllIndex(msg, -1) {
					n, sum = n+1, sum*31+uint64(m[0]+m[1])
				}
			}
			return n, sum
		}, nil
	case "regexp2":
		var all []*regexp2.Regexp
		for _, e := range exprs {
			all = append(all, regexp2.MustCompile(e))
		}
		return moduleVersion("github.com/dlclark/regexp2/v2"), func(msg []byte) (n int, sum uint64) {
			s := string(msg)
			for _, re := range all {
				found, err := re.FindAllStringIndex(s, -1)
				if err != nil {
					panic(err)
				}
				for _, m := range found {
					n, sum = n+1, sum*31+uint64(m[0]+m[1])
				}
			}
			return n, sum
		}, nil
	case "re2":
		if form == "alternation" {
			exprs = []string{"(?:" + strings.Join(exprs, ")|(?:") + ")"}
		}
		var all []*re2.Regexp
		for _, e := range exprs {
			all = append(all, re2.MustCompile(e))
		}
		return moduleVersion("github.com/wasilibs/go-re2"), func(msg []byte) (n int, sum uint64) {
			for _, re := range all {
				for _, m := range re.FindAllIndex(msg, -1) {
					n, sum = n+1, sum*31+uint64(m[0]+m[1])
				}
			}
			return n, sum
		}, nil
	case "gitleaks":
		d, err := gitleaks.NewDetectorDefaultConfig()
		if err != nil {
			return "", nil, err
		}
		return fmt.Sprintf("%s, %d rules", moduleVersion("github.com/zricethezav/gitleaks/v8"), len(d.Config.Rules)), func(msg []byte) (n int, sum uint64) {
			for _, f := range d.DetectString(string(msg)) {
				n, sum = n+1, sum*31+uint64(f.StartColumn+f.EndColumn)
			}
			return n, sum
		}, nil
	case "detect", "rewrite", "strict":
		if want := os.Getenv(kernelVariable); want != "" && want != bytescan.Kernel() {
			return "", nil, fmt.Errorf("%s does not run here", want)
		}
		run, err := ours(name, form)
		return bytescan.Kernel(), run, err
	}
	return "", nil, fmt.Errorf("no engine is called %q", name)
}

// ours is mcpveil on the sixty patterns, or, with form "builtin", on the rules it comes with: the detector alone, or all
// that a message goes through.
func ours(name, form string) (engine, error) {
	rules, err := ourRules(form)
	if err != nil {
		return nil, err
	}
	det, err := detect.New(rules, nil)
	if err != nil {
		return nil, err
	}
	if name == "detect" {
		var found []detect.Finding
		return func(msg []byte) (n int, sum uint64) {
			found = det.Append(found[:0], detect.Text{Raw: msg, Escaped: true, Final: true})
			for i := range found {
				sum = sum*31 + uint64(found[i].Start+found[i].End)
			}
			return len(found), sum
		}, nil
	}
	pol, err := policy.New([]policy.Rule{{Name: "mask", Action: policy.Mask}})
	if err != nil {
		return nil, err
	}
	opts := &redact.Options{}
	if name == "strict" {
		opts.Strict = redact.Full
	}
	filter, err := redact.New(det, pol, redact.Transformers{{Action: policy.Mask}: redact.Mask(4)}, opts)
	if err != nil {
		return nil, err
	}
	rw := filter.NewRewriter()
	call := &redact.Call{
		Site:  policy.Site{Direction: policy.ToClient, Method: "tools/call", Name: "lookup"},
		Scope: redact.Scope{Tenant: "bench", Kind: "principal", ID: "bench"},
	}
	return func(msg []byte) (int, uint64) {
		out, err := rw.Rewrite(context.Background(), call, msg)
		if err != nil {
			panic(err)
		}
		if &out[0] == &msg[0] {
			return 0, uint64(len(out))
		}
		return 1, uint64(crc32.Checksum(out, castagnoli)) // what changed is read to its end
	}, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func readPatterns(file string) (exprs []string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	for s.Scan() {
		if _, expr, ok := strings.Cut(s.Text(), "\t"); ok && !strings.HasPrefix(s.Text(), "#") {
			exprs = append(exprs, expr)
		}
	}
	return exprs, s.Err()
}

func ourRules(form string) ([]detect.Rule, error) {
	if form == "60" {
		return sixty.Rules(), nil
	}
	var packs []*patterns.Pack
	for _, name := range patterns.Names() {
		p, err := patterns.Builtin(name)
		if err != nil {
			return nil, err
		}
		packs = append(packs, p)
	}
	return patterns.Rules(packs...), nil
}

func moduleVersion(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	if i := slices.IndexFunc(info.Deps, func(m *debug.Module) bool { return m.Path == path }); i >= 0 {
		return info.Deps[i].Version
	}
	return ""
}
