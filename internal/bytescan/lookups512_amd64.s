//go:build !purego

#include "textflag.h"
#include "classes_amd64.h"
#include "lookups_amd64.h"

// func codes512(text *byte, n, rest int, l *lookups, codes *byte)
//
// n blocks of text, and if rest is not negative so many bytes and filler in two more.
TEXT ·codes512(SB), NOSPLIT, $0-40
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ rest+16(FP), DX
	MOVQ l+24(FP), R8
	MOVQ codes+32(FP), DI
	VMOVDQU64 (CODES+0)(R8), Z1
	VMOVDQU64 (CODES+64)(R8), Z2
	TESTQ CX, CX
	JZ    tail

block:
	VMOVDQU64 (SI), Z0
	VPERMI2B  Z2, Z1, Z0
	VMOVDQU64 Z0, (DI)
	ADDQ $64, SI
	ADDQ $64, DI
	DECQ CX
	JNZ  block

tail:
	TESTQ DX, DX
	JLT   done
	MOVQ  $-1, AX
	BZHIQ DX, AX, AX
	KMOVQ AX, K1
	MOVL  $FILLER, AX
	VPBROADCASTB AX, Z3
	VMOVDQU8.Z (SI), K1, Z0
	VPERMI2B   Z2, Z1, Z0
	VPBLENDMB  Z0, Z3, K1, Z0
	VMOVDQU64  Z0, (DI)
	VMOVDQU64  Z3, 64(DI)

done:
	VZEROUPPER
	RET

// func accept512(codes *byte, n int, l *lookups, set int, to *accepted)
//
// Z16 to Z23 have the tables. Z0 has the buckets that accept a place: they are ANDed over the windows.
TEXT ·accept512(SB), NOSPLIT, $0-40
	MOVQ codes+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ l+16(FP), R8
	MOVQ set+24(FP), AX
	MOVQ to+32(FP), DI
	MOVQ WINDOWS(R8), R9
	MOVQ AX, R10
	SHLQ $9, R10
	ADDQ R8, R10
	VMOVDQU64 (SETS+0)(R10), Z16
	VMOVDQU64 (SETS+64)(R10), Z17
	VMOVDQU64 (SETS+128)(R10), Z18
	VMOVDQU64 (SETS+192)(R10), Z19
	VMOVDQU64 (SETS+256)(R10), Z20
	VMOVDQU64 (SETS+320)(R10), Z21
	VMOVDQU64 (SETS+384)(R10), Z22
	VMOVDQU64 (SETS+448)(R10), Z23
	VPBROADCASTB ABOVE(R8)(AX*1), Z26
	LEAQ (AX)(AX*2), AX
	ADDQ R8, AX
	VPBROADCASTB (KINDS+0)(AX), Z24
	VPBROADCASTB (KINDS+1)(AX), Z25
	MOVBLZX (KINDS+1)(AX), R11
	MOVBLZX (KINDS+2)(AX), R12

block:
	VMOVDQU64  0(SI), Z0
	VMOVDQU64  1(SI), Z1
	VMOVDQU64  2(SI), Z2
	VMOVDQU64  3(SI), Z3
	VMOVDQU64  4(SI), Z4
	VPERMB     Z16, Z0, Z0
	VPERMB     Z17, Z1, Z1
	VPERMB     Z18, Z2, Z2
	VPERMB     Z19, Z3, Z3
	VPERMB     Z20, Z4, Z4
	VPTERNLOGQ $0x80, Z2, Z1, Z0
	VPTERNLOGQ $0x80, Z4, Z3, Z0
	CMPQ       R9, $6
	JLT        test
	VMOVDQU64  5(SI), Z1
	VPERMB     Z21, Z1, Z1
	JEQ        six
	VMOVDQU64  6(SI), Z2
	VPERMB     Z22, Z2, Z2
	VPTERNLOGQ $0x80, Z2, Z1, Z0
	CMPQ       R9, $8
	JLT        test
	VMOVDQU64  7(SI), Z1
	VPERMB     Z23, Z1, Z1

six:
	VPANDQ Z1, Z0, Z0

test:
	VPTESTMB Z24, Z0, K1
	KMOVQ    K1, WORDS(DI)
	TESTL    R11, R11
	JNZ      digits

any:
	TESTL    R12, R12
	JZ       next
	VPADDUSB Z26, Z0, Z0
	VPMOVB2M Z0, K2
	KMOVQ    K2, ANY(DI)

next:
	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNZ  block
	VZEROUPPER
	RET

digits:
	VPTESTMB Z25, Z0, K2
	KMOVQ    K2, DIGITS(DI)
	JMP      any

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
