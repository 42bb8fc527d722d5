//go:build !purego

#include "textflag.h"
#include "logic_amd64.h"

// Offsets in buckets: see buckets.go. TestLayout holds them.
#define CLASS 0
#define SET0 128
#define SET1 640
#define KINDS 1152

// func scan512(text *byte, n int, tail *byte, m int, b *buckets, escape uint64, w *words)
//
// n blocks at text, then m at tail. Z14-Z31 have tables, Z4-Z13 constants.
TEXT ·scan512(SB), NOSPLIT, $0-56
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ b+32(FP), DX
	MOVQ w+48(FP), DI

	VMOVDQU64 CLASS(DX), Z14
	VMOVDQU64 (CLASS+64)(DX), Z15
	VMOVDQU64 (SET0+0)(DX), Z16
	VMOVDQU64 (SET0+64)(DX), Z17
	VMOVDQU64 (SET0+128)(DX), Z18
	VMOVDQU64 (SET0+192)(DX), Z19
	VMOVDQU64 (SET0+256)(DX), Z20
	VMOVDQU64 (SET0+320)(DX), Z21
	VMOVDQU64 (SET0+384)(DX), Z22
	VMOVDQU64 (SET0+448)(DX), Z23
	VMOVDQU64 (SET1+0)(DX), Z24
	VMOVDQU64 (SET1+64)(DX), Z25
	VMOVDQU64 (SET1+128)(DX), Z26
	VMOVDQU64 (SET1+192)(DX), Z27
	VMOVDQU64 (SET1+256)(DX), Z28
	VMOVDQU64 (SET1+320)(DX), Z29
	VMOVDQU64 (SET1+384)(DX), Z30
	VMOVDQU64 (SET1+448)(DX), Z31
	VPBROADCASTB (KINDS+0)(DX), Z4  // words
	VPBROADCASTB (KINDS+1)(DX), Z5  // digits
	VPBROADCASTB (KINDS+2)(DX), Z6  // runs
	VPBROADCASTB (KINDS+3)(DX), Z7  // anywhere

	// The bits of classes, and the byte that those above 0x7F become.
	MOVL         $1, R8
	VPBROADCASTB R8, Z8             // digit
	MOVL         $2, R8
	VPBROADCASTB R8, Z9             // word
	MOVL         $4, R8
	VPBROADCASTB R8, Z10            // separator
	MOVL         $8, R8
	ANDQ         escape+40(FP), R8
	VPBROADCASTB R8, Z11            // what makes an escape
	MOVL         $16, R8
	VPBROADCASTB R8, Z12            // backslash
	MOVL         $0x7f, R8
	VPBROADCASTB R8, Z13

	LOAD_CARRY
	TESTQ CX, CX
	JZ    rest

loop:
	// Classes.
	VPMINUB  (SI), Z13, Z0
	VPERMI2B Z15, Z14, Z0
	VPTESTMB Z12, Z0, K5
	VPTESTMB Z11, Z0, K6
	KMOVQ    K5, AX
	KMOVQ    K6, R8
	VPTESTMB Z9, Z0, K5
	VPTESTMB Z8, Z0, K6
	VPTESTMB Z10, Z0, K7

	// The first set of buckets, over four windows.
	VMOVDQU64  0(SI), Z0
	VMOVDQU64  1(SI), Z1
	VMOVDQU64  2(SI), Z2
	VMOVDQU64  3(SI), Z3
	VPERMI2B   Z17, Z16, Z0
	VPERMI2B   Z19, Z18, Z1
	VPERMI2B   Z21, Z20, Z2
	VPERMI2B   Z23, Z22, Z3
	VPTERNLOGQ $0x80, Z2, Z1, Z0
	VPTESTMB   Z3, Z0, K1

	// The second.
	VMOVDQU64  0(SI), Z0
	VMOVDQU64  1(SI), Z1
	VMOVDQU64  2(SI), Z2
	VMOVDQU64  3(SI), Z3
	VPERMI2B   Z25, Z24, Z0
	VPERMI2B   Z27, Z26, Z1
	VPERMI2B   Z29, Z28, Z2
	VPERMI2B   Z31, Z30, Z3
	VPTERNLOGQ $0x80, Z2, Z1, Z0
	VPANDQ     Z3, Z0, Z0
	VPTESTMB   Z4, Z0, K0
	VPTESTMB   Z5, Z0, K2
	VPTESTMB   Z6, Z0, K3
	VPTESTMB   Z7, Z0, K4
	KORQ       K0, K1, K1

	ESCAPES
	KMOVQ K5, AX
	WORDS
	KMOVQ K6, AX
	DIGITS
	KMOVQ K1, R14
	OF_WORDS
	KMOVQ K2, R14
	OF_DIGITS
	KMOVQ K4, R14
	ANYWHERE
	KMOVQ K3, R14
	OF_RUNS
	KMOVQ K7, R8
	SEPARATORS

	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNZ  loop

rest:
	MOVQ  m+24(FP), CX
	MOVQ  tail+16(FP), SI
	MOVQ  $0, m+24(FP)
	TESTQ CX, CX
	JNZ   loop
	VZEROUPPER
	RET

// func runs512(w *words, n int, steps *[5]uint64)
//
// Eight words at a time: what goes on with a run, ANDed with what does so a step further,
// again and again. Z0 has the words, Z1 those behind each.
#define STEP(by) \
	VMOVDQA64 Z0, Z2        \
	VPSHRDVQ  by, Z1, Z2    \
	VPSRLVQ   by, Z1, Z3    \
	VPANDQ    Z2, Z0, Z0    \
	VPANDQ    Z3, Z1, Z1

TEXT ·runs512(SB), NOSPLIT, $0-24
	MOVQ w+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ steps+16(FP), DX
	LEAQ NONZERO(DI), SI

	VPBROADCASTQ 0(DX), Z4
	VPBROADCASTQ 8(DX), Z5
	VPBROADCASTQ 16(DX), Z6
	VPBROADCASTQ 24(DX), Z7
	VPBROADCASTQ 32(DX), Z8

next:
	VMOVDQU64 RUN(DI), Z0
	VMOVDQU64 (RUN+8)(DI), Z1
	STEP(Z4)
	STEP(Z5)
	STEP(Z6)
	STEP(Z7)
	STEP(Z8)
	VMOVDQU64 Z0, RUN(DI)
	VPANDQ    RUNS(DI), Z0, Z0
	VPORQ     (DI), Z0, Z0
	VMOVDQU64 Z0, (DI)
	VPTESTMQ  Z0, Z0, K1
	KMOVB     K1, (SI)

	// Letters of escapes, and the five places behind each.
	VMOVDQU64  LETTERS(DI), Z0
	VMOVDQU64  (LETTERS-8)(DI), Z1
	VPSHLDQ    $1, Z1, Z0, Z2
	VPSLLQ     $1, Z1, Z3
	VPORQ      Z2, Z0, Z0
	VPORQ      Z3, Z1, Z1
	VPSHLDQ    $2, Z1, Z0, Z2
	VPSHLDQ    $4, Z1, Z0, Z3
	VPTERNLOGQ $0xfe, Z3, Z2, Z0
	VMOVDQU64  Z0, SPECIAL(DI)

	ADDQ $64, DI
	INCQ SI
	SUBQ $8, CX
	JG   next
	VZEROUPPER
	RET
