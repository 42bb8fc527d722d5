//go:build !amd64 || purego

package bytescan

func (s *Structure) vector(chunk []byte) (bad, escapes bool) { return s.plain(chunk) }
