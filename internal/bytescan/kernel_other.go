//go:build !amd64 || purego

package bytescan

func (w *words) scanBlocks(text []byte, n int, b *buckets, escape uint64, at int) {
	panic("bytescan: no vector kernel")
}

func (w *words) findRuns(n int, steps *[runSteps]uint64) { panic("bytescan: no vector kernel") }
