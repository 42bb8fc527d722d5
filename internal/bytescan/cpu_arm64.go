//go:build !purego

package bytescan

// available returns the implementations that run on this machine, the fastest last. Every
// arm64 that Go runs on has NEON.
func available() []implementation { return []implementation{generic, neon} }
