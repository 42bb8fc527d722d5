package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/patterns"
)

func versionCommand(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the versions of mcpveil, of Go and of the built-in packs",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintf(s.out, "mcpveil %s\n%s %s/%s\n", moduleVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			for _, name := range patterns.Names() {
				p, err := patterns.Builtin(name)
				if err != nil {
					return &exitError{exitConfig, err}
				}
				fmt.Fprintf(s.out, "pack %s %d, %d rules\n", p.Name, p.Version, len(p.Rules))
			}
			return nil
		},
	}
}

// moduleVersion is what the builder noted: a tag, a commit, or nothing.
func moduleVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
