//go:build !purego

#include "textflag.h"

// Words of bits for the bytes with one of the bits in z.
#define CLASS(z, off) \
	VPTESTMB z, Z1, K4; \
	KMOVQ    K4, R8; \
	MOVQ     R8, off(DI)

// func alphabet512(text *byte, n int, table *[128]uint8, all *alphabet)
TEXT ·alphabet512(SB), NOSPLIT, $0-32
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ table+16(FP), DX
	MOVQ all+24(FP), DI

	VMOVDQU64    (DX), Z2
	VMOVDQU64    64(DX), Z3
	MOVL         $1, AX
	VPBROADCASTB AX, Z4       // capitals
	MOVL         $2, AX
	VPBROADCASTB AX, Z5       // digits
	MOVL         $4, AX
	VPBROADCASTB AX, Z6       // backslashes
	MOVL         $8, AX
	VPBROADCASTB AX, Z7       // letters of escapes
	MOVL         $16, AX
	VPBROADCASTB AX, Z8       // u
	MOVL         $0xC0, AX
	VPBROADCASTB AX, Z10

next:
	VMOVDQU64 (SI), Z0
	VPMOVB2M  Z0, K1
	VPCMPUB   $5, Z10, Z0, K2 // not less
	KMOVQ     K1, R8
	KMOVQ     K2, R9
	MOVQ      R8, 24(DI)
	MOVQ      R9, 32(DI)
	KNOTQ     K1, K3
	VMOVDQA64 Z0, Z1
	VPERMI2B.Z Z3, Z2, K3, Z1 // nothing beyond ASCII
	VPMOVB2M  Z1, K4          // the highest bit: letters
	KMOVQ     K4, R8
	MOVQ      R8, 0(DI)
	CLASS(Z4, 8)
	CLASS(Z5, 16)
	CLASS(Z6, 40)
	CLASS(Z7, 48)
	CLASS(Z8, 56)
	ADDQ      $64, SI
	ADDQ      $72, DI
	DECQ      CX
	JNZ       next
	VZEROUPPER
	RET

// Offsets in Found and Words: see words.go. TestWordsLayout holds them.
#define AT 8
#define HASH 9368
#define KNOWN 28136

DATA iota64<>+0(SB)/8, $0x0706050403020100
DATA iota64<>+8(SB)/8, $0x0f0e0d0c0b0a0908
DATA iota64<>+16(SB)/8, $0x1716151413121110
DATA iota64<>+24(SB)/8, $0x1f1e1d1c1b1a1918
DATA iota64<>+32(SB)/8, $0x2726252423222120
DATA iota64<>+40(SB)/8, $0x2f2e2d2c2b2a2928
DATA iota64<>+48(SB)/8, $0x3736353433323130
DATA iota64<>+56(SB)/8, $0x3f3e3d3c3b3a3938
GLOBL iota64<>(SB), RODATA|NOPTR, $64

// Eight times each of the first eight.
DATA eights<>+0(SB)/8, $0x0000000000000000
DATA eights<>+8(SB)/8, $0x0101010101010101
DATA eights<>+16(SB)/8, $0x0202020202020202
DATA eights<>+24(SB)/8, $0x0303030303030303
DATA eights<>+32(SB)/8, $0x0404040404040404
DATA eights<>+40(SB)/8, $0x0505050505050505
DATA eights<>+48(SB)/8, $0x0606060606060606
DATA eights<>+56(SB)/8, $0x0707070707070707
GLOBL eights<>(SB), RODATA|NOPTR, $64

#define QUADS(c, z) \
	MOVQ         $c, AX; \
	VPBROADCASTQ AX, z

// func words512(text *byte, n int, blocks *wordBlock, f *Found, count, from int) int
//
// Places of words, and of their last letters, are brought together, so that the first belongs to the
// first; then there is a qword for each of eight words, with its first eight bytes.
TEXT ·words512(SB), NOSPLIT, $64-56
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ blocks+16(FP), DI
	MOVQ f+24(FP), R15
	MOVQ count+32(FP), R14
	MOVQ from+40(FP), R13

	VMOVDQU64    iota64<>(SB), Z31
	VMOVDQU64    eights<>(SB), Z30
	QUADS(0x0706050403020100, Z29)
	QUADS(0x2020202020202020, Z28)
	QUADS(0x0101010101010101, Z27)
	QUADS(0x0909090909090909, Z26)
	QUADS(0xff, Z25)
	QUADS(0x9e3779b97f4a7c15, Z24)
	QUADS(0x0808080808080808, Z22)
	MOVL         $0xfffffffe, AX
	VPBROADCASTD AX, Y21
	MOVL         $1, AX
	VPBROADCASTD AX, Y20

block:
	MOVQ  0(DI), AX
	TESTQ AX, AX
	JZ    next
	MOVQ  8(DI), BX
	BLSIQ AX, DX
	NEGQ  DX
	ANDQ  DX, BX               // of words that begin here
	KMOVQ AX, K1
	KMOVQ BX, K2
	VPCOMPRESSB.Z Z31, K1, Z0  // where words begin
	VPCOMPRESSB.Z Z31, K2, Z1  // where they end
	POPCNTQ AX, R12
	POPCNTQ BX, R9
	MOVQ  16(DI), R10
	PEXTQ BX, R10, R10         // vague

	// The last may end in the next block.
	MOVQ         24(DI), DX
	MOVQ         32(DI), R8
	TZCNTQ       DX, DX
	SHRXQ        DX, R8, R8
	ANDL         $1, R8
	SHLXQ        R9, R8, R8
	ORQ          R8, R10
	ADDQ         $64, DX
	MOVL         $1, R8
	SHLXQ        R9, R8, R8
	KMOVQ        R8, K3
	VPBROADCASTB DX, K3, Z1
	VPSUBB       Z0, Z1, Z1
	VPADDB       Z27, Z1, Z1
	VPMINUB      Z26, Z1, Z1   // lengths

	VMOVDQU64 (SI), Z2
	VMOVDQU64 64(SI), Z3
	VMOVDQU64 Z0, scratch-64(SP)
	VMOVDQA64 Z30, Z4
	XORL      DX, DX
	VPBROADCASTW R13, X15

eight:
	VPERMB     Z0, Z4, Z5
	VPADDB     Z29, Z5, Z5
	VPERMI2B   Z3, Z2, Z5      // the first eight bytes of each
	VPERMB     Z1, Z4, Z6      // eight times its length
	VPORQ      Z28, Z5, Z5
	VPCMPUB    $1, Z6, Z29, K4 // less
	VMOVDQU8.Z Z5, K4, Z7
	VPTERNLOGQ $0x78, Z25, Z6, Z7 // ^ its length
	VPMULLQ    Z24, Z7, Z7
	VPSRLQ     $32, Z7, Z7
	VPMOVQD    Z7, Y7
	VPANDD     Y21, Y7, Y7
	KMOVB      R10, K5
	VPORD      Y20, Y7, K5, Y7
	VMOVDQU    Y7, HASH(R15)(R14*4)
	VPMOVZXBW  scratch-64(SP)(DX*1), X9
	VPADDW     X15, X9, X9
	VMOVDQU    X9, AT(R15)(R14*2)
	VPADDB     Z22, Z4, Z4
	SHRQ       $8, R10
	ADDQ       $8, DX
	MOVQ       R12, R8
	SUBQ       $8, R12
	JLE        done
	ADDQ       $8, R14
	JMP        eight

done:
	ADDQ R8, R14

next:
	ADDQ $64, SI
	ADDQ $40, DI
	ADDQ $64, R13
	DECQ CX
	JNZ  block
	MOVQ R14, ret+48(FP)
	VZEROUPPER
	RET

// func known512(w *Words, f *Found, count int) (known int)
TEXT ·known512(SB), NOSPLIT, $0-32
	MOVQ  w+0(FP), SI
	MOVQ  f+8(FP), DI
	MOVQ  count+16(FP), CX
	XORL  R8, R8                // words
	XORL  R9, R9                // known
	TESTQ CX, CX
	JZ    end

word:
	MOVL HASH(DI)(R8*4), AX
	MOVL AX, DX
	SHRL $21, DX
	MOVQ (SI)(DX*8), DX
	SHRL $15, AX
	MOVW R8, KNOWN(DI)(R9*2)
	BTQ  AX, DX
	ADCQ $0, R9
	INCQ R8
	CMPQ R8, CX
	JLT  word

end:
	MOVQ R9, known+24(FP)
	RET
