//go:build !purego

package bytescan

// kinds512 is [TokenList.Read] for n bytes of text, at least one.
//
//go:noescape
func kinds512(text *byte, n int, s *Structure, l *TokenList)

// kinds256 goes on with l, which has l.N tokens, for so many whole blocks of text, at least one, whose bitmaps are at index at and on. It leaves all scalars.
//
//go:noescape
func kinds256(text *byte, blocks int, s *Structure, l *TokenList, at int)
