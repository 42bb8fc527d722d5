package detect

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"strings"
)

// Addresses of crypto-currencies. Their checks let through one random string in four
// billion, or fewer.

const (
	base58Bitcoin = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	base58Ripple  = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
)

// validBase58Check checks a Bitcoin or Litecoin address of the older kinds (Base58Check):
// a version, twenty bytes, and the first four of their double SHA-256.
func validBase58Check(text []byte) bool {
	var b [25]byte
	if !base58(b[:], text, base58Bitcoin) {
		return false
	}
	switch b[0] {
	case 0x00, 0x05, 0x30, 0x32:
		return doubleHashed(b[:])
	}
	return false
}

// validTron checks a Tron address, which is Base58Check with version 0x41.
func validTron(text []byte) bool {
	var b [25]byte
	return base58(b[:], text, base58Bitcoin) && b[0] == 0x41 && doubleHashed(b[:])
}

// validXRP checks an address of the XRP Ledger, which has an alphabet of its own.
func validXRP(text []byte) bool {
	var b [25]byte
	return base58(b[:], text, base58Ripple) && b[0] == 0 && doubleHashed(b[:])
}

// validWIF checks a private key of Bitcoin's in its wallet import format.
func validWIF(text []byte) bool {
	var long [38]byte
	if base58(long[:], text, base58Bitcoin) && long[0] == 0x80 && long[33] == 1 && doubleHashed(long[:]) {
		return true
	}
	var short [37]byte
	return base58(short[:], text, base58Bitcoin) && short[0] == 0x80 && doubleHashed(short[:])
}

// base58 decodes text to exactly dst: each leading zero byte is a leading first letter.
func base58(dst, text []byte, alphabet string) bool {
	if len(text) < len(dst) || len(text) > 2*len(dst) {
		return false
	}
	clear(dst)
	for _, c := range text {
		carry := strings.IndexByte(alphabet, c)
		if carry < 0 {
			return false
		}
		for i := len(dst) - 1; i >= 0; i-- {
			carry += 58 * int(dst[i])
			dst[i] = byte(carry)
			carry >>= 8
		}
		if carry != 0 {
			return false
		}
	}
	for i := range text {
		switch zero, one := i < len(dst) && dst[i] == 0, text[i] == alphabet[0]; {
		case zero != one:
			return false
		case !zero:
			return true
		}
	}
	return false
}

func doubleHashed(b []byte) bool {
	once := sha256.Sum256(b[:len(b)-4])
	twice := sha256.Sum256(once[:])
	return bytes.Equal(twice[:4], b[len(b)-4:])
}

// validBech32 checks a segregated witness address of Bitcoin or Litecoin (BIP-173, BIP-350), an
// address of Cardano's (CIP-19), or a private key of age's or Nostr's, all of which are Bech32.
func validBech32(text []byte) bool {
	sep := bytes.LastIndexByte(text, '1')
	if sep < 1 || len(text)-sep-1 < 6 || len(text) > 130 {
		return false
	}
	upper, lower := false, false
	sum := uint32(1)
	for _, c := range text[:sep] {
		upper, lower = upper || 'A' <= c && c <= 'Z', lower || 'a' <= c && c <= 'z'
		sum = bech32Step(sum) ^ uint32(c|letterBit(c))>>5
	}
	sum = bech32Step(sum)
	for _, c := range text[:sep] {
		sum = bech32Step(sum) ^ uint32(c|letterBit(c))&31
	}
	first := 0
	for i, c := range text[sep+1:] {
		upper, lower = upper || 'A' <= c && c <= 'Z', lower || 'a' <= c && c <= 'z'
		v := strings.IndexByte("qpzry9x8gf2tvdw0s3jn54khce6mua7l", c|letterBit(c))
		if v < 0 {
			return false
		}
		if i == 0 {
			first = v
		}
		sum = bech32Step(sum) ^ uint32(v)
	}
	if upper && lower {
		return false
	}
	const bech32, bech32m = 1, 0x2bc830a3
	program := (len(text) - sep - 1 - 6 - 1) * 5 / 8
	switch hrp := text[:sep]; {
	case equalFold(hrp, hrpBitcoin), equalFold(hrp, hrpTestnet), equalFold(hrp, hrpLitecoin):
		if first == 0 {
			return sum == bech32 && (program == 20 || program == 32)
		}
		return sum == bech32m && first <= 16 && 2 <= program && program <= 40
	case equalFold(hrp, hrpCardano), equalFold(hrp, hrpStake), equalFold(hrp, hrpNostr):
		return sum == bech32
	case equalFold(hrp, hrpAge):
		return sum == bech32 && upper
	}
	return false
}

var (
	hrpBitcoin, hrpTestnet, hrpLitecoin = []byte("bc"), []byte("tb"), []byte("ltc")
	hrpCardano, hrpStake                = []byte("addr"), []byte("stake")
	hrpAge, hrpNostr                    = []byte("age-secret-key-"), []byte("nsec")
)

// letterBit is the bit that makes a capital small, and of others 0.
func letterBit(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return 0x20
	}
	return 0
}

func bech32Step(sum uint32) uint32 {
	top := sum >> 25
	sum = sum & 0x1ffffff << 5
	for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		if top>>i&1 != 0 {
			sum ^= g
		}
	}
	return sum
}

// validEIP55 checks the case of an Ethereum address's letters, which is a checksum: a
// letter is a capital where Keccak-256 of the small ones has a nibble of 8 or more. An address
// in one case says nothing.
func validEIP55(text []byte) bool {
	if len(text) != 42 || text[0] != '0' || text[1]|0x20 != 'x' {
		return false
	}
	var small [40]byte
	upper, lower := false, false
	for i, c := range text[2:] {
		switch {
		case isDigit(c):
		case 'a' <= c && c <= 'f':
			lower = true
		case 'A' <= c && c <= 'F':
			upper = true
			c |= 0x20
		default:
			return false
		}
		small[i] = c
	}
	if !upper || !lower {
		return false
	}
	hash := keccak256(small[:])
	for i, c := range text[2:] {
		nibble := hash[i/2] >> (4 * (1 - i%2)) & 15
		if isLetter(c) && (nibble >= 8) != (c < 'a') {
			return false
		}
	}
	return true
}

// validMonero checks a Monero address: a network, keys, in an integrated address a payment id,
// and the first four bytes of their Keccak-256, in Base58 of eight bytes at a time.
func validMonero(text []byte) bool {
	if len(text) != 95 && len(text) != 106 {
		return false
	}
	var b [80]byte
	n := 0
	for len(text) > 0 {
		chars, size := 11, 8
		if len(text) < chars {
			chars, size = 7, 5
		}
		v := uint64(0)
		for _, c := range text[:chars] {
			d := strings.IndexByte(base58Bitcoin, c)
			if d < 0 {
				return false
			}
			hi, lo := bits.Mul64(v, 58)
			sum, carry := bits.Add64(lo, uint64(d), 0)
			if hi+carry != 0 {
				return false
			}
			v = sum
		}
		if size == 5 && v>>40 != 0 {
			return false
		}
		var block [8]byte
		binary.BigEndian.PutUint64(block[:], v)
		n += copy(b[n:], block[8-size:])
		text = text[chars:]
	}
	switch b[0] {
	case 18, 19, 42: // the main network's: plain, integrated, of an account
	default:
		return false
	}
	hash := keccak256(b[:n-4])
	return bytes.Equal(hash[:4], b[n-4:n])
}

// keccak256 is Keccak-256 as Ethereum and Monero have it, which is SHA3-256 with the
// padding of before its standard (FIPS 202). data is shorter than a block of 136 bytes.
func keccak256(data []byte) (hash [32]byte) {
	const rate = 136
	var block [rate]byte
	copy(block[:], data)
	block[len(data)] ^= 0x01
	block[rate-1] ^= 0x80
	var a [25]uint64
	for i := range rate / 8 {
		a[i] = binary.LittleEndian.Uint64(block[8*i:])
	}
	keccakF(&a)
	for i := range 4 {
		binary.LittleEndian.PutUint64(hash[8*i:], a[i])
	}
	return hash
}

// keccakF is the permutation Keccak-f[1600] (FIPS 202, section 3).
func keccakF(a *[25]uint64) {
	rotations := [24]int{1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44}
	lanes := [24]int{10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1}
	lfsr := uint8(1)
	for range 24 {
		var c [5]uint64
		for x := range 5 { // theta
			c[x] = a[x] ^ a[x+5] ^ a[x+10] ^ a[x+15] ^ a[x+20]
		}
		for x := range 5 {
			d := c[(x+4)%5] ^ bits.RotateLeft64(c[(x+1)%5], 1)
			for y := 0; y < 25; y += 5 {
				a[x+y] ^= d
			}
		}
		t := a[1]
		for i, lane := range lanes { // rho and pi
			a[lane], t = bits.RotateLeft64(t, rotations[i]), a[lane]
		}
		for y := 0; y < 25; y += 5 { // chi
			row := [5]uint64(a[y : y+5])
			for x := range 5 {
				a[x+y] = row[x] ^ ^row[(x+1)%5]&row[(x+2)%5]
			}
		}
		for j := range 7 { // iota: the round's constant comes out of a shift register
			if lfsr&1 != 0 {
				a[0] ^= 1 << (1<<j - 1)
			}
			lfsr = lfsr<<1 ^ lfsr>>7*0x71
		}
	}
}
