//go:build !purego

#include "textflag.h"
#include "logic_amd64.h"

// Offsets in nibbles: see buckets.go. TestLayout holds them.
#define CLASSES 0
#define SEPARATOR 32
#define SETS 64
#define KINDS 448
#define MASKS 452

// What a byte is, by its halves: a table for the low half and one for the high one, ANDed.
// Y12 and Y13 have the low halves of 64 bytes, Y14 and Y15 the high ones.
#define HALVES(at) \
	VMOVDQU at(SI), Y12           \
	VMOVDQU (at+32)(SI), Y13      \
	VPSRLW  $4, Y12, Y14          \
	VPSRLW  $4, Y13, Y15          \
	VPAND   Y11, Y12, Y12         \
	VPAND   Y11, Y13, Y13         \
	VPAND   Y11, Y14, Y14         \
	VPAND   Y11, Y15, Y15

#define LOOKUP(table, a, b) \
	VBROADCASTI128 table(DX), Y4      \
	VBROADCASTI128 (table+16)(DX), Y5 \
	VPSHUFB        Y12, Y4, a         \
	VPSHUFB        Y13, Y4, b         \
	VPSHUFB        Y14, Y5, Y6        \
	VPSHUFB        Y15, Y5, Y7        \
	VPAND          Y6, a, a           \
	VPAND          Y7, b, b

#define AND_LOOKUP(table, a, b) \
	LOOKUP(table, Y8, Y9)             \
	VPAND Y8, a, a                    \
	VPAND Y9, b, b

// Which of 64 bytes, in a and b, have a bit of mask. Y10 is zero.
#define TEST(mask, a, b, to) \
	VPBROADCASTB mask(DX), Y4         \
	VPAND        Y4, a, Y5            \
	VPAND        Y4, b, Y6            \
	ANY(Y5, Y6, to)

#define ANY(a, b, to) \
	VPCMPEQB  Y10, a, Y5              \
	VPCMPEQB  Y10, b, Y6              \
	VPMOVMSKB Y5, AX                  \
	VPMOVMSKB Y6, R8                  \
	SHLQ      $32, R8                 \
	ORQ       R8, AX                  \
	NOTQ      AX                      \
	MOVQ      AX, to

// func scan256(text *byte, n int, tail *byte, m int, b *nibbles, escape uint64, w *words)
//
// n blocks at text, then m at tail. Y0-Y3 have the buckets that accept, of both sets.
TEXT ·scan256(SB), NOSPLIT, $80-56
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ w+48(FP), DI

	VPXOR        Y10, Y10, Y10
	MOVL         $0x0f, R8
	VMOVQ        R8, X11
	VPBROADCASTB X11, Y11

	LOAD_CARRY
	TESTQ CX, CX
	JZ    rest

loop:
	MOVQ b+32(FP), DX
	HALVES(0)
	LOOKUP(CLASSES, Y8, Y9)
	TEST(MASKS+0, Y8, Y9, digits-8(SP))
	TEST(MASKS+1, Y8, Y9, words-16(SP))
	TEST(MASKS+2, Y8, Y9, backslashes-24(SP))
	TEST(MASKS+3, Y8, Y9, letters-32(SP))
	LOOKUP(SEPARATOR, Y8, Y9)
	ANY(Y8, Y9, separators-40(SP))

	LOOKUP(SETS+0, Y0, Y1)
	LOOKUP(SETS+192, Y2, Y3)
	HALVES(1)
	AND_LOOKUP(SETS+32, Y0, Y1)
	AND_LOOKUP(SETS+224, Y2, Y3)
	HALVES(2)
	AND_LOOKUP(SETS+64, Y0, Y1)
	AND_LOOKUP(SETS+256, Y2, Y3)
	HALVES(3)
	AND_LOOKUP(SETS+96, Y0, Y1)
	AND_LOOKUP(SETS+288, Y2, Y3)
	HALVES(4)
	AND_LOOKUP(SETS+128, Y0, Y1)
	AND_LOOKUP(SETS+320, Y2, Y3)
	HALVES(5)
	AND_LOOKUP(SETS+160, Y0, Y1)
	AND_LOOKUP(SETS+352, Y2, Y3)

	TEST(KINDS+1, Y2, Y3, ofDigits-48(SP))
	TEST(KINDS+2, Y2, Y3, ofRuns-56(SP))
	TEST(KINDS+3, Y2, Y3, anywhere-64(SP))
	VPBROADCASTB KINDS(DX), Y4      // words, of both sets
	VPAND        Y4, Y2, Y2
	VPAND        Y4, Y3, Y3
	VPOR         Y2, Y0, Y0
	VPOR         Y3, Y1, Y1
	ANY(Y0, Y1, ofWords-72(SP))

	MOVQ backslashes-24(SP), AX
	MOVQ letters-32(SP), R8
	ANDQ escape+40(FP), R8
	ESCAPES
	MOVQ words-16(SP), AX
	WORDS
	MOVQ digits-8(SP), AX
	DIGITS
	MOVQ ofWords-72(SP), R14
	OF_WORDS
	MOVQ ofDigits-48(SP), R14
	OF_DIGITS
	MOVQ anywhere-64(SP), R14
	ANYWHERE
	MOVQ ofRuns-56(SP), R14
	OF_RUNS
	MOVQ separators-40(SP), R8
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

// func runs256(w *words, n int, steps *[5]uint64)
//
// As runs512, four words at a time, twice.
#define STEP(k) \
	VMOVQ  (k*8)(DX), X4              \
	MOVQ   $64, AX                    \
	SUBQ   (k*8)(DX), AX              \
	VMOVQ  AX, X5                     \
	VPSRLQ X4, Y0, Y2                 \
	VPSLLQ X5, Y1, Y3                 \
	VPSRLQ X4, Y1, Y6                 \
	VPOR   Y3, Y2, Y2                 \
	VPAND  Y2, Y0, Y0                 \
	VPAND  Y6, Y1, Y1

#define FOUR(at) \
	VMOVDQU (RUN+at)(DI), Y0          \
	VMOVDQU (RUN+at+8)(DI), Y1        \
	STEP(0)                           \
	STEP(1)                           \
	STEP(2)                           \
	STEP(3)                           \
	STEP(4)                           \
	VMOVDQU Y0, (RUN+at)(DI)          \
	VPAND   (RUNS+at)(DI), Y0, Y0     \
	VPOR    at(DI), Y0, Y0            \
	VMOVDQU Y0, at(DI)                \
	VPCMPEQQ  Y7, Y0, Y0              \
	VMOVMSKPD Y0, R8                  \
	VMOVDQU (LETTERS+at)(DI), Y0      \
	VMOVDQU (LETTERS+at-8)(DI), Y1    \
	VPADDQ  Y0, Y0, Y2                \
	VPSRLQ  $63, Y1, Y3               \
	VPADDQ  Y1, Y1, Y4                \
	VPOR    Y2, Y0, Y0                \
	VPOR    Y3, Y0, Y0                \
	VPOR    Y4, Y1, Y1                \
	VPSLLQ  $2, Y0, Y2                \
	VPSRLQ  $62, Y1, Y3               \
	VPSLLQ  $4, Y0, Y4                \
	VPSRLQ  $60, Y1, Y5               \
	VPOR    Y2, Y0, Y0                \
	VPOR    Y3, Y0, Y0                \
	VPOR    Y4, Y0, Y0                \
	VPOR    Y5, Y0, Y0                \
	VMOVDQU Y0, (SPECIAL+at)(DI)

TEXT ·runs256(SB), NOSPLIT, $0-24
	MOVQ w+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ steps+16(FP), DX
	LEAQ NONZERO(DI), SI
	VPXOR Y7, Y7, Y7

next:
	FOUR(0)
	MOVQ R8, R9
	FOUR(32)
	SHLQ $4, R8
	ORQ  R9, R8
	NOTQ R8
	MOVB R8, (SI)

	ADDQ $64, DI
	INCQ SI
	SUBQ $8, CX
	JG   next
	VZEROUPPER
	RET
