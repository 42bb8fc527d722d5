//go:build !(amd64 || arm64) || purego

package bytescan

// available returns the implementations that run on this machine, the fastest last.
func available() []implementation { return []implementation{generic} }
