// Package secretdo runs what handles key bytes so that fewer copies of them stay behind in memory.
//
// Built as usual, it just runs it. Built with GOEXPERIMENT=runtimesecret on linux/amd64 or linux/arm64 (Go 1.26;
// experimental), registers and stack are erased when it is done, and what it allocated is erased once nothing
// points there and the garbage collector has noticed:
//
//	GOEXPERIMENT=runtimesecret CGO_ENABLED=0 go build ./cmd/mcpveil
//
// Keys in use stay in memory all the same, one copy or two of each, and so does what other goroutines did with
// them, such as those that talk to Vault.
package secretdo

// Do runs f, which handles key bytes, and returns what it returns. What of that should outlive f may: it is
// erased when it is no longer reachable.
func Do[T any](f func() (T, error)) (v T, err error) {
	do(func() { v, err = f() })
	return v, err
}
