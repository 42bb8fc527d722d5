//go:build !purego

package bytescan

// kinds512 is [TokenList.Read] for n bytes of text, at least one.
//
//go:noescape
func kinds512(text *byte, n int, s *Structure, l *TokenList)
