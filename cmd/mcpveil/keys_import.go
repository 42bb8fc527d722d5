package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/kms"
)

// maxKeyset bounds what import reads: 32 keys are a tenth of it.
const maxKeyset = 64 << 10

func keysImportCommand(s streams) *cobra.Command {
	var flags keyFlags
	var wrappedBy, bound, purpose string
	cmd := &cobra.Command{
		Use:   "import [--wrapped-by URI] [FILE]",
		Short: "make the tenant's keyrings of a keyset that google/tink/go, tink-go or tinkey made",
		Long: `import reads a keyset of Tink's, binary or JSON, and makes the tenant's keyrings for tokens and digests of it, wrapped by the
key of the configuration. A keyring that is there already stays as it is, and the exit code is 1.

A keyset in clear is read from standard input alone, so that it need not lie in a file. An encrypted one is read from
FILE or from standard input; --wrapped-by names the transit key that it was encrypted with, in the same Vault, and
--associated-data what it was bound to, if anything.

The keyset must be what a keyring may be: 1 to 32 AES-SIV keys of 64 bytes with Tink's prefix, one of them primary and
enabled. Nothing of a key is printed but its id.`,
		Example: `  tinkey create-keyset --key-template AES256_SIV --out-format json | mcpveil keys import --config mcpveil.yaml
  mcpveil keys import --config mcpveil.yaml --wrapped-by hcvault://vault.example:8200/transit/keys/old keyset.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := "-"
			if len(args) > 0 {
				file = args[0]
			}
			if bound != "" && wrappedBy == "" {
				return misused("keys import: --associated-data is of an encrypted keyset: say --wrapped-by, too")
			}
			if wrappedBy == "" && file != "-" {
				return misused("keys import: a keyset in clear is read from standard input alone; of an encrypted one say --wrapped-by")
			}
			if purpose != "" && purpose != string(envelope.Tokens) && purpose != string(envelope.Digests) {
				return misused("keys import: --purpose is neither %s nor %s", envelope.Tokens, envelope.Digests)
			}
			p, err := flags.place(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			ctx, cancel := context.WithTimeout(cmd.Context(), startTimeout)
			defer cancel()
			var kek kms.KEK
			if wrappedBy != "" {
				if kek, err = p.otherKEK(ctx, "--wrapped-by", wrappedBy); err != nil {
					return err
				}
				defer closeKEK(kek)
			}
			text, err := readKeyset(file, s)
			defer clear(text)
			if err != nil {
				return &exitError{exitTrouble, fmt.Errorf("keys import: %w", err)}
			}
			ks, err := envelope.ReadKeyset(ctx, text, kek, []byte(bound))
			if errors.Is(err, kms.ErrDenied) || errors.Is(err, kms.ErrUnavailable) {
				return keyTrouble(p.config, err)
			}
			if err != nil {
				return &exitError{exitConfig, err}
			}
			purposes := []envelope.Purpose{envelope.Purpose(purpose)}
			if purpose == "" {
				purposes = []envelope.Purpose{envelope.Tokens, envelope.Digests}
			}
			for _, purpose := range purposes {
				k, err := envelope.Import(ctx, p.kek, p.store, envelope.KeyringName(p.config.Tenant, purpose), ks, &p.opts)
				if errors.Is(err, kms.ErrConflict) {
					return &exitError{exitFound, fmt.Errorf("%w; it was not changed", err)}
				}
				if err != nil {
					return keyTrouble(p.config, err)
				}
				k.Close()
			}
			if purpose == "" { // the rest; else another keyset may follow
				if err := p.Create(ctx, p.config.Tenant); err != nil && !errors.Is(err, kms.ErrConflict) {
					return keyTrouble(p.config, err)
				}
			}
			fmt.Fprintln(s.out, "imported; see that no other copy of the keyset is left")
			if purpose != "" {
				fmt.Fprintln(s.out, "keyrings that are still missing: import them too, or have mcpveil keys init make them")
			}
			return p.printTenant(ctx, s)
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&purpose, "purpose", "", "make only the keyring for this: token or digest; keys init makes what is missing then (both)")
	cmd.Flags().StringVar(&wrappedBy, "wrapped-by", "", "the `URI` of the transit key that the keyset is encrypted with")
	cmd.Flags().StringVar(&bound, "associated-data", "", "what the encrypted keyset is bound to, as `TEXT`")
	return cmd
}

func readKeyset(file string, s streams) ([]byte, error) {
	in := s.in
	if f, ok := s.in.(*os.File); file == "-" && ok && term.IsTerminal(int(f.Fd())) {
		return nil, errors.New("standard input is a terminal: pipe the keyset in, so that it stands on no screen")
	}
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	text := make([]byte, maxKeyset+1) // of one piece, so that no copy is left behind
	n, err := io.ReadFull(in, text)
	switch {
	case err == nil:
		clear(text)
		return nil, fmt.Errorf("this is longer than %d bytes, and no keyset", maxKeyset)
	case !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF):
		clear(text)
		return nil, err
	}
	return text[:n], nil
}

// otherKEK opens another transit key of the configuration's Vault, which flag names.
func (p *keyPlace) otherKEK(ctx context.Context, flag, uri string) (kms.KEK, error) {
	if p.config.Key.Vault == nil {
		return nil, misused("%s is for a configuration with the key in Vault", flag)
	}
	u, err := url.Parse(uri)
	own, _ := url.Parse(p.config.Key.Vault.URI)
	if err != nil || u.Scheme != own.Scheme || u.Host != own.Host {
		return nil, misused("%s names no key of the configuration's Vault, want %s://%s/MOUNT/keys/NAME", flag, own.Scheme, own.Host)
	}
	other := *p.config
	k := *p.config.Key.Vault
	k.URI, other.Key.Vault = uri, &k
	kek, _, err := openVault(ctx, &other, nil)
	if err != nil {
		return nil, keyTrouble(&other, err)
	}
	return kek, nil
}
