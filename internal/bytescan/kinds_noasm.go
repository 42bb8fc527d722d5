//go:build !amd64 || purego

package bytescan

func kinds512(text *byte, n int, s *Structure, l *TokenList) { panic("bytescan: no vector kernel") }

func kinds256(text *byte, blocks int, s *Structure, l *TokenList, at int) {
	panic("bytescan: no vector kernel")
}
