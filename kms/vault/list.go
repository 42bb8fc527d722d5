package vault

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/mcpveil/mcpveil/kms"
)

// Epoch reads the metadata of name, which needs the right "read" on MOUNT/metadata/PREFIX/NAME.
func (s *store) Epoch(ctx context.Context, name string) (int64, error) {
	path, err := s.metadata(name)
	if err != nil {
		return 0, err
	}
	a, err := s.ask(ctx, &request{path: path, capability: "read"})
	if err != nil {
		return 0, err
	}
	switch {
	case a.status == http.StatusNotFound && len(a.errors) > 0:
		return 0, fmt.Errorf("vault: %s has no KV engine at %s", s.addr, s.mount)
	case a.status == http.StatusNotFound:
		return 0, fmt.Errorf("vault: keyring %q is not at %s: %w", name, path, kms.ErrNotFound)
	case a.status != http.StatusOK:
		return 0, s.unexpected(a, path)
	}
	current, _ := a.data["current_version"].(json.Number)
	epoch, _ := current.Int64()
	if epoch == 0 && current == "0" { // metadata without a version
		return 0, fmt.Errorf("vault: keyring %q is not at %s: %w", name, path, kms.ErrNotFound)
	}
	versions, _ := a.data["versions"].(map[string]any)
	version, _ := versions[current.String()].(map[string]any)
	if version == nil || epoch < 1 {
		return 0, s.fail(fmt.Sprintf("holds no versions at %s: is the KV engine at %s of version 2?", path, s.mount), ErrAnswer)
	}
	deleted, _ := version["deletion_time"].(string)
	at, err := time.Parse(time.RFC3339Nano, deleted) // yet to come, where the engine has delete_version_after
	if deleted != "" && (err != nil || !time.Now().Before(at)) || version["destroyed"] == true {
		return 0, fmt.Errorf("vault: keyring %q is deleted in its version %d: undelete it, or remove all of it to begin anew with no token made so far ever opening again", name, epoch)
	}
	return epoch, nil
}

// List needs the right "list" on MOUNT/metadata/PREFIX/FOLDER/.
func (s *store) List(ctx context.Context, folder string) ([]string, error) {
	path := s.mount + "/metadata/" + s.prefix + "/"
	if folder != "" {
		if err := kms.CheckName(folder); err != nil {
			return nil, fmt.Errorf("vault: %w", err)
		}
		path += folder + "/"
	}
	a, err := s.ask(ctx, &request{path: path, capability: "list"})
	if err != nil {
		return nil, err
	}
	switch {
	case a.status == http.StatusNotFound && len(a.errors) == 0:
		return nil, nil
	case a.status == http.StatusNotFound:
		return nil, fmt.Errorf("vault: %s has no KV engine at %s", s.addr, s.mount)
	case a.status != http.StatusOK:
		return nil, s.unexpected(a, path)
	}
	keys, ok := a.data["keys"].([]any)
	if !ok {
		return nil, s.fail("lists nothing at "+path, ErrAnswer)
	}
	names := make([]string, 0, len(keys))
	for _, key := range keys {
		if name, ok := key.(string); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Delete removes name with all its versions and its metadata, which needs the rights
// "read" and "delete" on MOUNT/metadata/PREFIX/NAME.
func (s *store) Delete(ctx context.Context, name string) error {
	path, err := s.metadata(name)
	if err != nil {
		return err
	}
	a, err := s.ask(ctx, &request{path: path, capability: "read"}) // deleting what is not there succeeds, too
	if err != nil {
		return err
	}
	switch {
	case a.status == http.StatusNotFound && len(a.errors) > 0:
		return fmt.Errorf("vault: %s has no KV engine at %s", s.addr, s.mount)
	case a.status == http.StatusNotFound:
		return fmt.Errorf("vault: keyring %q is not at %s: %w", name, path, kms.ErrNotFound)
	case a.status != http.StatusOK:
		return s.unexpected(a, path)
	}
	if a, err = s.ask(ctx, &request{path: path, capability: "delete"}); err != nil {
		return err
	}
	if a.status != http.StatusNoContent && a.status != http.StatusOK {
		return s.unexpected(a, path)
	}
	return nil
}

func (s *store) metadata(name string) (string, error) {
	if err := kms.CheckName(name); err != nil {
		return "", fmt.Errorf("vault: %w", err)
	}
	return s.mount + "/metadata/" + s.prefix + "/" + name, nil
}
