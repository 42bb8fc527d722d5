//go:build !purego

#include "textflag.h"

// Both kernels compare 64 bytes at a time that have tokens with each of the bytes that Kinds are
// about, and write a word of bits for each of Kinds' fields.

#define OF512(c, z) \
	MOVL         $c, AX; \
	VPBROADCASTB AX, z

// TOKENS512 puts the tokens of DX that are bytes of z into the word at off.
#define TOKENS512(z, k, off) \
	VPCMPEQB z, Z0, k; \
	KMOVQ    k, R8; \
	ANDQ     DX, R8; \
	MOVQ     R8, off(DI)

// func kinds512(text *byte, blocks int, tokens *uint64, kinds *Kinds)
TEXT ·kinds512(SB), NOSPLIT, $0-32
	MOVQ text+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ tokens+16(FP), BX
	MOVQ kinds+24(FP), DI
	OF512(0x22, Z1)
	OF512(0x3A, Z2)
	OF512(0x2C, Z3)
	OF512(0x30, Z4)
	OF512(10, Z5)
	OF512(0x2E, Z6)

loop512:
	MOVQ      (BX), DX
	TESTQ     DX, DX
	JZ        next512
	VMOVDQU64 (SI), Z0
	TOKENS512(Z1, K1, 0)
	TOKENS512(Z2, K2, 8)
	TOKENS512(Z3, K3, 16)
	TOKENS512(Z4, K4, 24)
	VPCMPEQB  Z6, Z0, K6
	VPSUBB    Z4, Z0, Z0
	VPCMPUB   $1, Z5, Z0, K5 // less
	KMOVQ     K5, R8
	KMOVQ     K6, R9
	MOVQ      R8, 32(DI)
	MOVQ      R9, 40(DI)

next512:
	ADDQ $64, SI
	ADDQ $8, BX
	ADDQ $48, DI
	DECQ CX
	JNZ  loop512
	VZEROUPPER
	RET

#define OF256(c, x, y) \
	MOVL         $c, AX; \
	VMOVD        AX, x; \
	VPBROADCASTB x, y

// MASK256 sets R8 to the bytes of Y6 and Y7 that are all ones.
#define MASK256 \
	VPMOVMSKB Y6, R8; \
	VPMOVMSKB Y7, R9; \
	SHLQ      $32, R9; \
	ORQ       R9, R8

// TOKENS256 puts the tokens of DX that are bytes of y into the word at off.
#define TOKENS256(y, off) \
	VPCMPEQB y, Y0, Y6; \
	VPCMPEQB y, Y1, Y7; \
	MASK256; \
	ANDQ     DX, R8; \
	MOVQ     R8, off(DI)

// func kinds256(text *byte, blocks int, tokens *uint64, kinds *Kinds)
TEXT ·kinds256(SB), NOSPLIT, $0-32
	MOVQ text+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ tokens+16(FP), BX
	MOVQ kinds+24(FP), DI
	OF256(0x22, X3, Y3)
	OF256(0x3A, X4, Y4)
	OF256(0x2C, X5, Y5)
	OF256(0x30, X8, Y8)
	OF256(9, X9, Y9)
	OF256(0x2E, X10, Y10)

loop256:
	MOVQ    (BX), DX
	TESTQ   DX, DX
	JZ      next256
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	TOKENS256(Y3, 0)
	TOKENS256(Y4, 8)
	TOKENS256(Y5, 16)
	TOKENS256(Y8, 24)
	VPCMPEQB Y10, Y0, Y6
	VPCMPEQB Y10, Y1, Y7
	MASK256
	MOVQ     R8, 40(DI)
	VPSUBB   Y8, Y0, Y0 // beyond nine are others
	VPSUBB   Y8, Y1, Y1
	VPMINUB  Y0, Y9, Y6
	VPMINUB  Y1, Y9, Y7
	VPCMPEQB Y0, Y6, Y6
	VPCMPEQB Y1, Y7, Y7
	MASK256
	MOVQ     R8, 32(DI)

next256:
	ADDQ $64, SI
	ADDQ $8, BX
	ADDQ $48, DI
	DECQ CX
	JNZ  loop256
	VZEROUPPER
	RET
