package bytescan

// classHalves is for the kernels that look a byte up by its halves, and take the bits that both have.
var classHalves = func() (halves [2][16]uint8) {
	for bit, class := range [...]struct{ rows, columns []uint8 }{
		7: {[]uint8{3}, []uint8{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}, // digits, and word bytes as the next three
		6: {[]uint8{4, 6}, []uint8{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}},
		5: {[]uint8{5, 7}, []uint8{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
		4: {[]uint8{5}, []uint8{15}},
		3: {[]uint8{2}, []uint8{0, 8, 9, 13, 14, 15}}, // separators
		2: {[]uint8{5}, []uint8{12}},                  // backslashes
		1: {[]uint8{6}, []uint8{2, 6, 14}},            // b, f and n
		0: {[]uint8{7}, []uint8{2, 4, 5}},             // r, t and u
	} {
		for _, c := range class.columns {
			halves[0][c] |= 1 << bit
		}
		for _, r := range class.rows {
			halves[1][r] |= 1 << bit
		}
	}
	return halves
}()

// classes128 is for the kernel that looks a byte up by its low seven bits.
var classes128 = func() (classes [128]uint8) {
	for c, v := range byteClasses[:128] {
		classes[c] = uint8(v>>8&1<<7 | v&1<<6 | v>>16&1 | v>>24&1<<1 | v>>32&1<<2)
	}
	return classes
}()
