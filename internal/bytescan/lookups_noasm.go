//go:build !(amd64 || arm64) || purego

package bytescan

func (t *Tables) look(text []byte, i, end int, c *Classes, v *vectors) {
	panic("bytescan: no vector kernel")
}

func (c *Classes) classifyNEON(text []byte, n, at int) { panic("bytescan: no vector kernel") }
