//go:build !purego

#include "textflag.h"

// func letters512(text *byte, blocks int, escapes *uint64, t *[4][128]uint8) (took uint64)
//
// Where an escape's u is, four tables agree about the four bytes behind it.
TEXT ·letters512(SB), NOSPLIT, $0-40
	MOVQ text+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ escapes+16(FP), DI
	MOVQ t+24(FP), DX
	VMOVDQU64 (DX), Z16
	VMOVDQU64 64(DX), Z17
	VMOVDQU64 128(DX), Z18
	VMOVDQU64 192(DX), Z19
	VMOVDQU64 256(DX), Z20
	VMOVDQU64 320(DX), Z21
	VMOVDQU64 384(DX), Z22
	VMOVDQU64 448(DX), Z23
	MOVL $0x5c, AX
	VPBROADCASTB AX, Z24
	MOVL $0x75, AX
	VPBROADCASTB AX, Z25
	XORL R8, R8

loop:
	MOVQ  (DI), DX
	TESTQ DX, DX
	JEQ   next
	VMOVDQU64  1(SI), Z1
	VMOVDQU64  2(SI), Z2
	VMOVDQU64  3(SI), Z3
	VMOVDQU64  4(SI), Z4
	VPCMPEQB   -2(SI), Z24, K1
	VPCMPEQB   (SI), Z25, K2
	VMOVDQA64  Z1, Z5
	VPTERNLOGQ $0xFE, Z2, Z3, Z5
	VPORQ      Z4, Z5, Z5
	VPMOVB2M   Z5, K3 // which the tables take for others
	VPERMI2B   Z17, Z16, Z1
	VPERMI2B   Z19, Z18, Z2
	VPERMI2B   Z21, Z20, Z3
	VPERMI2B   Z23, Z22, Z4
	VPTERNLOGQ $0x80, Z2, Z3, Z1
	VPTESTMB   Z4, Z1, K4
	KORQ       K1, K3, K1
	KANDNQ     K4, K1, K1
	KANDQ      K2, K1, K1
	KMOVQ      K1, AX
	ANDQ       DX, AX
	ORQ        AX, R8
	XORQ       AX, DX
	MOVQ       DX, (DI)

next:
	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNE  loop
	MOVQ R8, took+32(FP)
	VZEROUPPER
	RET
