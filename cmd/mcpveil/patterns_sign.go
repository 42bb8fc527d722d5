package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/patterns"
)

// packPasswordVar is the environment variable that holds the password of a signing key.
const packPasswordVar = "MCPVEIL_PACK_PASSWORD"

func patternsKeygenCommand(s streams) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "keygen --out NAME",
		Short: "make a key to sign packs with",
		Long: `keygen writes NAME.key, the private half, encrypted with the password in $` + packPasswordVar + `, and NAME.pub,
the public one, and prints the latter as pack_keys of the configuration wants it. Existing files stay. Both are
minisign's, whose own program does as well: minisign -G, minisign -S -m PACK.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if out == "" {
				return misused("patterns keygen: where to? Say --out NAME")
			}
			password, err := packPassword()
			if err != nil {
				return err
			}
			public, private, err := patterns.GenerateKey(password)
			if err != nil {
				return &exitError{exitTrouble, fmt.Errorf("patterns keygen: %w", err)}
			}
			if err := writeNew(out+".key", append(private, '\n'), 0o600); err != nil {
				return err
			}
			if err := writeNew(out+".pub", fmt.Appendf(nil, "untrusted comment: signs mcpveil pattern packs\n%s\n", public), 0o644); err != nil {
				return err
			}
			fmt.Fprintln(s.out, public)
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "write `NAME`.key and NAME.pub")
	return cmd
}

func patternsSignCommand(s streams) *cobra.Command {
	var key string
	cmd := &cobra.Command{
		Use:   "sign --key FILE PACK…",
		Short: "sign packs, so that nobody else can change them unnoticed",
		Long: `sign writes the signature of each PACK to PACK` + patterns.SignatureSuffix + `. The password of the key stands in
$` + packPasswordVar + `. What is no pack is not signed. Where the configuration has the public key in pack_keys, packs that it did
not sign are refused, at the start and at each reload.`,
		Example: `  mcpveil patterns sign --key acme.key packs/acme.yaml`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return misused("patterns sign: which packs?")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if key == "" {
				return misused("patterns sign: with which key? Say --key FILE")
			}
			file, err := os.ReadFile(key)
			if err != nil {
				return &exitError{exitTrouble, fmt.Errorf("patterns sign: %w", err)}
			}
			password, err := packPassword()
			if err != nil {
				return err
			}
			for _, name := range args {
				pack, err := os.ReadFile(name)
				if err != nil {
					return &exitError{exitTrouble, fmt.Errorf("patterns sign: %w", err)}
				}
				signature, err := patterns.Sign(file, password, name, pack, time.Now())
				if err != nil {
					return &exitError{exitConfig, err}
				}
				if err := os.WriteFile(name+patterns.SignatureSuffix, signature, 0o644); err != nil {
					return &exitError{exitTrouble, fmt.Errorf("patterns sign: %w", err)}
				}
				fmt.Fprintln(s.out, name+patterns.SignatureSuffix)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "the private key in `FILE`")
	return cmd
}

func packPassword() (string, error) {
	password := os.Getenv(packPasswordVar)
	if password == "" {
		return "", misused("the key's password is missing: put it into $%s", packPasswordVar)
	}
	return password, nil
}

// writeNew writes a file that must not be there yet.
func writeNew(name string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err == nil {
		_, err = f.Write(data)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return &exitError{exitTrouble, err}
	}
	return nil
}
