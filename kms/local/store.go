package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpveil/mcpveil/kms"
)

// keep is how many epochs of a keyring stay on disk.
const keep = 10

// A store keeps each epoch of a keyring in a file of its own, which is never changed:
// that the next one's does not exist yet is what a writer relies on.
type store struct{ dir string }

func (s *store) Get(ctx context.Context, name string) (wrapped []byte, epoch int64, err error) {
	for {
		epochs, err := s.epochs(ctx, name)
		if err != nil {
			return nil, 0, err
		}
		if len(epochs) == 0 {
			return nil, 0, fmt.Errorf("local: keyring %q: %w", name, kms.ErrNotFound)
		}
		epoch := epochs[len(epochs)-1]
		wrapped, err := os.ReadFile(s.file(name, epoch))
		if errors.Is(err, fs.ErrNotExist) { // pruned since: there is a later one
			continue
		}
		if err != nil {
			return nil, 0, fmt.Errorf("local: read keyring: %w", err)
		}
		return wrapped, epoch, nil
	}
}

func (s *store) Put(ctx context.Context, name string, epoch int64, wrapped []byte) error {
	epochs, err := s.epochs(ctx, name)
	if err != nil {
		return err
	}
	var last int64
	if len(epochs) > 0 {
		last = epochs[len(epochs)-1]
	}
	if epoch != last+1 {
		return fmt.Errorf("local: keyring %q is at epoch %d, so %d cannot be written: %w", name, last, epoch, kms.ErrConflict)
	}
	dir := filepath.Dir(s.file(name, epoch))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("local: make folder of keyring: %w", err)
	}
	err = writeNew(s.file(name, epoch), wrapped)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("local: keyring %q has an epoch %d already: %w", name, epoch, kms.ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("local: write keyring: %w", err)
	}
	if last > 0 {
		// Deleted since we looked, the keyring must not come back with what we wrote. Delete looks again after it
		// removed the last epoch, so if that is still there now, this one is seen.
		if _, err := os.Lstat(s.file(name, last)); errors.Is(err, fs.ErrNotExist) {
			os.Remove(s.file(name, epoch))
			s.tidy(name)
			return fmt.Errorf("local: keyring %q was deleted before epoch %d was written: %w", name, epoch, kms.ErrConflict)
		}
	}
	for _, old := range epochs {
		if old <= epoch-keep {
			os.Remove(s.file(name, old)) // what cannot be removed does no harm
		}
	}
	return nil
}

func (s *store) Epoch(ctx context.Context, name string) (int64, error) {
	epochs, err := s.epochs(ctx, name)
	if err != nil {
		return 0, err
	}
	if len(epochs) == 0 {
		return 0, fmt.Errorf("local: keyring %q: %w", name, kms.ErrNotFound)
	}
	return epochs[len(epochs)-1], nil
}

func (s *store) List(ctx context.Context, folder string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("local: %w: %w", kms.ErrUnavailable, err)
	}
	if folder != "" {
		if err := kms.CheckName(folder); err != nil {
			return nil, fmt.Errorf("local: %w", err)
		}
	}
	entries, err := os.ReadDir(filepath.Join(s.dir, filepath.FromSlash(folder)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("local: list keyrings: %w", err)
	}
	var names []string
	for _, e := range entries { // sorted
		if !e.IsDir() || !kms.CheckPart(e.Name()) {
			continue
		}
		inside, err := os.ReadDir(filepath.Join(s.dir, filepath.FromSlash(folder), e.Name()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("local: list keyrings: %w", err)
		}
		if slices.ContainsFunc(inside, func(f fs.DirEntry) bool { return epochOf(f.Name()) > 0 }) {
			names = append(names, e.Name())
		}
		if slices.ContainsFunc(inside, fs.DirEntry.IsDir) {
			names = append(names, e.Name()+"/")
		}
	}
	slices.Sort(names)
	return names, nil
}

// Delete removes the oldest epoch first: should it be cut short, none that was
// overwritten comes back.
func (s *store) Delete(ctx context.Context, name string) error {
	for deleted := false; ; deleted = true {
		epochs, err := s.epochs(ctx, name)
		if err != nil {
			return err
		}
		if len(epochs) == 0 {
			if !deleted {
				return fmt.Errorf("local: keyring %q: %w", name, kms.ErrNotFound)
			}
			s.tidy(name)
			return nil
		}
		for _, epoch := range epochs {
			if err := os.Remove(s.file(name, epoch)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("local: delete keyring: %w", err)
			}
		}
		if err := syncDir(filepath.Dir(s.file(name, 1))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("local: delete keyring: %w", err)
		}
	}
}

// tidy removes the folders of name that are empty. Those that are not stay: removing
// them fails.
func (s *store) tidy(name string) {
	for ; name != "."; name = path.Dir(name) {
		if os.Remove(filepath.Join(s.dir, filepath.FromSlash(name))) != nil {
			return
		}
	}
}

func (s *store) file(name string, epoch int64) string {
	return filepath.Join(s.dir, filepath.FromSlash(name), strconv.FormatInt(epoch, 10)+".json")
}

// epochs lists what there is of a keyring, in order.
func (s *store) epochs(ctx context.Context, name string) ([]int64, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("local: %w: %w", kms.ErrUnavailable, err)
	}
	if err := kms.CheckName(name); err != nil {
		return nil, fmt.Errorf("local: %w", err)
	}
	files, err := os.ReadDir(filepath.Dir(s.file(name, 1)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("local: look for keyring: %w", err)
	}
	var epochs []int64
	for _, f := range files {
		if n := epochOf(f.Name()); n > 0 {
			epochs = append(epochs, n)
		}
	}
	slices.Sort(epochs)
	return epochs, nil
}

// epochOf returns the epoch that a file of that name holds, or 0.
func epochOf(file string) int64 {
	text, ok := strings.CutSuffix(file, ".json")
	n, err := strconv.ParseInt(text, 10, 64)
	if !ok || err != nil || n < 1 || text != strconv.FormatInt(n, 10) {
		return 0
	}
	return n
}
