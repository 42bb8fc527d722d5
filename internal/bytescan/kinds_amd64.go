//go:build !purego

package bytescan

//go:noescape
func kinds512(text *byte, blocks int, tokens *uint64, kinds *Kinds)

//go:noescape
func kinds256(text *byte, blocks int, tokens *uint64, kinds *Kinds)
