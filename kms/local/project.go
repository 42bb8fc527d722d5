package local

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// outsideProject refuses a folder inside a git checkout, or inside the project that the
// working directory belongs to: keys there are committed, shared and mounted sooner
// or later. A marker in the home folder, or above it, does not make all below a project.
func outsideProject(dir string) error {
	home, _ := os.UserHomeDir()
	if root := rootAbove(dir, home, ".git"); root != "" {
		return fmt.Errorf("local: key folder %s is inside the git checkout %s: choose one outside, such as the default", dir, root)
	}
	cwd, err := os.Getwd()
	if err != nil {
		return nil
	}
	if root := rootAbove(cwd, home, ".git", "go.mod", "package.json"); root != "" && within(dir, root) {
		return fmt.Errorf("local: key folder %s is inside the project %s: choose one outside, such as the default", dir, root)
	}
	return nil
}

// rootAbove returns the nearest folder, dir or above, that holds one of markers; not
// home, nor what home is in, nor the file system's root.
func rootAbove(dir, home string, markers ...string) string {
	for ; ; dir = filepath.Dir(dir) {
		if dir == filepath.Dir(dir) || home != "" && within(home, dir) {
			return ""
		}
		for _, m := range markers {
			if _, err := os.Lstat(filepath.Join(dir, m)); err == nil {
				return dir
			}
		}
	}
}

func within(path, dir string) bool {
	for _, resolve := range []func(string) string{filepath.Clean, realPath} {
		rel, err := filepath.Rel(resolve(dir), resolve(path))
		if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return true
		}
	}
	return false
}

// realPath resolves the links in path as far as it exists.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if up := filepath.Dir(path); up != path {
		return filepath.Join(realPath(up), filepath.Base(path))
	}
	return path
}
