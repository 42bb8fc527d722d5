//go:build !amd64 || purego

package bytescan

func marks512(text *byte, blocks int, marks *Marks) { panic("bytescan: no vector kernel") }

func marks256(text *byte, blocks int, marks *Marks) { panic("bytescan: no vector kernel") }
