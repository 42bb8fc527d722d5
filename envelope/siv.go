package envelope

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"math/bits"
)

// NOTE. This is AES-SIV (RFC 5297) with exactly one string of associated data, as
// Tink's AesSivKey has it: K1 ‖ K2 of 32 bytes each, ciphertext = V ‖ CTR(K2, V, P),
// V = S2V(K1, AD, P). Tink's own builds two ciphers and seven slices at each call;
// here the key schedules stay and all scratch is in a block. siv_test.go holds it
// against Tink in both directions and against Wycheproof's vectors.

const (
	blockSize  = aes.BlockSize
	sivKeySize = 64
)

type block = [blockSize]byte

// A siv is an AES-SIV key made ready. It is immutable and safe for concurrent use.
type siv struct {
	mac, ctr cipher.Block
	k1, k2   block // CMAC's subkeys
	start    block // dbl(CMAC(0)), where S2V begins
}

// scratch is what one use of a siv writes to. It lives on the heap, in a work, since
// whatever is handed to a cipher.Block escapes.
type scratch struct{ x, d, iv, ks block }

func newSIV(key []byte) (*siv, error) {
	if len(key) != sivKeySize {
		return nil, errors.New("envelope: AES-SIV key is not of 64 bytes")
	}
	s := new(siv)
	var err error
	if s.mac, err = aes.NewCipher(key[:32]); err != nil {
		return nil, err
	}
	if s.ctr, err = aes.NewCipher(key[32:]); err != nil {
		return nil, err
	}
	var l block
	s.mac.Encrypt(l[:], l[:])
	double(&l)
	s.k1 = l
	double(&l)
	s.k2 = l
	var zero block
	s.cmac(&s.start, zero[:])
	double(&s.start)
	return s, nil
}

// seal encrypts buf[16:] in place and puts the synthetic IV into buf[:16].
func (s *siv) seal(w *scratch, buf, ad []byte) {
	s.s2v(w, ad, buf[blockSize:])
	copy(buf, w.x[:])
	s.xorKeyStream(w, buf[blockSize:], buf[:blockSize])
}

// open decrypts buf[16:] in place and reports whether the synthetic IV in buf[:16]
// is the right one. If not, buf[16:] is zero.
func (s *siv) open(w *scratch, buf, ad []byte) bool {
	s.xorKeyStream(w, buf[blockSize:], buf[:blockSize])
	s.s2v(w, ad, buf[blockSize:])
	if subtle.ConstantTimeCompare(w.x[:], buf[:blockSize]) != 1 {
		clear(buf[blockSize:])
		return false
	}
	return true
}

// s2v leaves V for ad and p in w.x. It changes p on the way and restores it.
func (s *siv) s2v(w *scratch, ad, p []byte) {
	s.cmac(&w.x, ad)
	w.d = s.start
	xor(w.d[:], w.x[:])
	if len(p) >= blockSize {
		end := p[len(p)-blockSize:]
		xor(end, w.d[:])
		s.cmac(&w.x, p)
		xor(end, w.d[:])
		return
	}
	double(&w.d)
	xor(w.d[:len(p)], p)
	w.d[len(p)] ^= 0x80
	s.cmac(&w.x, w.d[:])
}

// cmac leaves AES-CMAC (RFC 4493) of msg in x, which must not overlap msg.
func (s *siv) cmac(x *block, msg []byte) {
	*x = block{}
	for len(msg) > blockSize {
		xor(x[:], msg[:blockSize])
		s.mac.Encrypt(x[:], x[:])
		msg = msg[blockSize:]
	}
	xor(x[:len(msg)], msg)
	if len(msg) == blockSize {
		xor(x[:], s.k1[:])
	} else {
		x[len(msg)] ^= 0x80
		xor(x[:], s.k2[:])
	}
	s.mac.Encrypt(x[:], x[:])
}

func (s *siv) xorKeyStream(w *scratch, p, iv []byte) {
	copy(w.iv[:], iv)
	w.iv[8] &= 0x7f
	w.iv[12] &= 0x7f
	for len(p) > 0 {
		s.ctr.Encrypt(w.ks[:], w.iv[:])
		n := subtle.XORBytes(p, p, w.ks[:])
		p = p[n:]
		hi, lo := binary.BigEndian.Uint64(w.iv[:8]), binary.BigEndian.Uint64(w.iv[8:])
		lo, carry := bits.Add64(lo, 1, 0)
		binary.BigEndian.PutUint64(w.iv[:8], hi+carry)
		binary.BigEndian.PutUint64(w.iv[8:], lo)
	}
}

func xor(dst, src []byte) { subtle.XORBytes(dst, dst, src) }

// double multiplies b by x in GF(2^128), in constant time.
func double(b *block) {
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	carry := -(hi >> 63) & 0x87
	binary.BigEndian.PutUint64(b[:8], hi<<1|lo>>63)
	binary.BigEndian.PutUint64(b[8:], lo<<1^carry)
}
