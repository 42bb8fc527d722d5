//go:build !amd64 || purego

package bytescan

func alphabet512(text *byte, n int, table *[128]uint8, all *alphabet) {
	panic("bytescan: no vector kernel")
}

func (w *Words) look512(text []byte, here, n int, f *Found) { panic("bytescan: no vector kernel") }
