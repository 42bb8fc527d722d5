package main

import (
	"cmp"
	"fmt"
	"os"
	"os/user"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/mcpveil/mcpveil/internal/config"
)

// keyDirVar is the environment variable that names the folder of the local key.
const keyDirVar = "MCPVEIL_KEY_DIR"

// common are the flags that most commands share. What they say goes before the configuration.
type common struct {
	config    string
	profile   string
	reveal    []string
	principal string
	subject   string
	keyDir    string
	log       string
	strict    string
}

// register adds the flags that a command which filters messages has.
func (f *common) register(cmd *cobra.Command) {
	f.registerConfig(cmd)
	cmd.Flags().StringArrayVar(&f.reveal, "reveal", nil, "open tokens in arguments of a tool, `TOOL[:ENTITY,…]@/ARGUMENT,…`; may be given again")
	cmd.Flags().StringVar(&f.subject, "subject", "", "whose data this is about, where the scope is subject")
	cmd.Flags().StringVar(&f.principal, "principal", "", "who is asking, where the transport does not tell (the user who started this)")
	cmd.Flags().StringVar(&f.keyDir, "key-dir", "", "folder of the local key ($"+keyDirVar+", or a folder of the user's configuration)")
	cmd.Flags().StringVar(&f.log, "log", "", "append a record of each message to `FILE`; - for standard error")
	cmd.Flags().StringVar(&f.strict, "strict", "", "how much of a message's grammar is checked: routing or full")
}

func (f *common) registerConfig(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.config, "config", "", "read the configuration from `FILE` (YAML)")
	cmd.Flags().StringVar(&f.profile, "profile", "", "how readily a value is taken for personal: strict, balanced or recall (balanced)")
}

// load reads the configuration, or takes the default, and puts the flags over it. With an error, what it
// returns is nil or what config.Load says of it.
func (f *common) load() (*config.Config, error) {
	c := config.Default()
	if f.config != "" {
		var err error
		if c, err = config.Load(f.config); err != nil {
			return c, &exitError{exitConfig, err}
		}
	}
	for _, s := range f.reveal {
		t, err := config.ParseReveal(s)
		if err != nil {
			return nil, &exitError{exitConfig, err}
		}
		c.Tools = append(c.Tools, t)
	}
	c.Principal = cmp.Or(f.principal, c.Principal)
	c.Subject = cmp.Or(f.subject, c.Subject)
	c.Profile = cmp.Or(f.profile, c.Profile)
	c.Strict = cmp.Or(f.strict, c.Strict)
	if f.keyDir != "" {
		if c.Key.Vault != nil {
			return nil, misused("--key-dir names a local key, but the configuration has the key in Vault")
		}
		dir, err := filepath.Abs(f.keyDir) // a relative one in the configuration is relative to that
		if err != nil {
			return nil, misused("--key-dir: %w", err)
		}
		c.Key.Local = &config.LocalKey{Dir: dir}
	}
	switch f.log {
	case "":
	case "-":
		c.Log.File = ""
	default:
		file, err := filepath.Abs(f.log) // likewise
		if err != nil {
			return nil, misused("--log: %w", err)
		}
		c.Log.File = file
	}
	if err := c.Validate(); err != nil {
		return nil, &exitError{exitConfig, err}
	}
	return c, nil
}

// keyFolder is where the local key is: as the flag or the configuration says, the environment, or
// "" for the default.
func keyFolder(c *config.Config) string {
	if c.Key.Local != nil && c.Key.Local.Dir != "" {
		return c.Key.Local.Dir
	}
	return os.Getenv(keyDirVar)
}

// principal is who is asking where the transport does not tell: the user who started us. In a container
// that knows no users by name it is the number.
func principal(c *config.Config) string {
	if c.Principal != "" {
		return c.Principal
	}
	return osUser()
}

// osUser is who the operating system says is running this.
func osUser() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return fmt.Sprintf("uid-%d", os.Getuid())
}
