package bytescan

import "os"

// An implementation is one of the ways in which the work of this package is done. They
// all give the same results.
type implementation uint8

const (
	generic implementation = iota // plain Go
	avx2
	avx512 // with BW, VL, DQ, VBMI and VBMI2
	neon   // of arm64
)

var names = [...]string{generic: "generic", avx2: "avx2", avx512: "avx512", neon: "neon"}

func (i implementation) String() string { return names[i] }

// active is the implementation in use: the last, and fastest, of those that run here, or
// the one that the environment variable MCPVEIL_KERNEL names, if it is one of them. Tests
// set it.
var active = choose(os.Getenv("MCPVEIL_KERNEL"))

func choose(name string) implementation {
	all := available()
	for _, i := range all {
		if i.String() == name {
			return i
		}
	}
	return all[len(all)-1]
}

// Kernel returns the name of the implementation in use, which MCPVEIL_KERNEL may name:
// generic, avx2 or avx512; on arm64 generic or neon.
func Kernel() string { return active.String() }

// Kernels returns the names of all implementations that run here, the fastest last.
func Kernels() (all []string) {
	for _, i := range available() {
		all = append(all, i.String())
	}
	return all
}
