//go:build purego || !amd64

package bytescan

func unescape(dst, text []byte) (wrote, read int) { return unescapePlain(dst, text) }
