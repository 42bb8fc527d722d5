//go:build !purego

#include "textflag.h"
#include "logic_amd64.h"

// Offsets in nibbles: see buckets.go. TestLayout holds them.
#define CLASSES 0
#define SEPARATOR 32
#define SET0 64
#define SET1 256
#define SET2 448
#define OTHERS 640
#define MORE 644

// Y6 and Y7 have 64 bytes of text, Y8 and Y9 the high halves of each. A look-up by a byte
// is one by its low half, but that of a byte above 0x7F gives 0.
#define WINDOW(at) \
	VMOVDQU at(SI), Y6            \
	VMOVDQU (at+32)(SI), Y7       \
	VPSRLW  $4, Y6, Y8            \
	VPSRLW  $4, Y7, Y9            \
	VPAND   Y15, Y8, Y8           \
	VPAND   Y15, Y9, Y9

// What the table for low halves and the one behind it for high halves have in common.
#define COMMON(table, a, b) \
	VBROADCASTI128 table(R15), Y10      \
	VPSHUFB        Y6, Y10, a           \
	VPSHUFB        Y7, Y10, b           \
	VBROADCASTI128 (table+16)(R15), Y10 \
	VPSHUFB        Y8, Y10, Y12         \
	VPSHUFB        Y9, Y10, Y13         \
	VPAND          Y12, a, a            \
	VPAND          Y13, b, b

// What either has: the buckets that reject.
#define EITHER(table, a, b) \
	VBROADCASTI128 table(R15), Y10      \
	VPSHUFB        Y6, Y10, a           \
	VPSHUFB        Y7, Y10, b           \
	VBROADCASTI128 (table+16)(R15), Y10 \
	VPSHUFB        Y8, Y10, Y12         \
	VPSHUFB        Y9, Y10, Y13         \
	VPOR           Y12, a, a            \
	VPOR           Y13, b, b

#define OR_EITHER(table, a, b) \
	VBROADCASTI128 table(R15), Y10      \
	VPSHUFB        Y6, Y10, Y12         \
	VPSHUFB        Y7, Y10, Y13         \
	VBROADCASTI128 (table+16)(R15), Y10 \
	VPOR           Y12, a, a            \
	VPOR           Y13, b, b            \
	VPSHUFB        Y8, Y10, Y12         \
	VPSHUFB        Y9, Y10, Y13         \
	VPOR           Y12, a, a            \
	VPOR           Y13, b, b

// The highest bits of 64 bytes.
#define HIGHEST(a, b, to) \
	VPMOVMSKB b, to               \
	VPMOVMSKB a, R14              \
	SHLQ      $32, to             \
	ORQ       R14, to

// Which of 64 bytes have all bits. Y14 has, too.
#define FULL(a, b, to) \
	VPCMPEQB a, Y14, Y12          \
	VPCMPEQB b, Y14, Y13          \
	HIGHEST(Y12, Y13, to)

// R14: which of 64 places a bucket of a kind accepts. Y2 and Y3 have those that reject.
#define OF_KIND(kind) \
	VPBROADCASTB (OTHERS+kind)(R15), Y10 \
	VPOR         Y10, Y2, Y12            \
	VPOR         Y10, Y3, Y13            \
	VPCMPEQB     Y12, Y14, Y12           \
	VPCMPEQB     Y13, Y14, Y13           \
	VPMOVMSKB    Y12, R14                \
	VPMOVMSKB    Y13, AX                 \
	SHLQ         $32, AX                 \
	ORQ          AX, R14                 \
	NOTQ         R14

// func scan256(text *byte, n int, tail *byte, m int, b *nibbles, escape uint64, w *words)
//
// n blocks at text, then m at tail. Y0-Y3 have the buckets that reject, of both sets.
TEXT ·scan256(SB), NOSPLIT, $16-56
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ b+32(FP), R15
	MOVQ w+48(FP), DI

	MOVL         $0x0f, R8
	VMOVQ        R8, X15
	VPBROADCASTB X15, Y15
	VPCMPEQB     Y14, Y14, Y14
	MOVL         $0x70, R8
	VMOVQ        R8, X11
	VPBROADCASTB X11, Y11

	LOAD_CARRY
	TESTQ CX, CX
	JZ    rest

loop:
	WINDOW(0)
	COMMON(CLASSES, Y0, Y1)
	VPSLLW $4, Y0, Y2
	VPSLLW $4, Y1, Y3
	HIGHEST(Y2, Y3, AX)           // backslashes
	VPSLLW $5, Y0, Y2
	VPSLLW $5, Y1, Y3
	HIGHEST(Y2, Y3, R8)           // what makes an escape
	ANDQ escape+40(FP), R8
	ESCAPES
	VPADDUSB Y11, Y0, Y2          // any of the highest four carries into the last
	VPADDUSB Y11, Y1, Y3
	HIGHEST(Y2, Y3, AX)
	WORDS
	HIGHEST(Y0, Y1, AX)
	DIGITS
	MOVQ R8, words-8(SP)
	MOVQ R9, digits-16(SP)
	COMMON(SEPARATOR, Y0, Y1)
	VPXOR Y2, Y2, Y2
	VPCMPEQB Y2, Y0, Y0
	VPCMPEQB Y2, Y1, Y1
	HIGHEST(Y0, Y1, R8)
	NOTQ R8
	SEPARATORS

	EITHER(SET0+0, Y0, Y1)
	EITHER(SET1+0, Y2, Y3)
	WINDOW(1)
	OR_EITHER(SET0+32, Y0, Y1)
	OR_EITHER(SET1+32, Y2, Y3)
	WINDOW(2)
	OR_EITHER(SET0+64, Y0, Y1)
	OR_EITHER(SET1+64, Y2, Y3)
	WINDOW(3)
	OR_EITHER(SET0+96, Y0, Y1)
	OR_EITHER(SET1+96, Y2, Y3)
	WINDOW(4)
	OR_EITHER(SET0+128, Y0, Y1)
	OR_EITHER(SET1+128, Y2, Y3)
	WINDOW(5)
	OR_EITHER(SET0+160, Y0, Y1)
	OR_EITHER(SET1+160, Y2, Y3)

	// The third set, if there is one.
	CMPB MORE(R15), $0
	JEQ  test
	EITHER(SET2+160, Y4, Y5)
	WINDOW(4)
	OR_EITHER(SET2+128, Y4, Y5)
	WINDOW(3)
	OR_EITHER(SET2+96, Y4, Y5)
	WINDOW(2)
	OR_EITHER(SET2+64, Y4, Y5)
	WINDOW(1)
	OR_EITHER(SET2+32, Y4, Y5)
	WINDOW(0)
	OR_EITHER(SET2+0, Y4, Y5)
	VPAND Y4, Y2, Y2              // rejected by both
	VPAND Y5, Y3, Y3

test:
	VPBROADCASTB OTHERS(R15), Y10 // words, of both sets
	VPOR         Y10, Y2, Y12
	VPOR         Y10, Y3, Y13
	VPAND        Y12, Y0, Y0
	VPAND        Y13, Y1, Y1
	FULL(Y0, Y1, AX)
	MOVQ  words-8(SP), R8
	MOVQ  digits-16(SP), R9
	ANDNQ R8, AX, R8
	OF_KIND(1)
	OF_DIGITS
	OF_KIND(3)
	ANYWHERE
	OF_KIND(2)
	OF_RUNS

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
