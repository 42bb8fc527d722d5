//go:build !purego

#include "textflag.h"
#include "go_asm.h"

#define BYTES512(value, z) \
	MOVL $value, AX; \
	VPBROADCASTB AX, z

// func unescape512(dst, text *byte, n int, t *unescapeTables) (wrote, read int)
//
// Of an escape's six bytes at p the first three become a character. The byte at q is made of the
// digits two and three bytes behind it, whichever of the three it is:
//
//	p    E0 | 1st digit
//	p+1  80 | 2nd << 2 | 3rd >> 2     or C0 | …, if the first is not needed
//	p+2  80 | 3rd << 4 & 30 | 4th
//
// The others are left out, when the bytes are compressed. R8 to R15 are words of bits.
TEXT ·unescape512(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ text+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ t+24(FP), DX
	VMOVDQU64 unescapeTables_nibble(DX), Z16
	VMOVDQU64 (unescapeTables_nibble+64)(DX), Z17
	VMOVDQU64 unescapeTables_behind2(DX), Z18
	VMOVDQU64 unescapeTables_behind3(DX), Z19
	VMOVDQU64 unescapeTables_behind4(DX), Z20
	BYTES512(0x5c, Z21)
	BYTES512(0x75, Z22)
	BYTES512(0x80, Z23)
	BYTES512(0xe0, Z24)
	BYTES512(0xc0, Z25)
	BYTES512(0x03, Z26)
	BYTES512(0x30, Z27)
	BYTES512(0xd7, Z28)
	BYTES512(7, Z29)
	BYTES512(0xf0, Z30)

loop:
	VMOVDQU64 (SI), Z0
	VPCMPEQB  Z21, Z0, K1
	KMOVQ     K1, R8 // backslashes
	TESTQ     R8, R8
	JEQ       plain
	VPCMPEQB  Z22, Z0, K1
	KMOVQ     K1, R9
	VMOVDQA64 Z0, Z1
	VPERMI2B  Z17, Z16, Z1
	VPANDQ    Z23, Z0, Z2
	VPORQ     Z2, Z1, Z1 // digits
	VPMOVB2M  Z1, K1
	KMOVQ     K1, R10 // what is none
	VPERMB    Z1, Z18, Z2
	VPERMB    Z1, Z19, Z3
	VPERMB    Z1, Z20, Z4
	VPSLLW    $4, Z2, Z5
	VPANDQ    Z30, Z5, Z6
	VPORQ     Z3, Z6, Z6 // at an escape, the first two digits
	VPCMPUB   $5, Z27, Z6, K1
	VPCMPUB   $2, Z28, Z6, K1, K1
	KMOVQ     K1, R11 // characters of three bytes
	VPTESTNMB Z6, Z6, K2
	VPCMPUB   $6, Z29, Z4, K2, K3 // of U+0080 to U+00FF
	VPTESTMB  Z6, Z6, K2
	VPCMPUB   $2, Z29, Z6, K2, K2 // to U+07FF
	KORQ      K2, K3, K3
	KMOVQ     K3, R12 // of two bytes

	// Up to where: what is no such escape ends it; so do the last bytes, if an escape goes on behind
	// them, but only this turn.
	SHRQ  $1, R9
	MOVQ  R10, R13
	SHRQ  $1, R13
	ORQ   R10, R13
	MOVQ  R13, R14
	SHRQ  $2, R14
	ORQ   R14, R13
	SHRQ  $2, R13 // none, two to five bytes on
	ANDNQ R9, R13, R9
	MOVQ  R11, R13
	ORQ   R12, R13
	ANDQ  R13, R9 // good if a backslash stands before
	ANDQ  R8, R11
	ANDQ  R8, R12
	ANDNQ R8, R9, R9 // backslashes that begin none
	MOVQ  $0x1f, R14
	SHLQ  $59, R14
	ANDQ  R8, R14 // that are too near the end
	ANDNQ R9, R14, R9
	TZCNTQ R9, R9
	TZCNTQ R14, R14
	MOVQ  R14, R10
	CMPQ  R9, R14
	CMOVQLT R9, R10 // how many bytes are read

	// The bytes of characters, and which are kept.
	VPSLLW  $2, Z2, Z7
	VPSRLW  $2, Z3, Z8
	VPANDQ  Z26, Z8, Z8
	VPORQ   Z7, Z8, Z7 // the middle one, or the first of two
	VPANDQ  Z27, Z5, Z5
	VPTERNLOGQ $0xFE, Z3, Z23, Z5 // the last one
	KMOVQ   R11, K1
	VPORQ   Z24, Z2, Z2
	VMOVDQU8 Z2, K1, Z0
	LEAQ    (R11)(R11*1), R13
	KMOVQ   R13, K2
	VPORQ   Z23, Z7, Z8
	VMOVDQU8 Z8, K2, Z0
	LEAQ    (R12)(R12*1), R15
	KMOVQ   R15, K3
	VPORQ   Z25, Z7, Z8
	VMOVDQU8 Z8, K3, Z0
	ORQ     R15, R13 // the second bytes
	LEAQ    (R13)(R13*1), R15
	KMOVQ   R15, K4
	VMOVDQU8 Z5, K4, Z0
	ORQ     R13, R15
	ORQ     R11, R15 // what is kept of escapes
	ORQ     R11, R12
	LEAQ    (R12)(R12*1), R8
	ORQ     R12, R8
	SHLQ    $2, R12
	ORQ     R12, R8
	LEAQ    (R8*8), R12
	ORQ     R12, R8 // all six bytes
	ANDNQ   R8, R15, R8
	NOTQ    R8
	BZHIQ   R10, R8, R8
	KMOVQ   R8, K1
	VPCOMPRESSB Z0, K1, Z0
	VMOVDQU64 Z0, (DI)
	POPCNTQ R8, R8
	ADDQ    R8, DI
	ADDQ    R10, SI
	SUBQ    R10, CX
	CMPQ    R9, R14
	JLT     done
	CMPQ    CX, $64
	JGE     loop
	JMP     done

plain:
	VMOVDQU64 Z0, (DI)
	ADDQ $64, DI
	ADDQ $64, SI
	SUBQ $64, CX
	CMPQ CX, $64
	JGE  loop

done:
	SUBQ dst+0(FP), DI
	SUBQ text+8(FP), SI
	MOVQ DI, wrote+32(FP)
	MOVQ SI, read+40(FP)
	VZEROUPPER
	RET
