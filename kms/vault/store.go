package vault

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/mcpveil/mcpveil/kms"
)

// A store keeps keyrings in a KV engine of version 2, of which an epoch is a version.
type store struct {
	*Client
	mount, prefix string
}

// member is the name under which a version holds the keyring.
const member = "keyring"

// Store opens the store at hcvault://HOST/MOUNT/data/PREFIX, or hcvault+http:// on
// loopback. It asks nothing yet. Reading needs the right "read" on
// MOUNT/data/PREFIX/NAME, writing "create" and "update".
func (c *Client) Store(uri *url.URL) (kms.Store, error) {
	mount, prefix, err := c.path(uri, "data")
	if err != nil {
		return nil, err
	}
	return &store{Client: c, mount: mount, prefix: prefix}, nil
}

func (s *store) path(name string) (string, error) {
	if err := kms.CheckName(name); err != nil {
		return "", fmt.Errorf("vault: %w", err)
	}
	return s.mount + "/data/" + s.prefix + "/" + name, nil
}

func (s *store) Get(ctx context.Context, name string) (wrapped []byte, epoch int64, err error) {
	path, err := s.path(name)
	if err != nil {
		return nil, 0, err
	}
	a, err := s.ask(ctx, &request{path: path, capability: "read"})
	if err != nil {
		return nil, 0, err
	}
	meta, _ := a.data["metadata"].(map[string]any)
	version, _ := meta["version"].(json.Number)
	epoch, _ = version.Int64()
	switch {
	case a.status == http.StatusNotFound && epoch > 0:
		return nil, 0, fmt.Errorf("vault: keyring %q is deleted in its version %d: undelete it, or remove all of it to begin anew with no token made so far ever opening again", name, epoch)
	case a.status == http.StatusNotFound && len(a.errors) > 0:
		return nil, 0, fmt.Errorf("vault: %s has no KV engine at %s", s.addr, s.mount)
	case a.status == http.StatusNotFound:
		return nil, 0, fmt.Errorf("vault: keyring %q is not at %s: %w", name, path, kms.ErrNotFound)
	case a.status != http.StatusOK:
		return nil, 0, s.unexpected(a, path)
	}
	data, _ := a.data["data"].(map[string]any)
	text, ok := data[member].(string)
	if !ok || epoch < 1 {
		return nil, 0, s.fail(fmt.Sprintf("holds no keyring at %s, or the KV engine at %s is not of version 2", path, s.mount), ErrAnswer)
	}
	return []byte(text), epoch, nil
}

func (s *store) Put(ctx context.Context, name string, epoch int64, wrapped []byte) error {
	path, err := s.path(name)
	if err != nil {
		return err
	}
	if epoch < 1 {
		return fmt.Errorf("vault: keyring %q cannot have epoch %d: %w", name, epoch, kms.ErrConflict)
	}
	in := map[string]any{
		"options": map[string]any{"cas": epoch - 1},
		"data":    map[string]any{member: string(wrapped)},
	}
	// Once: where the first was done and its answer lost, a second would lose to it.
	a, err := s.ask(ctx, &request{path: path, capability: capabilityPut(epoch), in: in, once: true})
	if err != nil {
		return err
	}
	switch {
	case a.status == http.StatusBadRequest && a.says("check-and-set"):
		return fmt.Errorf("vault: keyring %q is not at epoch %d any more: %w", name, epoch-1, kms.ErrConflict)
	case a.status == http.StatusNotFound:
		return fmt.Errorf("vault: %s has no KV engine at %s", s.addr, s.mount)
	case a.status != http.StatusOK:
		return s.unexpected(a, path)
	}
	version, _ := a.data["version"].(json.Number)
	if got, _ := version.Int64(); got != epoch {
		return s.fail(fmt.Sprintf("wrote keyring %q as version %d, not %d: is the KV engine at %s of version 2?", name, got, epoch, s.mount), ErrAnswer)
	}
	return nil
}

func capabilityPut(epoch int64) string {
	if epoch == 1 {
		return "create"
	}
	return "update"
}
