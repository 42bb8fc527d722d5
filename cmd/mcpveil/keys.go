package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/kms"
)

func keysCommand(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "create the keyring, and say what is in it",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(keysCreateCommand(s), keysStatusCommand(s), keysPolicyCommand(s), keysDoctorCommand(s))
	return cmd
}

func keysCreateCommand(s streams) *cobra.Command {
	var flags common
	cmd := &cobra.Command{
		Use:     "init",
		Aliases: []string{"create"},
		Short:   "create the keyring that the configuration names, once",
		Long: `init makes a keyring, wraps it with the key of Vault's transit engine and stores it in its KV
engine. A keyring that is there already stays as it is, and the exit code is 1. A local keyring
needs no init: it is made on first use.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), startTimeout)
			defer cancel()
			k, err := makeKeyring(ctx, &flags)
			if errors.Is(err, kms.ErrConflict) {
				return &exitError{exitFound, errors.New("keys: this keyring is there already; nothing was changed")}
			}
			if err != nil {
				return err
			}
			defer k.Close()
			fmt.Fprintln(s.out, "created the keyring")
			return printKeys(s, k)
		},
	}
	flags.registerConfig(cmd)
	cmd.Flags().StringVar(&flags.keyDir, "key-dir", "", "folder of the local key")
	return cmd
}

func makeKeyring(ctx context.Context, flags *common) (*envelope.Keyring, error) {
	c, err := flags.load()
	if err != nil {
		return nil, err
	}
	_, names, err := loadPacks(c)
	if err != nil {
		return nil, err
	}
	kek, store, err := openKEK(ctx, c)
	if err != nil {
		return nil, keyTrouble(c, err)
	}
	k, err := envelope.Create(ctx, kek, store, ringName(c), &envelope.Options{Names: names})
	if err != nil && !errors.Is(err, kms.ErrConflict) {
		err = keyTrouble(c, err)
	}
	return k, err
}

func keysStatusCommand(s streams) *cobra.Command {
	var flags common
	cmd := &cobra.Command{
		Use:   "status",
		Short: "open the keyring and list its keys",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := flags.load()
			if err != nil {
				return err
			}
			v, err := newVeil(cmd.Context(), c, s.err)
			if err != nil {
				return err
			}
			defer v.close()
			return printKeys(s, v.keyring)
		},
	}
	flags.registerConfig(cmd)
	cmd.Flags().StringVar(&flags.keyDir, "key-dir", "", "folder of the local key")
	return cmd
}

// printKeys lists the keys of a keyring by id. Ids are no secret: tokens bear them.
func printKeys(s streams, k *envelope.Keyring) error {
	fmt.Fprintf(s.out, "epoch %d\n", k.Epoch())
	for _, st := range k.Status() {
		fmt.Fprintf(s.out, "key %08x %s\n", st.ID, keyState(st))
	}
	return nil
}

func keyState(st envelope.KeyStatus) string {
	switch {
	case st.Primary:
		return "primary: seals and opens"
	case st.Enabled:
		return "opens"
	}
	return "disabled"
}
