//go:build !purego

#include "textflag.h"

// Offsets in buckets and words: see buckets.go and vector.go. TestLayout holds them.
#define CLASS 0
#define SET0 128
#define SET1 640
#define KIND_DIGIT 1153
#define KIND_RUN 1154
#define KIND_ANY 1155
#define RUNS 640
#define RUN 1280

// func scan512(text *byte, n int, b *buckets, escape uint64, c *carry, out *uint64)
//
// Registers: Z14-Z31 tables, Z5-Z13 constants, Z0-Z4 the block at hand. R10-R13 and BX
// carry a bit or more to the next block: backslash, word, digit, letters of escapes,
// separator.
TEXT ·scan512(SB), NOSPLIT, $0-48
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ b+16(FP), DX
	MOVQ c+32(FP), AX
	MOVQ out+40(FP), DI

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
	VPBROADCASTB KIND_DIGIT(DX), Z5
	VPBROADCASTB KIND_RUN(DX), Z6
	VPBROADCASTB KIND_ANY(DX), Z7

	MOVQ 0(AX), R10
	MOVQ 8(AX), R11
	MOVQ 16(AX), R12
	MOVQ 24(AX), R13
	MOVQ 32(AX), BX

	// Constants: the bits of classes, and the byte that those above 0x7F become.
	MOVL $1, R8
	VPBROADCASTB R8, Z8   // digit
	MOVL $2, R8
	VPBROADCASTB R8, Z9   // word
	MOVL $4, R8
	VPBROADCASTB R8, Z10  // separator
	MOVL $8, R8
	ANDQ escape+24(FP), R8
	VPBROADCASTB R8, Z11  // letter of an escape
	MOVL $16, R8
	VPBROADCASTB R8, Z12  // backslash
	MOVL $0x7f, R8
	VPBROADCASTB R8, Z13

	TESTQ CX, CX
	JZ    done

loop:
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
	VPTESTMB   Z3, Z0, K1         // words

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
	VPTESTMB   Z5, Z0, K2         // digits
	VPTESTMB   Z6, Z0, K3         // runs
	VPTESTMB   Z7, Z0, K4         // anywhere

	// Classes.
	VPMINUB  (SI), Z13, Z4
	VPERMI2B Z15, Z14, Z4
	VPTESTMB Z12, Z4, K5
	VPTESTMB Z11, Z4, K6
	VPTESTMB Z9, Z4, K7
	KMOVQ    K5, AX
	KMOVQ    K6, R8
	VPTESTMB Z8, Z4, K5
	VPTESTMB Z10, Z4, K6

	// DX = E: letters of escapes, which stand behind a backslash.
	LEAQ (R10)(AX*2), DX
	MOVQ AX, R10
	SHRQ $63, R10
	ANDQ R8, DX

	// R9: places that count as starts because of an escape.
	MOVQ DX, R9
	SHLQ $5, R9
	ORQ  R13, R9
	MOVQ DX, R13
	SHRQ $59, R13

	// R8: not in the middle of a word.
	KMOVQ K7, AX
	ANDNQ AX, DX, AX
	LEAQ  (R11)(AX*2), R8
	MOVQ  AX, R11
	SHRQ  $63, R11
	ANDQ  AX, R8
	NOTQ  R8
	ORQ   R9, R8

	// R9: not in the middle of digits; DX: where a digit was before.
	KMOVQ K5, AX
	LEAQ  (R12)(AX*2), DX
	MOVQ  AX, R12
	SHRQ  $63, R12
	MOVQ  DX, R14
	ANDQ  AX, R14
	NOTQ  R14
	ORQ   R14, R9

	// Candidates.
	KMOVQ K1, R14
	ANDQ  R14, R8
	KMOVQ K2, R14
	ANDQ  R9, R14
	ORQ   R14, R8
	KMOVQ K4, R14
	ORQ   R14, R8
	MOVQ  R8, (DI)
	KMOVQ K3, R14
	ANDQ  R9, R14
	MOVQ  R14, RUNS(DI)

	// A run goes on with digits, a separator behind one, and one behind that.
	KMOVQ K6, R8
	ANDQ  R8, DX
	ORQ   DX, AX
	LEAQ  (BX)(DX*2), R9
	MOVQ  DX, BX
	SHRQ  $63, BX
	ANDQ  R8, R9
	ORQ   R9, AX
	MOVQ  AX, RUN(DI)

	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNZ  loop

	MOVQ c+32(FP), AX
	MOVQ R10, 0(AX)
	MOVQ R11, 8(AX)
	MOVQ R12, 16(AX)
	MOVQ R13, 24(AX)
	MOVQ BX, 32(AX)

done:
	VZEROUPPER
	RET

// func runs512(w *uint64, n int, steps *[5]uint64, nonzero *uint8)
//
// Eight words at a time: what goes on with a run, ANDed with what does so a step further,
// again and again. Z0 has the words, Z1 those behind each.
#define STEP(by) \
	VMOVDQA64 Z0, Z2        \
	VPSHRDVQ  by, Z1, Z2    \
	VPSRLVQ   by, Z1, Z3    \
	VPANDQ    Z2, Z0, Z0    \
	VPANDQ    Z3, Z1, Z1

TEXT ·runs512(SB), NOSPLIT, $0-32
	MOVQ w+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ steps+16(FP), DX
	MOVQ nonzero+24(FP), SI

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

	ADDQ $64, DI
	INCQ SI
	SUBQ $8, CX
	JG   next
	VZEROUPPER
	RET
