package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/policy"
)

func patternsHashCommand(s streams) *cobra.Command {
	var salt string
	cmd := &cobra.Command{
		Use:   "hash [FILE]",
		Short: "hash values for an allow-list",
		Long: `hash reads values, one a line, from a file or from standard input, and prints what an item of "allow:" in the configuration
has of them: a salt, made anew, and the salted hash of each. A value without letters is hashed without white space, hyphens,
brackets and plus signs, any other one in small letters and without white space, so that spellings of one value are the same. It is for values that are no secret: who
reads the configuration can try numbers until one fits. With --salt a list is gone on with.`,
		Example: `  echo '+1 212 555 0123' | mcpveil patterns hash`,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			name := "-"
			if len(args) > 0 {
				name = args[0]
			}
			raw := make([]byte, 16)
			if salt == "" {
				_, _ = rand.Read(raw) // it never fails
			} else {
				var err error
				if raw, err = hex.DecodeString(salt); err != nil || len(raw) < 16 || len(raw) > 64 {
					return misused("patterns hash: --salt wants 16 to 64 bytes in hexadecimal")
				}
			}
			in, err := s.open(name)
			if err != nil {
				return &exitError{exitTrouble, err}
			}
			defer in.Close()
			hashes, err := hashLines(in, raw)
			if err != nil {
				return &exitError{exitTrouble, fmt.Errorf("patterns hash: %s: %w", name, err)}
			}
			var b bytes.Buffer
			fmt.Fprintf(&b, "salt: %x\nvalues:\n", raw)
			for _, h := range hashes {
				fmt.Fprintf(&b, "- %x\n", h)
			}
			if _, err := s.out.Write(b.Bytes()); err != nil {
				return &exitError{exitTrouble, err}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&salt, "salt", "", "hash with this salt, in `HEX`, of a list that there is")
	return cmd
}

// hashLines returns the hash of each line that is not blank, in an order that says nothing of theirs.
func hashLines(r io.Reader, salt []byte) ([][32]byte, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	var hashes [][32]byte
	for n := 1; lines.Scan(); n++ {
		value := bytes.TrimSpace(lines.Bytes())
		if len(value) == 0 {
			continue
		}
		if len(value) > policy.MaxExcepted {
			return nil, fmt.Errorf("line %d is longer than %d bytes, and would allow nothing", n, policy.MaxExcepted)
		}
		if !bytes.ContainsFunc(value, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			return nil, fmt.Errorf("line %d has neither letters nor digits", n)
		}
		hashes = append(hashes, policy.HashValue(salt, value))
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(hashes) == 0 {
		return nil, fmt.Errorf("holds no value")
	}
	slices.SortFunc(hashes, func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(hashes), nil
}
