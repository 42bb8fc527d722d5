// Package lend lends long buffers. A new one is cleared by the runtime, and each of its pages by the kernel before that, which takes
// longer than to read a message into it.
package lend

import (
	"math/bits"
	"sync"
)

const (
	least   = 64 << 10       // shorter buffers are not lent
	most    = 1<<classes - 1 // nor are longer ones
	classes = 25
)

// pools[i] holds *[]byte of 1<<i to 2<<i bytes, as long as their capacity. The collector takes what nobody asks for: in two of its
// rounds nothing is left.
var pools [classes]sync.Pool

// Get returns a buffer that is at least that long, and at most twice. It holds whatever it held.
func Get(size int) []byte {
	if size < least || size > most {
		return make([]byte, size)
	}
	class := bits.Len(uint(size)) - 1
	for _, c := range [...]int{class, class + 1} {
		if c == classes {
			break
		}
		if b, ok := pools[c].Get().(*[]byte); ok {
			if n := len(*b); size <= n && n <= 2*size {
				return *b
			}
			pools[c].Put(b)
		}
	}
	// Rounded up, it fits for what is a little longer as well.
	step := 1 << class / 8
	return make([]byte, (size+step-1)/step*step)
}

// Put takes back a buffer that nobody uses any more, from Get or not.
func Put(b []byte) {
	if n := cap(b); n >= least && n <= most {
		whole := b[:n]
		pools[bits.Len(uint(n))-1].Put(&whole)
	}
}
