package bytescan

import "os"

// An implementation is one of the ways in which the work of this package is done. They
// all give the same results.
type implementation uint8

const (
	generic implementation = iota // plain Go
	avx2
	avx512 // with BW, VL, DQ, VBMI and VBMI2
	neon
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
