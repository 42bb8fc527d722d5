//go:build !amd64 || purego

package bytescan

func kinds512(text *byte, blocks int, tokens *uint64, kinds *Kinds) {
	panic("bytescan: no vector kernel")
}

func kinds256(text *byte, blocks int, tokens *uint64, kinds *Kinds) {
	panic("bytescan: no vector kernel")
}
