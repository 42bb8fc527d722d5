//go:build !goexperiment.runtimesecret

package secretdo

// Erases reports whether this build erases anything.
const Erases = false

func do(f func()) { f() }
