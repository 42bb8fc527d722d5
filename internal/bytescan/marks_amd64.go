//go:build !purego

package bytescan

//go:noescape
func marks512(text *byte, blocks int, marks *Marks)

//go:noescape
func marks256(text *byte, blocks int, marks *Marks)
