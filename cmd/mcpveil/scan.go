package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

func scanCommand(s streams) *cobra.Command {
	var flags common
	var jsonl, exitZero bool
	cmd := &cobra.Command{
		Use:   "scan [FILE…]",
		Short: "report what would be found in text and JSON files",
		Long: `scan reports findings, one a line, with the value's letters and digits hidden:

  FILE:LINE:COLUMN: ENTITY (CONFIDENCE, RULE) MASKED

Columns count characters. A file that is JSON, or JSON lines, is read as a message would be: escapes
and JSON in strings are seen through, and a member's name speaks for its value; the value's JSON
Pointer stands behind it. Anything else is text. Without a FILE, or for -, standard input is read.

With --jsonl each line of the input is {"id":…,"text":…}, and each line of the output is
{"id":…,"findings":[{"start":B,"end":B,"entity":"…","confidence":0.9,"rule":"…"}]}: offsets in
bytes of the UTF-8 of the decoded text, the id as it came, findings that do not overlap.

The exit code is 1 if something was found, unless --exit-zero is given.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := flags.load()
			if err != nil {
				return err
			}
			w := bufio.NewWriterSize(s.out, 64<<10)
			sc, err := newScanner(c, w)
			if err != nil {
				return err
			}
			read := sc.file
			if jsonl {
				read = sc.jsonLines
			}
			err = scanAll(cmd.Context(), args, s, read)
			if e := w.Flush(); err == nil && e != nil {
				err = e
			}
			switch {
			case err != nil:
				return &exitError{exitTrouble, err}
			case sc.found > 0 && !exitZero:
				return &exitError{code: exitFound}
			}
			return nil
		},
	}
	flags.registerConfig(cmd)
	cmd.Flags().BoolVar(&jsonl, "jsonl", false, `read {"id":…,"text":…} lines, write {"id":…,"findings":[…]} lines`)
	cmd.Flags().BoolVar(&exitZero, "exit-zero", false, "exit with 0 even if something was found")
	return cmd
}

// scanAll reads each file in turn. One that cannot be read does not keep the next from being read.
func scanAll(ctx context.Context, files []string, s streams, read func(ctx context.Context, name string, r io.Reader) error) error {
	if len(files) == 0 {
		files = []string{"-"}
	}
	var errs []error
	for _, name := range files {
		if err := scanOne(ctx, name, s, read); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func scanOne(ctx context.Context, name string, s streams, read func(ctx context.Context, name string, r io.Reader) error) error {
	if name == "-" {
		return read(ctx, "-", s.in)
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return fmt.Errorf("scan: %s is a folder, want files", name)
	}
	return read(ctx, name, f)
}
