//go:build !(amd64 || arm64) || purego

package bytescan

func (t *Tables) code(text []byte, n int, v *vectors) { panic("bytescan: no vector kernel") }

func (t *Tables) accept(text []byte, n int, v *vectors) { panic("bytescan: no vector kernel") }

func (c *Classes) classifyNEON(text []byte, n, at int) { panic("bytescan: no vector kernel") }
