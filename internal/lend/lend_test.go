package lend

import "testing"

func TestGet(t *testing.T) {
	for _, size := range []int{0, 1, least - 1, least, least + 1, 100_000, 1 << 20, 10<<20 + 1, 32 << 20, most, most + 1} {
		a, b := Get(size), Get(size)
		if len(a) < size || size >= least && len(a) > 2*size || size < least && len(a) != size {
			t.Errorf("Get(%d) has %d bytes", size, len(a))
		}
		if len(a) != cap(a) {
			t.Errorf("Get(%d) has length %d and capacity %d", size, len(a), cap(a))
		}
		if size > 0 && &a[0] == &b[0] {
			t.Errorf("Get(%d) lent the same buffer twice", size)
		}
		Put(a[:0])
		Put(b)
		if c := Get(size); len(c) < size {
			t.Errorf("Get(%d) after Put has %d bytes", size, len(c))
		}
	}
}

// A buffer that is too short for what is asked for stays for those who ask for less.
func TestFits(t *testing.T) {
	for i := range 200 {
		size := least + i*7919
		Put(make([]byte, size))
		if ask := size + i%13*5000 - 30_000; len(Get(ask)) < ask {
			t.Fatalf("Get(%d) is shorter", ask)
		}
	}
}

// Buffers beyond the bounds are not kept.
func TestBounds(t *testing.T) {
	for _, size := range []int{0, 1, least - 1, most + 1} {
		Put(make([]byte, size))
	}
	for i := range pools {
		for b := pools[i].Get(); b != nil; b = pools[i].Get() {
			if n := len(*b.(*[]byte)); n < least || n > most {
				t.Errorf("a buffer of %d bytes was kept", n)
			}
		}
	}
}
