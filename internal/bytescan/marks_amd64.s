//go:build !purego

#include "textflag.h"

// Both kernels compare 64 bytes at a time with each of the bytes that Marks are about, and
// write a word of bits for each of Marks' fields.

#define BYTE512(c, z) \
	MOVL         $c, AX; \
	VPBROADCASTB AX, z

// func marks512(text *byte, blocks int, marks *Marks)
TEXT ·marks512(SB), NOSPLIT, $0-24
	MOVQ text+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ marks+16(FP), DI
	BYTE512(0x3A, Z1)
	BYTE512(0x0A, Z2)
	BYTE512(0x5C, Z3)
	BYTE512(0x7C, Z4)
	BYTE512(0x3B, Z5)
	BYTE512(0x09, Z6)
	BYTE512(0x2C, Z7)
	BYTE512(0x6E, Z8)
	BYTE512(0x74, Z9)

loop512:
	VMOVDQU64 (SI), Z0
	VPCMPEQB  Z1, Z0, K1
	VPCMPEQB  Z2, Z0, K2
	VPCMPEQB  Z3, Z0, K3
	VPCMPEQB  Z4, Z0, K4
	VPCMPEQB  Z5, Z0, K5
	VPCMPEQB  Z6, Z0, K6
	KORQ      K5, K4, K4
	KORQ      K6, K4, K4
	VPCMPEQB  Z7, Z0, K5
	VPCMPEQB  Z8, Z0, K6
	VPCMPEQB  Z9, Z0, K7
	KMOVQ     K1, R8
	KMOVQ     K2, R9
	KMOVQ     K3, R10
	KMOVQ     K4, R11
	MOVQ      R8, 0(DI)
	MOVQ      R9, 8(DI)
	MOVQ      R10, 16(DI)
	MOVQ      R11, 24(DI)
	KMOVQ     K5, R8
	KMOVQ     K6, R9
	KMOVQ     K7, R10
	MOVQ      R8, 32(DI)
	MOVQ      R9, 40(DI)
	MOVQ      R10, 48(DI)
	ADDQ      $64, SI
	ADDQ      $56, DI
	DECQ      CX
	JNZ       loop512
	VZEROUPPER
	RET

#define BYTE256(c, x, y) \
	MOVL         $c, AX; \
	VMOVD        AX, x; \
	VPBROADCASTB x, y

// EQUAL256 puts where the bytes of Y0 and Y10 are those of y into the word at off.
#define EQUAL256(y, off) \
	VPCMPEQB  y, Y0, Y11; \
	VPCMPEQB  y, Y10, Y12; \
	VPMOVMSKB Y11, R8; \
	VPMOVMSKB Y12, R9; \
	SHLQ      $32, R9; \
	ORQ       R9, R8; \
	MOVQ      R8, off(DI)

// func marks256(text *byte, blocks int, marks *Marks)
TEXT ·marks256(SB), NOSPLIT, $0-24
	MOVQ text+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ marks+16(FP), DI
	BYTE256(0x3A, X1, Y1)
	BYTE256(0x0A, X2, Y2)
	BYTE256(0x5C, X3, Y3)
	BYTE256(0x7C, X4, Y4)
	BYTE256(0x3B, X5, Y5)
	BYTE256(0x09, X6, Y6)
	BYTE256(0x2C, X7, Y7)
	BYTE256(0x6E, X8, Y8)
	BYTE256(0x74, X9, Y9)

loop256:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y10
	EQUAL256(Y1, 0)
	EQUAL256(Y2, 8)
	EQUAL256(Y3, 16)
	EQUAL256(Y7, 32)
	EQUAL256(Y8, 40)
	EQUAL256(Y9, 48)
	VPCMPEQB  Y4, Y0, Y11
	VPCMPEQB  Y4, Y10, Y12
	VPCMPEQB  Y5, Y0, Y13
	VPCMPEQB  Y5, Y10, Y14
	VPOR      Y13, Y11, Y11
	VPOR      Y14, Y12, Y12
	VPCMPEQB  Y6, Y0, Y13
	VPCMPEQB  Y6, Y10, Y14
	VPOR      Y13, Y11, Y11
	VPOR      Y14, Y12, Y12
	VPMOVMSKB Y11, R8
	VPMOVMSKB Y12, R9
	SHLQ      $32, R9
	ORQ       R9, R8
	MOVQ      R8, 24(DI)
	ADDQ      $64, SI
	ADDQ      $56, DI
	DECQ      CX
	JNZ       loop256
	VZEROUPPER
	RET
