//go:build !purego

#include "textflag.h"
#include "go_asm.h"

// What odd512 has on its stack: words of bits, one for each block, one before and some behind
// them; which of them are not 0; and the text's end, behind the byte before it and with zeros
// behind it. R9 points to the word of a block.
#define LETTERS 8(SP)
#define ROOM 592
#define letters(w) (0*ROOM+w)(R9)
#define dots(w)    (1*ROOM+w)(R9)
#define digits(w)  (2*ROOM+w)(R9)
#define pairs(w)   (3*ROOM+w)(R9)
#define ends(w)    (4*ROOM+w)(R9)
#define highs(w)   (5*ROOM+w)(R9)
#define runs       ends
#define SOMEPAIRS (6*ROOM+8)(SP)
#define SOMERUNS  (6*ROOM+16)(SP)
#define SOMEHIGHS (6*ROOM+24)(SP)
#define BEFORE    (6*ROOM+32+63)(SP)
#define COPY      (6*ROOM+32+64)(SP)

// SOME puts the numbers of the blocks whose bits are set in some into R8, and jumps to none if
// there are none.
#define SOME(some, none) \
	MOVQ  some, R8; \
	BZHIQ BX, R8, R8; \
	JEQ   none

// BLOCK sets R9 to the number of the next of them, SI to its bytes. Spoils AX and R10.
#define BLOCK \
	TZCNTQ  R8, R9; \
	BLSRQ   R8, R8; \
	MOVQ    R9, AX; \
	SHLQ    $6, AX; \
	LEAQ    (R11)(AX*1), SI; \
	LEAQ    (R12)(AX*1), R10; \
	CMPQ    R9, R13; \
	CMOVQGE R10, SI

// func odd512(text *byte, n, blocks int, t *oddTables512, before uint64, masks *uint64) (some uint64)
//
//	BX  blocks     R11  the text                       R13  how many blocks are read where they stand
//	DX  t          R12  where the copy of its end      DI   masks
//	                    would begin if it were of all
//
// The others are read from a copy of the text's end, if there is anything in them.
TEXT ·odd512(SB), 0, $4096-56
	MOVQ text+0(FP), R11
	MOVQ n+8(FP), CX
	MOVQ blocks+16(FP), BX
	MOVQ t+24(FP), DX
	MOVQ before+32(FP), AX
	LEAQ LETTERS, R9
	MOVQ AX, R8
	SHLQ $63, R8
	BTSQ $62, R8 // which may be one
	MOVQ R8, letters(-8)
	MOVQ AX, R8
	SHRQ $1, R8
	SHLQ $63, R8
	MOVQ R8, digits(-8)
	MOVQ $0, highs(-8)

	VMOVDQU64 oddTables512_first(DX), Z16
	VMOVDQU64 (oddTables512_first+64)(DX), Z17
	VMOVDQU64 oddTables512_second(DX), Z18
	VMOVDQU64 oddTables512_third(DX), Z19
	VMOVDQU64 oddTables512_zero(DX), Z20
	VMOVDQU64 oddTables512_ten(DX), Z21
	VMOVDQU64 oddTables512_always(DX), Z22
	VMOVDQU64 oddTables512_line(DX), Z23
	MOVQ R11, SI
	MOVQ n+8(FP), CX
	LEAQ 1(BX), R10
	XORL R8, R8

loop:
	CMPQ CX, $66
	JLT  tail
	VMOVDQU64  (SI), Z0
	VMOVDQU64  1(SI), Z1
	VMOVDQU64  2(SI), Z2

block:
	VPMOVB2M   Z0, K1
	KMOVQ      K1, highs(0)
	VMOVDQA64  Z0, Z3
	VPERMI2B   Z17, Z16, Z3 // bytes of 0x80 and above are taken for others
	VPMOVB2M   Z3, K2
	KMOVQ      K2, letters(0)
	KORTESTQ   K2, K2
	JCS        all // as in images
	VPADDB     Z3, Z3, Z4
	VPMOVB2M   Z4, K3
	KMOVQ      K3, dots(0)
	VPSUBB     Z20, Z0, Z5
	VPCMPUB    $1, Z21, Z5, K4
	KMOVQ      K4, digits(0)
	VPSRLW     $1, Z1, Z1
	VPERMB     Z18, Z1, Z1
	VPSRLW     $1, Z2, Z2
	VPERMB     Z19, Z2, Z2
	VPTERNLOGQ $0x80, Z1, Z2, Z3
	VPTESTMB   Z22, Z3, K5
	KMOVQ      K5, pairs(0)
	VPTESTMB   Z23, Z3, K6
	KMOVQ      K6, ends(0)

next:
	ADDQ       $64, SI
	ADDQ       $8, R9
	SUBQ       $64, CX
	DECQ       R10
	JNE        loop

across:
	// The words, eight at a time, with what stands before and behind each.
	LEAQ LETTERS, R9
	MOVQ masks+40(FP), DI
	XORL CX, CX
	XORL R8, R8   // which have pairs
	XORL R10, R10 // runs
	XORL R12, R12 // bytes of 0x80 and above
	XORL R15, R15 // anything set apart

words:
	VMOVDQU64  highs(0), Z0
	VMOVDQU64  highs(8), Z1
	VMOVDQU64  highs(-8), Z2
	VPANDNQ    letters(-8), Z2, Z2
	VPANDNQ    letters(0), Z0, Z3
	VPANDNQ    letters(8), Z1, Z4
	VPSHLDQ    $2, Z2, Z3, Z24
	VPSHLDQ    $1, Z2, Z3, Z2
	VPANDNQ    Z3, Z2, Z5 // where letters begin
	VPSHRDQ    $1, Z4, Z3, Z6
	VPSHRDQ    $2, Z4, Z3, Z7
	VPTERNLOGQ $0x80, Z3, Z6, Z7 // letters followed by two more
	VPSRLQ     $1, Z4, Z6
	VPSRLQ     $2, Z4, Z8
	VPTERNLOGQ $0x80, Z4, Z6, Z8
	VPSHRDQ    $3, Z8, Z7, Z6
	VPSHRDQ    $6, Z8, Z7, Z9
	VPTERNLOGQ $0x80, Z7, Z6, Z9 // by eight
	VPSRLQ     $3, Z8, Z6
	VPSRLQ     $6, Z8, Z10
	VPTERNLOGQ $0x80, Z8, Z6, Z10
	VPSHRDQ    $5, Z10, Z9, Z6
	VPTERNLOGQ $0x80, Z5, Z9, Z6 // by 13, and beginning there
	VMOVDQU64  ends(0), Z16
	VMOVDQU64  Z6, runs(0)
	VPTESTMQ   Z6, Z6, K1
	KMOVB      K1, AX
	SHLXQ      CX, AX, AX
	ORQ        AX, R10
	VPTESTMQ   Z0, Z0, K1
	KMOVB      K1, AX
	SHLXQ      CX, AX, AX
	ORQ        AX, R12

	// Letters with no other behind them, nor three bytes on, five … eleven: such as may be set apart.
	VPSHRDQ    $1, Z4, Z3, Z6
	VPSHRDQ    $3, Z4, Z3, Z7
	VPSHRDQ    $5, Z4, Z3, Z8
	VPTERNLOGQ $0x10, Z6, Z7, Z5
	VPANDNQ    Z5, Z8, Z5
	VPTESTMQ   Z5, Z5, K1
	KORTESTB   K1, K1
	JNE        spread

spreads:
	VMOVDQU64  Z5, (DI)

	// Dots with two digits at least behind them, and another dot three to six bytes on, and a
	// letter two bytes before; the end of a line. Both count behind a digit.
	VPANDNQ    dots(0), Z0, Z11
	VPANDNQ    dots(8), Z1, Z12
	VMOVDQU64  digits(0), Z13
	VMOVDQU64  digits(8), Z14
	VMOVDQU64  digits(-8), Z15
	VPSHLDQ    $1, Z15, Z13, Z15
	VPSHRDQ    $3, Z12, Z11, Z7
	VPSHRDQ    $4, Z12, Z11, Z8
	VPSHRDQ    $5, Z12, Z11, Z9
	VPSHRDQ    $6, Z12, Z11, Z10
	VPTERNLOGQ $0xFE, Z8, Z9, Z10
	VPORQ      Z7, Z10, Z10
	VPSHRDQ    $3, Z14, Z13, Z9
	VPORQ      Z7, Z9, Z9
	VPSHRDQ    $1, Z14, Z13, Z3
	VPSHRDQ    $2, Z14, Z13, Z4
	VPTERNLOGQ $0x80, Z3, Z4, Z9
	VPTERNLOGQ $0x80, Z10, Z11, Z9
	VPTERNLOGQ $0xF8, Z24, Z9, Z16
	VMOVDQA64  Z16, Z9
	VPANDNQ    pairs(0), Z0, Z3
	VPTERNLOGQ $0xF8, Z9, Z15, Z3
	VMOVDQU64  Z3, pairs(0)
	VPTESTMQ   Z3, Z3, K1
	KMOVB      K1, AX
	SHLXQ      CX, AX, AX
	ORQ        AX, R8
	ADDQ       $64, R9
	ADDQ       $64, DI
	ADDQ       $8, CX
	CMPQ       CX, BX
	JLT        words

	// Which blocks have something: mostly none.
	MOVQ  masks+40(FP), DI
	MOVQ  R8, SOMEPAIRS
	MOVQ  R10, SOMERUNS
	MOVQ  R12, SOMEHIGHS
	MOVQ  R8, AX
	ORQ   R10, AX
	ORQ   R12, AX
	XORL  R8, R8
	BZHIQ BX, AX, AX
	JNE   any
	TESTQ R15, R15
	JNE   done
	VZEROUPPER
	MOVQ  R15, some+48(FP)
	RET

any:
	// They are read where they stand as long as all that is looked at with them is text.
	MOVQ    n+8(FP), CX
	LEAQ    -67(CX), R13
	SARQ    $6, R13
	CMOVQLT R8, R13
	MOVQ    R13, SI
	SHLQ    $6, SI
	LEAQ    COPY, R12
	SUBQ    SI, R12
	SHRXQ   R13, AX, R10
	CMPQ    R13, $64
	JCC     copied
	TESTQ   R10, R10
	JEQ     copied
	SUBQ    SI, CX // at most 130 bytes
	ADDQ    R11, SI
	MOVQ    $-1, DI
	BZHIQ   CX, DI, R14
	KMOVQ   R14, K1
	SUBQ    $64, CX
	CMOVQLT R8, CX
	BZHIQ   CX, DI, R14
	KMOVQ   R14, K2
	SUBQ    $64, CX
	CMOVQLT R8, CX
	BZHIQ   CX, DI, R14
	KMOVQ   R14, K3
	VMOVDQU8.Z (SI), K1, Z0
	VMOVDQU8.Z 64(SI), K2, Z1
	VMOVDQU8.Z 128(SI), K3, Z2
	VPXORQ  Z3, Z3, Z3
	LEAQ    COPY, DI
	VMOVDQU64 Z0, (DI)
	VMOVDQU64 Z1, 64(DI)
	VMOVDQU64 Z2, 128(DI)
	VMOVDQU64 Z3, 192(DI)
	VMOVDQU64 Z3, 256(DI)
	VMOVDQU64 Z3, 320(DI)
	MOVQ    before+32(FP), AX
	SHRQ    $2, AX
	ORQ     R13, AX // is there a byte before the copy?
	JEQ     first
	MOVBLZX -1(SI), R8

first:
	MOVB R8, BEFORE

	MOVQ masks+40(FP), DI

copied:
	// Pairs: five bytes, and where a plus is near all that may be of a form.
	SOME(SOMEPAIRS, noPairs)
	VMOVDQU64 oddTables512_exactFirst(DX), Z16
	VMOVDQU64 (oddTables512_exactFirst+64)(DX), Z17
	VMOVDQU64 oddTables512_exactSecond(DX), Z18
	VMOVDQU64 oddTables512_exactThird(DX), Z19
	VMOVDQU64 oddTables512_exactFourth(DX), Z20
	VMOVDQU64 oddTables512_exactBefore(DX), Z21
	VMOVDQU64 oddTables512_plus(DX), Z22
	VMOVDQU64 oddTables512_sign(DX), Z23
	VMOVDQU64 oddTables512_tag(DX), Z24
	VMOVDQU64 oddTables512_tag1(DX), Z25
	VMOVDQU64 (oddTables512_tag1+64)(DX), Z26
	VMOVDQU64 oddTables512_tag2(DX), Z27
	VMOVDQU64 (oddTables512_tag2+64)(DX), Z28
	MOVQ before+32(FP), R14
	SHRQ $2, R14
	XORQ $1, R14 // 1 if the text has no byte before it

somePair:
	BLOCK
	XORL  AX, AX
	CMPQ  R9, $1
	ADCQ  $0, AX // is it the first block?
	ANDQ  R14, AX
	MOVQ  $-1, R10
	SHLXQ AX, R10, R10
	KMOVQ R10, K1
	VMOVDQU8.Z -1(SI), K1, Z4
	VMOVDQU64  (SI), Z0
	VMOVDQU64  1(SI), Z1
	VMOVDQU64  2(SI), Z2
	VMOVDQU64  3(SI), Z3
	VPCMPEQB   Z22, Z0, K2
	VPCMPEQB   64(SI), Z22, K3
	VPCMPEQB   Z23, Z0, K4
	VPERMI2B   Z17, Z16, Z0
	VMOVDQA64  Z1, Z5
	VPERMI2B   Z26, Z25, Z5
	VMOVDQA64  Z2, Z6
	VPERMI2B   Z28, Z27, Z6
	VPTESTMB   Z5, Z6, K6 // tags
	VPSRLW     $1, Z1, Z1
	VPERMB     Z18, Z1, Z1
	VPSRLW     $1, Z2, Z2
	VPERMB     Z19, Z2, Z2
	VPSRLW     $1, Z3, Z3
	VPERMB     Z20, Z3, Z3
	VPSRLW     $1, Z4, Z4
	VPERMB     Z21, Z4, Z4
	VPTERNLOGQ $0x80, Z1, Z2, Z0
	VPTERNLOGQ $0x80, Z3, Z4, Z0
	VPTESTMB   Z24, Z0, K5
	KANDQ      K5, K6, K6
	VPANDNQ    Z0, Z24, Z0
	VPTESTMB   Z0, Z0, K5
	KORQ       K5, K6, K5
	KMOVQ      K5, AX
	XORL       R10, R10
	KORTESTQ   K2, K3
	SETNE      R10
	NEGQ       R10
	KMOVQ      K4, CX
	ANDQ       CX, R10
	ORQ        R10, AX
	LEAQ       LETTERS, R10
	ANDQ       (3*ROOM)(R10)(R9*8), AX
	ORQ        AX, (DI)(R9*8)
	TESTQ      R8, R8
	JNE        somePair

noPairs:
	// Runs of letters: such as may be base64 of a text, or begin an archive.
	SOME(SOMERUNS, noRuns)
	VMOVDQU64 oddTables512_quad(DX), Z16
	VMOVDQU64 (oddTables512_quad+64)(DX), Z17
	VMOVDQU64 (oddTables512_quad+128)(DX), Z18
	VMOVDQU64 (oddTables512_quad+192)(DX), Z19
	VMOVDQU64 (oddTables512_quad+256)(DX), Z20
	VMOVDQU64 (oddTables512_quad+320)(DX), Z21
	VMOVDQU64 oddTables512_texts(DX), Z22
	VMOVDQU64 oddTables512_more(DX), Z23
	VMOVDQU64 oddTables512_archives(DX), Z24
	VMOVDQU64 oddTables512_slash(DX), Z25

someRun:
	BLOCK
	VMOVDQU64  (SI), Z0
	VMOVDQU64  1(SI), Z1
	VMOVDQU64  2(SI), Z2
	VPCMPEQB   Z25, Z0, K4
	VPERMI2B   Z17, Z16, Z0
	VPERMI2B   Z19, Z18, Z1
	VPERMI2B   Z21, Z20, Z2
	VPTERNLOGQ $0x80, Z0, Z1, Z2
	VPTESTMB   Z22, Z2, K2
	VPTESTMB   Z23, Z2, K3
	VPTESTMB   Z24, Z2, K1
	KMOVQ      K3, R14 // and what goes on with eight letters such, or may in the next block
	MOVQ       $-1, AX
	SHRQ       $4, AX, R14
	KMOVQ      K2, R10
	ANDQ       R14, R10
	SHRQ       $4, AX, R14
	ANDQ       R10, R14
	KMOVQ      K1, AX
	ORQ        AX, R14
	MOVQ       R14, R10
	KMOVQ      K4, AX
	LEAQ       1(AX)(AX*1), AX // behind a backslash the letter is an escape's; perhaps the first one too
	STC
	RCRQ       $1, R14
	ANDQ       R14, AX
	ORQ        R10, AX
	LEAQ       LETTERS, R10
	ANDQ       (4*ROOM)(R10)(R9*8), AX
	ORQ        AX, (DI)(R9*8)
	TESTQ      R8, R8
	JNE        someRun

noRuns:
	// The first two or three bytes of characters beyond ASCII.
	SOME(SOMEHIGHS, done)
	VMOVDQU64 oddTables512_lead(DX), Z16
	VMOVDQU64 (oddTables512_lead+64)(DX), Z17
	VMOVDQU64 oddTables512_cont(DX), Z18
	VMOVDQU64 (oddTables512_cont+64)(DX), Z19
	VMOVDQU64 oddTables512_rest(DX), Z20

someHigh:
	BLOCK
	VMOVDQU64  (SI), Z0
	VPMOVB2M   Z0, K1
	VPERMI2B.Z Z17, Z16, K1, Z0
	VPTESTMB   Z0, Z0, K2
	KORTESTQ   K2, K2
	JNE        look

nextHigh:
	TESTQ R8, R8
	JNE   someHigh

done:
	// Which masks are not 0.
	XORL R10, R10
	XORL CX, CX

some:
	VMOVDQU64 (DI), Z0
	VPTESTMQ  Z0, Z0, K1
	KMOVB     K1, AX
	SHLXQ     CX, AX, AX
	ORQ       AX, R10
	ADDQ      $64, DI
	ADDQ      $8, CX
	CMPQ      CX, BX
	JLT       some
	BZHIQ     BX, R10, R10
	MOVQ      R10, some+48(FP)
	VZEROUPPER
	RET

look: // as there is little of in Korean
	VMOVDQU64  1(SI), Z1
	VMOVDQU64  2(SI), Z2
	VPMOVB2M   Z1, K3
	VPERMI2B.Z Z19, Z18, K3, Z1
	VPERMB     Z20, Z2, Z2
	VPTERNLOGQ $0x80, Z1, Z2, Z0
	VPTESTMB   oddTables512_alone(DX), Z0, K2
	VPTESTMB   oddTables512_beside(DX), Z0, K3
	KMOVQ      K2, AX
	ORQ        AX, (DI)(R9*8)
	LEAQ       LETTERS, R10
	LEAQ       (R10)(R9*8), R9
	MOVQ       highs(-8), AX
	ANDNQ      letters(-8), AX, R10
	SHRQ       $63, R10
	MOVQ       highs(0), AX
	ANDNQ      letters(0), AX, AX
	LEAQ       (R10)(AX*2), R10
	SHRQ       $2, AX
	ORQ        AX, R10
	MOVQ       $3, AX
	SHLQ       $62, AX
	ORQ        AX, R10 // letters before and two bytes on
	KMOVQ      K3, AX
	ANDQ       AX, R10
	LEAQ       LETTERS, AX
	SUBQ       AX, R9
	ORQ        R10, (DI)(R9*1)
	JMP        nextHigh

all: // letters, which begin nothing else
	VPSUBB  Z20, Z0, Z5
	VPCMPUB $1, Z21, Z5, K4
	KMOVQ   K4, digits(0)
	MOVQ    R8, dots(0)
	MOVQ    R8, pairs(0)
	MOVQ    R8, ends(0)
	JMP     next

tail: // behind the text there are zeros
	XORL    R8, R8
	TESTQ   CX, CX
	JLE     behind
	MOVQ    $-1, DI
	BZHIQ   CX, DI, AX
	KMOVQ   AX, K1
	LEAQ    -1(CX), R14
	TESTQ   R14, R14
	CMOVQLT R8, R14
	BZHIQ   R14, DI, AX
	KMOVQ   AX, K2
	LEAQ    -2(CX), R14
	TESTQ   R14, R14
	CMOVQLT R8, R14
	BZHIQ   R14, DI, AX
	KMOVQ   AX, K3
	VMOVDQU8.Z (SI), K1, Z0
	VMOVDQU8.Z 1(SI), K2, Z1
	VMOVDQU8.Z 2(SI), K3, Z2
	JMP     block

behind: // the block behind the text
	MOVQ R8, letters(0)
	MOVQ R8, dots(0)
	MOVQ R8, digits(0)
	MOVQ R8, highs(0)
	JMP  across

spread:
	MOVL       $1, R15
	VPSHRDQ    $7, Z4, Z3, Z6
	VPSHRDQ    $9, Z4, Z3, Z7
	VPSHRDQ    $11, Z4, Z3, Z8
	VPTERNLOGQ $0x10, Z6, Z7, Z5
	VPANDNQ    Z5, Z8, Z5
	JMP        spreads
