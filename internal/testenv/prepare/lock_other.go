//go:build !unix

package main

// lock does nothing where there is no flock: two runs at once may both build.
func lock(string) (unlock func() error, err error) {
	return func() error { return nil }, nil
}
