//go:build !purego

#include "textflag.h"
#include "classes_amd64.h"
#include "lookups_amd64.h"

// func looks512(text *byte, n, full, rest int, l *lookups, codes *byte, to *[maxSets]accepted, c *Classes, table *[128]uint8)
//
// Codes of full blocks of text and, if rest is not negative, of so many bytes more and filler behind; with c, what these bytes are; and
// where buckets accept in n blocks. It goes from chunk to chunk of eight blocks, so that text comes while there is work, and looks
// codes up one chunk behind, when they are in the cache.
//
// R12 blocks are left to be looked up, whose codes are at R10, and R11 is where it is told of them; R15 blocks had the last chunk.
TEXT ·looks512(SB), NOSPLIT, $8-72
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), R12
	MOVQ full+16(FP), CX
	MOVQ l+32(FP), R8
	MOVQ codes+40(FP), DI
	MOVQ to+48(FP), R11
	MOVQ c+56(FP), BX
	MOVQ table+64(FP), AX
	MOVQ DI, R10
	XORL R15, R15
	MOVQ R15, loaded-8(SP)
	MOVQ WINDOWS(R8), R9
	VMOVDQU64 (CODES+0)(R8), Z1
	VMOVDQU64 (CODES+64)(R8), Z2
	VMOVDQU64 0(AX), Z7
	VMOVDQU64 64(AX), Z8
	MOVL         $0x7f, AX
	VPBROADCASTB AX, Z3
	MOVL         $1, AX
	VPBROADCASTB AX, Z4
	VPADDB       Z4, Z4, Z5
	VPADDB       Z5, Z5, Z6

chunk:
	MOVQ    R15, DX               // so many blocks are looked up next
	MOVL    $8, R15
	CMPQ    CX, R15
	CMOVQLT CX, R15
	TESTQ   R15, R15
	JZ      tail
	SUBQ    R15, CX
	MOVQ    R15, R13

block:
	PREFETCHT0 512(SI)            // what is worked on keeps the processor from seeing as far
	VMOVDQU64  (SI), Z0
	VMOVDQA64  Z0, Z9
	VPERMI2B   Z2, Z1, Z9
	VMOVDQU64  Z9, (DI)
	ADDQ  $64, SI
	ADDQ  $64, DI
	TESTQ BX, BX
	JZ    next

classify:
	VPMINUB  Z0, Z3, Z0           // bytes above 0x7F become it, which is of no class
	VPERMI2B Z8, Z7, Z0
	VPMOVB2M Z0, K1
	VPTESTMB Z4, Z0, K2
	VPTESTMB Z5, Z0, K3
	VPTESTMB Z6, Z0, K4
	VPADDB   Z0, Z0, Z0
	VPMOVB2M Z0, K5
	KMOVQ    K1, WORD(BX)
	KMOVQ    K2, SEPARATOR(BX)
	KMOVQ    K3, BACKSLASH(BX)
	KMOVQ    K4, ESCAPE(BX)
	KMOVQ    K5, DIGIT(BX)
	ADDQ     $8, BX

next:
	DECQ R13
	JG   block
	JLT  last

look:
	TESTQ DX, DX
	JZ    chunk
	SUBQ  DX, R12
	XORL  R14, R14                // the set
	CMPQ  COUNT(R8), R14
	JEQ   looked                  // there are only anchors at runs: go on with what bytes are

set:
	LEAQ (R14)(R14*2), AX
	ADDQ R8, AX
	CMPQ loaded-8(SP), $0
	JNE  accept
	MOVQ R14, R13
	SHLQ $9, R13
	ADDQ R8, R13
	VMOVDQU64 (SETS+0)(R13), Z16
	VMOVDQU64 (SETS+64)(R13), Z17
	VMOVDQU64 (SETS+128)(R13), Z18
	VMOVDQU64 (SETS+192)(R13), Z19
	VMOVDQU64 (SETS+256)(R13), Z20
	VMOVDQU64 (SETS+320)(R13), Z21
	VMOVDQU64 (SETS+384)(R13), Z22
	VMOVDQU64 (SETS+448)(R13), Z23
	VPBROADCASTB (KINDS+0)(AX), Z24
	VPBROADCASTB (KINDS+1)(AX), Z25
	VPBROADCASTB ABOVE(R8)(R14*1), Z26
	CMPQ COUNT(R8), $1
	JNE  accept
	MOVQ $1, loaded-8(SP)

	// Z0 has the buckets that accept a place: they are ANDed over the windows, whose tables are Z16 to Z23.
accept:
	MOVWLZX (KINDS+1)(AX), AX     // whether there are buckets of the other kinds, a byte each
	MOVQ    DX, R13

window:
	VMOVDQU64  0(R10), Z0
	VMOVDQU64  1(R10), Z10
	VMOVDQU64  2(R10), Z11
	VMOVDQU64  3(R10), Z12
	VMOVDQU64  4(R10), Z13
	VPERMB     Z16, Z0, Z0
	VPERMB     Z17, Z10, Z10
	VPERMB     Z18, Z11, Z11
	VPERMB     Z19, Z12, Z12
	VPERMB     Z20, Z13, Z13
	VPTERNLOGQ $0x80, Z11, Z10, Z0
	VPTERNLOGQ $0x80, Z13, Z12, Z0
	CMPQ       R9, $6
	JLT        test
	VMOVDQU64  5(R10), Z10
	VPERMB     Z21, Z10, Z10
	JEQ        six
	VMOVDQU64  6(R10), Z11
	VPERMB     Z22, Z11, Z11
	VPTERNLOGQ $0x80, Z11, Z10, Z0
	CMPQ       R9, $8
	JLT        test
	VMOVDQU64  7(R10), Z10
	VPERMB     Z23, Z10, Z10

six:
	VPANDQ Z10, Z0, Z0

test:
	VPTESTMB Z24, Z0, K1
	KMOVQ    K1, WORDS(R11)
	TESTL    $0xff, AX
	JNZ      digits

any:
	TESTL    $0xff00, AX
	JZ       tested
	VPADDUSB Z26, Z0, Z0
	VPMOVB2M Z0, K2
	KMOVQ    K2, ANY(R11)

tested:
	ADDQ $64, R10
	ADDQ $8, R11
	DECQ R13
	JNZ  window

	// The next set, of the same blocks.
	MOVQ DX, R13
	SHLQ $3, R13
	SUBQ R13, R11
	SHLQ $3, R13
	SUBQ R13, R10
	ADDQ $ACCEPTED, R11
	INCQ R14
	CMPQ R14, COUNT(R8)
	JLT  set

	IMULQ $ACCEPTED, R14
	SUBQ  R14, R11
	ADDQ  R13, R10
	SHRQ  $3, R13
	ADDQ  R13, R11

looked:
	TESTQ R12, R12
	JNZ   chunk
	VZEROUPPER
	RET

digits:
	VPTESTMB Z25, Z0, K2
	KMOVQ    K2, DIGITS(R11)
	JMP      any

tail:
	MOVQ  rest+24(FP), AX
	TESTQ AX, AX
	JLT   last
	MOVQ  $-1, R14
	BZHIQ AX, R14, R14
	KMOVQ R14, K1
	MOVL  $FILLER, AX
	VPBROADCASTB AX, Z10
	VMOVDQU8.Z (SI), K1, Z0
	VMOVDQA64  Z0, Z9
	VPERMI2B   Z2, Z1, Z9
	VPBLENDMB  Z9, Z10, K1, Z9
	VMOVDQU64  Z9, (DI)
	VMOVDQU64  Z10, 64(DI)
	XORL  R13, R13
	TESTQ BX, BX
	JNZ   classify

last:
	MOVQ R12, DX
	JMP  look

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

// func combine512(c *Classes, at, n int, v *vectors, l *lookups)
//
// Eight words at a time.
TEXT ·combine512(SB), NOSPLIT, $0-40
	MOVQ c+0(FP), SI
	MOVQ at+8(FP), AX
	LEAQ (SI)(AX*8), SI
	MOVQ n+16(FP), CX
	MOVQ v+24(FP), DI
	MOVQ l+32(FP), R8
	LEAQ NONZERO(DI), R9
	VMOVDQU64 (LAYOUTS+0)(R8), Z9
	VMOVDQU64 (LAYOUTS+64)(R8), Z10
	VMOVDQU64 behind<>(SB), Z11
	MOVL  $0x80, AX
	KMOVB AX, K2
	VPORQ Z9, Z10, Z0
	VPTESTMB Z0, Z0, K1
	KMOVQ K1, R12                 // 0 if nothing needs a run

words:
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	MOVQ   DI, R13
	MOVQ   R8, R14
	MOVQ   COUNT(R8), BX
	TESTQ  BX, BX
	JZ     gathered

set:
	VPORQ WORDS(R13), Z0, Z0
	CMPB  (KINDS+1)(R14), $0
	JEQ   any
	VPORQ DIGITS(R13), Z1, Z1

any:
	CMPB  (KINDS+2)(R14), $0
	JEQ   next
	VPORQ ANY(R13), Z2, Z2

next:
	ADDQ $ACCEPTED, R13
	ADDQ $3, R14
	DECQ BX
	JNZ  set

gathered:
	VMOVDQU64  DIGITSTART(SI), Z3
	VPANDQ     WORDSTART(SI), Z0, Z12
	VPTERNLOGQ $0xf8, Z3, Z1, Z12
	VPORQ      Z2, Z12, Z12
	TESTQ      R12, R12
	JZ         store
	VPANDQ     RUN(SI), Z3, Z0
	VPTESTMQ   Z0, Z0, K1
	KMOVB      K1, R10
	TESTL      R10, R10
	JZ         store
	VPXORQ     Z13, Z13, Z13

	// Where runs begin: candidates if digits lie right. Of each place the seven bits behind it, whether there are
	// digits, are looked up.
word:
	TZCNTQ         R10, AX
	VPBROADCASTQ   DIGIT(SI)(AX*8), Z0
	VPBROADCASTQ   (DIGIT+4)(SI)(AX*8), K2, Z0
	VPMULTISHIFTQB Z0, Z11, Z0
	VPERMI2B       Z10, Z9, Z0
	VPTESTMB       Z0, Z0, K1
	KMOVQ          K1, DX
	ANDQ           RUN(SI)(AX*8), DX
	ANDQ           DIGITSTART(SI)(AX*8), DX
	BLSIQ          R10, AX
	KMOVB          AX, K3
	VPBROADCASTQ   DX, K3, Z13
	BLSRQ          R10, R10
	JNZ            word
	VPORQ          Z13, Z12, Z12

store:
	VMOVDQU64 Z12, CANDIDATES(DI)
	VPTESTMQ  Z12, Z12, K1
	KMOVB     K1, (R9)
	ADDQ $64, SI
	ADDQ $64, DI
	INCQ R9
	SUBQ $8, CX
	JG   words
	VZEROUPPER
	RET

DATA counted<>+0(SB)/8, $0x0706050403020100
DATA counted<>+8(SB)/8, $0x0f0e0d0c0b0a0908
DATA counted<>+16(SB)/8, $0x1716151413121110
DATA counted<>+24(SB)/8, $0x1f1e1d1c1b1a1918
DATA counted<>+32(SB)/8, $0x2726252423222120
DATA counted<>+40(SB)/8, $0x2f2e2d2c2b2a2928
DATA counted<>+48(SB)/8, $0x3736353433323130
DATA counted<>+56(SB)/8, $0x3f3e3d3c3b3a3938
GLOBL counted<>(SB), RODATA|NOPTR, $64

// func places512(candidates *[72]uint64, nonzero uint64, places *[1088]uint16) (found int, left uint64)
//
// nonzero is not 0. R9 is the last place at which there is room for a word of 64.
TEXT ·places512(SB), NOSPLIT, $0-40
	MOVQ candidates+0(FP), SI
	MOVQ nonzero+8(FP), R8
	MOVQ places+16(FP), DI
	LEAQ (2*(MAXHITS-64))(DI), R9
	VMOVDQU64 counted<>(SB), Z0

word:
	TZCNTQ  R8, CX
	MOVQ    (SI)(CX*8), AX
	KMOVQ   (SI)(CX*8), K1
	POPCNTQ AX, AX
	SHLL    $6, CX
	VPBROADCASTW  CX, Z4
	VPCOMPRESSB.Z Z0, K1, Z1
	VPMOVZXBW     Y1, Z2
	VPADDW        Z4, Z2, Z2
	VMOVDQU64     Z2, (DI)
	CMPQ    AX, $32
	JGT     many

next:
	LEAQ  (DI)(AX*2), DI
	BLSRQ R8, R8
	JZ    done
	CMPQ  DI, R9
	JLS   word

done:
	SUBQ places+16(FP), DI
	SHRQ $1, DI
	MOVQ DI, found+24(FP)
	MOVQ R8, left+32(FP)
	VZEROUPPER
	RET

many:
	VEXTRACTI64X4 $1, Z1, Y1
	VPMOVZXBW     Y1, Z2
	VPADDW        Z4, Z2, Z2
	VMOVDQU64     Z2, 64(DI)
	JMP           next
