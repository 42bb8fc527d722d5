//go:build !purego

#include "textflag.h"
#include "classes_amd64.h"

// func classes512(text *byte, n, rest int, table *[128]uint8, c *Classes)
//
// n blocks of text, and if rest is not negative so many bytes more. Bytes above 0x7F become it, which is of no class.
TEXT ·classes512(SB), NOSPLIT, $0-40
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ rest+16(FP), DX
	MOVQ table+24(FP), AX
	MOVQ c+32(FP), DI
	VMOVDQU64 0(AX), Z1
	VMOVDQU64 64(AX), Z2
	MOVL         $0x7f, AX
	VPBROADCASTB AX, Z3
	MOVL         $1, AX
	VPBROADCASTB AX, Z4
	VPADDB       Z4, Z4, Z5
	VPADDB       Z5, Z5, Z6
	TESTQ CX, CX
	JZ    tail

block:
	VPMINUB  (SI), Z3, Z0

classify:
	VPERMI2B Z2, Z1, Z0
	VPMOVB2M Z0, K1
	VPTESTMB Z4, Z0, K2
	VPTESTMB Z5, Z0, K3
	VPTESTMB Z6, Z0, K4
	VPADDB   Z0, Z0, Z0
	VPMOVB2M Z0, K5
	KMOVQ    K1, WORD(DI)
	KMOVQ    K2, SEPARATOR(DI)
	KMOVQ    K3, BACKSLASH(DI)
	KMOVQ    K4, ESCAPE(DI)
	KMOVQ    K5, DIGIT(DI)
	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JG   block

tail:
	TESTQ DX, DX
	JLT   done
	MOVQ  $-1, AX
	BZHIQ DX, AX, AX
	KMOVQ AX, K1
	VMOVDQU8.Z (SI), K1, Z0
	VPMINUB    Z0, Z3, Z0
	MOVQ  $-1, DX
	XORL  CX, CX
	JMP   classify

done:
	VZEROUPPER
	RET

// func begin512(c *Classes, n int, escape uint64, end int)
//
// Eight words at a time. Z16 to Z20 have those before, of which the last counts. Bits from end on are behind the text.
#define SHIFTED(by, now, before, z) \
	VALIGNQ $7, before, now, z \
	VPSHLDQ $by, z, now, z

// Where runs begin in the eight words before: Z21 has what goes on with one there, Z0 what does in these.
#define RUNS_BEFORE \
	VALIGNQ    $1, Z21, Z0, Z1        \
	VPSHRDQ    $1, Z1, Z21, Z2        \
	VPSRLQ     $1, Z1, Z3             \
	VPANDQ     Z2, Z21, Z21           \
	VPANDQ     Z3, Z1, Z1             \
	VPSHRDQ    $2, Z1, Z21, Z2        \
	VPSRLQ     $2, Z1, Z3             \
	VPANDQ     Z2, Z21, Z21           \
	VPANDQ     Z3, Z1, Z1             \
	VPSHRDQ    $3, Z1, Z21, Z2        \
	VPTERNLOGQ $0x80, (DIGIT-64)(DI), Z2, Z21 \
	VMOVDQU64  Z21, (RUN-64)(DI)

DATA words<>+0(SB)/8, $0
DATA words<>+8(SB)/8, $64
DATA words<>+16(SB)/8, $128
DATA words<>+24(SB)/8, $192
DATA words<>+32(SB)/8, $256
DATA words<>+40(SB)/8, $320
DATA words<>+48(SB)/8, $384
DATA words<>+56(SB)/8, $448
GLOBL words<>(SB), RODATA|NOPTR, $64

TEXT ·begin512(SB), NOSPLIT, $0-32
	MOVQ c+0(FP), DI
	MOVQ n+8(FP), CX
	VPBROADCASTQ escape+16(FP), Z15
	VPBROADCASTQ end+24(FP), Z14
	VPSUBQ       words<>(SB), Z14, Z14 // how many bits of each word are of the text
	MOVL         $512, AX
	VPBROADCASTQ AX, Z13
	VPTERNLOGQ   $0xff, Z12, Z12, Z12
	VPXORQ       Z11, Z11, Z11
	VPBROADCASTQ (CARRY+0)(DI), Z16
	VPBROADCASTQ (CARRY+8)(DI), Z17
	VPBROADCASTQ (CARRY+16)(DI), Z18
	VPBROADCASTQ (CARRY+24)(DI), Z19
	VPBROADCASTQ (CARRY+32)(DI), Z20
	VPXORQ       Z0, Z0, Z0
	JMP          first

eight:
	// Z1: letters of escapes.
	VMOVDQA64  Z0, Z21

first:
	VMOVDQU64  BACKSLASH(DI), Z0
	SHIFTED(1, Z0, Z16, Z1)
	VMOVDQA64  Z0, Z16
	VPTERNLOGQ $0x80, ESCAPE(DI), Z15, Z1
	VMOVDQU64  Z1, LETTER(DI)

	// Z3: what an escape may end before. Then Z5: letters, and the five places behind each.
	VALIGNQ    $7, Z19, Z1, Z2
	VPSHLDQ    $5, Z2, Z1, Z3
	VPSHLDQ    $1, Z2, Z1, Z4
	VPADDQ     Z2, Z2, Z5
	VPORQ      Z1, Z4, Z4
	VPORQ      Z2, Z5, Z5
	VPSHLDQ    $2, Z5, Z4, Z6
	VPSHLDQ    $4, Z5, Z4, Z5
	VPTERNLOGQ $0xfe, Z4, Z6, Z5
	VMOVDQU64  Z5, SPECIAL(DI)
	VMOVDQA64  Z1, Z19

	// Words: not (Z0 and Z2), or Z3.
	VPANDNQ    WORD(DI), Z1, Z0
	VMOVDQU64  Z0, WORD(DI)
	SHIFTED(1, Z0, Z18, Z2)
	VMOVDQA64  Z0, Z18
	VPTERNLOGQ $0xbf, Z3, Z2, Z0
	VMOVDQU64  Z0, WORDSTART(DI)

	// Digits, as words.
	VMOVDQU64  DIGIT(DI), Z0
	SHIFTED(1, Z0, Z17, Z2)
	VMOVDQA64  Z0, Z17
	VMOVDQA64  Z0, Z4
	VPTERNLOGQ $0xbf, Z3, Z2, Z4
	VMOVDQU64  Z4, DIGITSTART(DI)

	// What goes on with a run: Z0; Z2, separators behind a digit; Z3 and Z4, those behind one; Z5, what is behind the text.
	VMOVDQU64  SEPARATOR(DI), Z3
	VPANDQ     Z3, Z2, Z2
	SHIFTED(1, Z2, Z20, Z4)
	VMOVDQA64  Z2, Z20
	VPMAXSQ    Z14, Z11, Z5
	VPSLLVQ    Z5, Z12, Z5
	VPSUBQ     Z13, Z14, Z14
	VPTERNLOGQ $0xfe, Z5, Z2, Z0
	VPTERNLOGQ $0xf8, Z4, Z3, Z0
	VMOVDQU64  Z0, GOESON(DI)

	CMPQ n+8(FP), CX
	JEQ  next
	RUNS_BEFORE

next:
	ADDQ $64, DI
	SUBQ $8, CX
	JG   eight

	VMOVDQA64 Z0, Z21
	VMOVDQA64 Z12, Z0
	RUNS_BEFORE
	VZEROUPPER
	RET

// The highest bits of Y0 and Y1, which are shifted left before.
#define BITS(by, to) \
	VPSLLW    $by, Y0, Y2 \
	VPSLLW    $by, Y1, Y3 \
	VPMOVMSKB Y2, AX      \
	VPMOVMSKB Y3, DX      \
	SHLQ      $32, DX     \
	ORQ       DX, AX      \
	MOVQ      AX, to(DI)

// func classes256(text *byte, n, at int, halves *[2][16]uint8, c *Classes)
TEXT ·classes256(SB), NOSPLIT, $0-40
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ at+16(FP), AX
	MOVQ halves+24(FP), BX
	MOVQ c+32(FP), DI
	MOVQ AX, R8
	SHLQ $6, R8
	LEAQ HIGH(DI)(R8*1), R8
	LEAQ (DI)(AX*8), DI
	VBROADCASTI128 0(BX), Y8
	VBROADCASTI128 16(BX), Y9
	MOVL         $0x0f, AX
	VMOVQ        AX, X10
	VPBROADCASTB X10, Y10
	MOVL         $0x70, AX
	VMOVQ        AX, X11
	VPBROADCASTB X11, Y11
	MOVL         $0x40, AX
	VMOVQ        AX, X12
	VPBROADCASTB X12, Y12

block:
	VMOVDQU 0(SI), Y0
	VMOVDQU 32(SI), Y1
	VPSRLW  $4, Y0, Y2
	VPSRLW  $4, Y1, Y3
	VPAND   Y10, Y2, Y2
	VPAND   Y10, Y3, Y3
	VMOVDQU Y2, 0(R8)
	VMOVDQU Y3, 32(R8)
	VPSHUFB Y0, Y8, Y0            // 0 above 0x7F
	VPSHUFB Y1, Y8, Y1
	VPSHUFB Y2, Y9, Y2
	VPSHUFB Y3, Y9, Y3
	VPAND   Y2, Y0, Y0
	VPAND   Y3, Y1, Y1
	VPMOVMSKB Y0, AX
	VPMOVMSKB Y1, DX
	SHLQ      $32, DX
	ORQ       DX, AX
	MOVQ      AX, DIGIT(DI)
	BITS(4, SEPARATOR)
	BITS(5, BACKSLASH)

	// Any of the two lowest bits, and of the four highest, as the highest.
	VPSLLW    $6, Y0, Y2
	VPSLLW    $6, Y1, Y3
	VPADDUSB  Y12, Y2, Y2
	VPADDUSB  Y12, Y3, Y3
	VPMOVMSKB Y2, AX
	VPMOVMSKB Y3, DX
	SHLQ      $32, DX
	ORQ       DX, AX
	MOVQ      AX, ESCAPE(DI)
	VPADDUSB  Y11, Y0, Y2
	VPADDUSB  Y11, Y1, Y3
	VPMOVMSKB Y2, AX
	VPMOVMSKB Y3, DX
	SHLQ      $32, DX
	ORQ       DX, AX
	MOVQ      AX, WORD(DI)

	ADDQ $64, SI
	ADDQ $64, R8
	ADDQ $8, DI
	DECQ CX
	JNZ  block
	VZEROUPPER
	RET

// A word of bits shifted left, and into it the one before: of four words at from.
#define LEFT(by, back, from, to, spoilt) \
	VMOVDQU (from)(DI), to        \
	VMOVDQU (from-8)(DI), spoilt  \
	VPSLLQ  $by, to, to           \
	VPSRLQ  $back, spoilt, spoilt \
	VPOR    spoilt, to, to

// func begin256(c *Classes, n int, escape uint64, end int)
//
// As begin512, four words at a time, in three loops: each reads what stands before a word in the last, behind which no list has
// anything; there, too, goes what stands before the first.
TEXT ·begin256(SB), NOSPLIT, $0-32
	MOVQ c+0(FP), SI
	MOVQ n+8(FP), R8
	MOVQ end+24(FP), DX
	VPBROADCASTQ escape+16(FP), Y15
	VPCMPEQQ Y14, Y14, Y14
	MOVQ (CARRY+0)(SI), AX
	MOVQ AX, (BACKSLASH-8)(SI)
	MOVQ (CARRY+8)(SI), AX
	MOVQ AX, (DIGIT-8)(SI)
	MOVQ (CARRY+16)(SI), AX
	MOVQ AX, (WORD-8)(SI)
	MOVQ (CARRY+24)(SI), AX
	MOVQ AX, (LETTER-8)(SI)
	MOVQ (CARRY+40)(SI), AX
	MOVQ AX, (SEPARATOR-8)(SI)

	// Letters of escapes.
	MOVQ SI, DI
	MOVQ R8, CX

letters:
	LEFT(1, 63, BACKSLASH, Y0, Y1)
	VPAND   ESCAPE(DI), Y0, Y0
	VPAND   Y15, Y0, Y0
	VMOVDQU Y0, LETTER(DI)
	ADDQ $32, DI
	SUBQ $4, CX
	JG   letters

	MOVQ SI, DI
	MOVQ R8, CX

starts:
	// Y3: what an escape may end before. Then Y4: letters, and the five places behind each.
	VMOVDQU LETTER(DI), Y0
	VMOVDQU (LETTER-8)(DI), Y1
	VPANDN  WORD(DI), Y0, Y2
	VMOVDQU Y2, WORD(DI)
	VPSLLQ  $5, Y0, Y3
	VPSRLQ  $59, Y1, Y2
	VPOR    Y2, Y3, Y3
	VMOVDQU Y3, WORDSTART(DI)
	VPADDQ  Y0, Y0, Y4
	VPSRLQ  $63, Y1, Y2
	VPOR    Y0, Y4, Y4
	VPOR    Y2, Y4, Y4
	VPADDQ  Y1, Y1, Y5
	VPOR    Y1, Y5, Y5
	VPSLLQ  $2, Y4, Y0
	VPSRLQ  $62, Y5, Y1
	VPSLLQ  $4, Y4, Y6
	VPSRLQ  $60, Y5, Y5
	VPOR    Y0, Y4, Y4
	VPOR    Y1, Y6, Y6
	VPOR    Y5, Y4, Y4
	VPOR    Y6, Y4, Y4
	VMOVDQU Y4, SPECIAL(DI)

	// Digits; then Y0: and separators behind one, and behind that.
	LEFT(1, 63, DIGIT, Y1, Y2)
	VMOVDQU DIGIT(DI), Y0
	VPAND   Y0, Y1, Y2
	VPXOR   Y14, Y2, Y2
	VPOR    Y3, Y2, Y2
	VMOVDQU Y2, DIGITSTART(DI)
	LEFT(2, 62, DIGIT, Y2, Y3)
	LEFT(1, 63, SEPARATOR, Y4, Y5)
	VPAND   Y4, Y2, Y2
	VPOR    Y2, Y1, Y1
	VPAND   SEPARATOR(DI), Y1, Y1
	VPOR    Y1, Y0, Y0
	VMOVDQU Y0, GOESON(DI)
	ADDQ $32, DI
	SUBQ $4, CX
	JG   starts

	// Behind the text everything goes on with a run.
	MOVQ DX, CX
	SHRQ $6, CX
	CMPQ CX, R8
	JGT  inside
	MOVQ $-1, AX
	SHLXQ DX, AX, AX
	ORQ  AX, GOESON(SI)(CX*8)
	MOVQ $-1, (GOESON+8)(SI)(CX*8)

inside:
	MOVQ SI, DI
	MOVQ R8, CX

runs:
	VMOVDQU GOESON(DI), Y0
	VMOVDQU (GOESON+8)(DI), Y1
	VPSRLQ  $1, Y0, Y2
	VPSLLQ  $63, Y1, Y3
	VPSRLQ  $1, Y1, Y4
	VPOR    Y3, Y2, Y2
	VPAND   Y2, Y0, Y0
	VPAND   Y4, Y1, Y1
	VPSRLQ  $2, Y0, Y2
	VPSLLQ  $62, Y1, Y3
	VPSRLQ  $2, Y1, Y4
	VPOR    Y3, Y2, Y2
	VPAND   Y2, Y0, Y0
	VPAND   Y4, Y1, Y1
	VPSRLQ  $3, Y0, Y2
	VPSLLQ  $61, Y1, Y3
	VPOR    Y3, Y2, Y2
	VPAND   Y2, Y0, Y0
	VPAND   DIGIT(DI), Y0, Y0
	VMOVDQU Y0, RUN(DI)
	LEFT(1, 63, WORD, Y0, Y1)
	VPAND   WORD(DI), Y0, Y0
	VPXOR   Y14, Y0, Y0
	VPOR    WORDSTART(DI), Y0, Y0
	VMOVDQU Y0, WORDSTART(DI)
	ADDQ $32, DI
	SUBQ $4, CX
	JG   runs
	VZEROUPPER
	RET
