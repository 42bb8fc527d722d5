//go:build !purego

#include "textflag.h"
#include "logic_amd64.h"

// Offsets in buckets: see buckets.go. TestLayout holds them.
#define CLASS 0
#define SET0 128
#define SET1 896
#define SET2 1664
#define KINDS 2432
#define MORE 2436

// Looks the bytes of a window up in a table, into Z1.
#define MORE_WINDOW(table, at) \
	VMOVDQU64 at(SI), Z1               \
	VMOVDQU64 table(R15), Z2           \
	VPERMI2B  (table+64)(R15), Z2, Z1

// func scan512(text *byte, n int, tail *byte, m int, b *buckets, escape uint64, w *words)
//
// n blocks at text, then m at tail. Z14-Z31 have tables, Z4-Z13 constants.
TEXT ·scan512(SB), NOSPLIT, $0-56
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ b+32(FP), R15
	MOVQ w+48(FP), DI

	// Four tables have their upper halves in memory.
	VMOVDQU64 CLASS(R15), Z14
	VMOVDQU64 (SET0+512)(R15), Z15
	VMOVDQU64 (SET0+0)(R15), Z16
	VMOVDQU64 (SET1+512)(R15), Z17
	VMOVDQU64 (SET0+128)(R15), Z18
	VMOVDQU64 (SET0+192)(R15), Z19
	VMOVDQU64 (SET0+256)(R15), Z20
	VMOVDQU64 (SET0+320)(R15), Z21
	VMOVDQU64 (SET0+384)(R15), Z22
	VMOVDQU64 (SET0+448)(R15), Z23
	VMOVDQU64 (SET1+0)(R15), Z24
	VMOVDQU64 (SET1+64)(R15), Z25
	VMOVDQU64 (SET1+128)(R15), Z26
	VMOVDQU64 (SET1+192)(R15), Z27
	VMOVDQU64 (SET1+256)(R15), Z28
	VMOVDQU64 (SET1+320)(R15), Z29
	VMOVDQU64 (SET1+384)(R15), Z30
	VMOVDQU64 (SET1+448)(R15), Z31
	VPBROADCASTB (KINDS+0)(R15), Z4 // words
	VPBROADCASTB (KINDS+1)(R15), Z5 // digits
	VPBROADCASTB (KINDS+2)(R15), Z6 // runs
	VPBROADCASTB (KINDS+3)(R15), Z7 // anywhere

	// The bits of classes, and the byte that those above 0x7F become.
	MOVL         $1, R8
	VPBROADCASTB R8, Z8             // digit
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
	VPERMI2B (CLASS+64)(R15), Z14, Z0
	VPTESTMB Z12, Z0, K5
	VPTESTMB Z11, Z0, K6
	KMOVQ    K5, AX
	KMOVQ    K6, R8
	VPMOVB2M Z0, K5               // the highest bit: words
	VPTESTMB Z8, Z0, K6
	VPTESTMB Z10, Z0, K7

	// The first set of buckets, over five windows.
	VMOVDQU64  0(SI), Z0
	VMOVDQU64  1(SI), Z1
	VMOVDQU64  2(SI), Z2
	VMOVDQU64  3(SI), Z3
	VPERMI2B   (SET0+64)(R15), Z16, Z0
	VPERMI2B   Z19, Z18, Z1
	VPERMI2B   Z21, Z20, Z2
	VPTERNLOGQ $0x80, Z2, Z1, Z0
	VMOVDQU64  4(SI), Z9
	VPERMI2B   Z23, Z22, Z3
	VPERMI2B   (SET0+576)(R15), Z15, Z9
	VPTERNLOGQ $0x80, Z3, Z0, Z9

	// The second.
	VMOVDQU64  0(SI), Z0
	VMOVDQU64  1(SI), Z1
	VMOVDQU64  2(SI), Z2
	VMOVDQU64  3(SI), Z3
	VPERMI2B   Z25, Z24, Z0
	VPERMI2B   Z27, Z26, Z1
	VPERMI2B   Z29, Z28, Z2
	VPTERNLOGQ $0x80, Z2, Z1, Z0
	VMOVDQU64  4(SI), Z1
	VPERMI2B   Z31, Z30, Z3
	VPERMI2B   (SET1+576)(R15), Z17, Z1
	VPTERNLOGQ $0x80, Z1, Z3, Z0

	// If there is a third, it, and all over a sixth window.
	CMPB MORE(R15), $0
	JEQ  test
	MORE_WINDOW(SET0+640, 5)
	VPANDQ Z1, Z9, Z9
	MORE_WINDOW(SET1+640, 5)
	VPANDQ Z1, Z0, Z0
	MORE_WINDOW(SET2, 0)
	VMOVDQA64 Z1, Z3
	MORE_WINDOW(SET2+128, 1)
	VPANDQ Z1, Z3, Z3
	MORE_WINDOW(SET2+256, 2)
	VPANDQ Z1, Z3, Z3
	MORE_WINDOW(SET2+384, 3)
	VPANDQ Z1, Z3, Z3
	MORE_WINDOW(SET2+512, 4)
	VPANDQ Z1, Z3, Z3
	MORE_WINDOW(SET2+640, 5)
	VPTERNLOGQ $0xf8, Z1, Z3, Z0 // or both

test:
	VPTESTMB Z9, Z9, K1
	VPTESTMB Z4, Z0, K0
	VPTESTMB Z5, Z0, K2
	VPTESTMB Z6, Z0, K3
	VPTESTMB Z7, Z0, K4
	KORQ     K0, K1, K1

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

// Where in a word of bits, and the one behind it, the eight bits behind each place are: a
// row for every eight places. The last row is of a word that begins 32 bits further on.
DATA behind<>+0(SB)/8, $0x0807060504030201
DATA behind<>+8(SB)/8, $0x100f0e0d0c0b0a09
DATA behind<>+16(SB)/8, $0x1817161514131211
DATA behind<>+24(SB)/8, $0x201f1e1d1c1b1a19
DATA behind<>+32(SB)/8, $0x2827262524232221
DATA behind<>+40(SB)/8, $0x302f2e2d2c2b2a29
DATA behind<>+48(SB)/8, $0x3837363534333231
DATA behind<>+56(SB)/8, $0x201f1e1d1c1b1a19
GLOBL behind<>(SB), RODATA|NOPTR, $64

// func runs512(w *words, n int, steps *[5]uint64, layouts *[128]uint8)
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
	MOVQ layouts+24(FP), AX
	LEAQ NONZERO(DI), SI

	VPBROADCASTQ 0(DX), Z4
	VPBROADCASTQ 8(DX), Z5
	VPBROADCASTQ 16(DX), Z6
	VPBROADCASTQ 24(DX), Z7
	VPBROADCASTQ 32(DX), Z8
	VMOVDQU64 0(AX), Z9
	VMOVDQU64 64(AX), Z10
	VMOVDQU64 behind<>(SB), Z11
	MOVL  $0x80, AX
	KMOVB AX, K2

next:
	VMOVDQU64 RUN(DI), Z0
	VMOVDQU64 (RUN+8)(DI), Z1
	STEP(Z4)
	STEP(Z5)
	STEP(Z6)
	STEP(Z7)
	STEP(Z8)
	VMOVDQU64 Z0, RUN(DI)
	VMOVDQU64 (DI), Z12
	VPANDQ    RUNS(DI), Z0, Z0
	VPTESTMQ  Z0, Z0, K1
	KMOVB     K1, R8
	TESTL     R8, R8
	JZ        store
	VMOVDQU64 Z0, RUNS(DI)
	VPXORQ    Z13, Z13, Z13

	// Candidates if digits lie right. Of each place the seven bits behind it, whether
	// there are digits, are looked up.
word:
	TZCNTQ         R8, AX
	VPBROADCASTQ   DIGITS_AT(DI)(AX*8), Z0
	VPBROADCASTQ   (DIGITS_AT+4)(DI)(AX*8), K2, Z0
	VPMULTISHIFTQB Z0, Z11, Z0
	VPERMI2B       Z10, Z9, Z0
	VPTESTMB       Z0, Z0, K1
	KMOVQ          K1, DX
	ANDQ           RUNS(DI)(AX*8), DX
	BLSIQ          R8, AX
	KMOVB          AX, K3
	VPBROADCASTQ   DX, K3, Z13
	BLSRQ          R8, R8
	JNZ            word
	VPORQ          Z13, Z12, Z12
	VMOVDQU64      Z12, (DI)

store:
	VPTESTMQ Z12, Z12, K1
	KMOVB    K1, (SI)

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
