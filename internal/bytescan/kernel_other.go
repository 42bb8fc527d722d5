//go:build !(amd64 || arm64) || purego

package bytescan

// There are no kernels.

func (t *Tables) kernel(text []byte, n, m int, escape uint64, w *words) { panic("bytescan: no kernel") }

func (t *Tables) lookAhead(n int, w *words) { panic("bytescan: no kernel") }
