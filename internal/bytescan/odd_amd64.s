//go:build !purego

#include "textflag.h"
#include "go_asm.h"

#define BYTES(value, z) \
	MOVL $value, AX; \
	VPBROADCASTB AX, z

// func odd512(text *byte, n, blocks int, t *oddTables512, before uint64, masks *uint64)
//
// It goes block by block, 64 bytes each, and over one more, for what begins in the last:
//
//	SI  the text            R8   letters of base64          R12  1 if the last byte was a letter
//	CX  how much is left    R9   bytes of oddTables512.first   R13  how many letters the last block ends in
//	DI  masks               R10  what sets apart
//	DX  t
//
// Z16 to Z19 are tables, Z3 what first says, Z5 what all three agree about.
TEXT ·odd512(SB), NOSPLIT, $40-48
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ blocks+16(FP), AX
	MOVQ t+24(FP), DX
	MOVQ masks+40(FP), DI
	LEAQ (DI)(AX*8), AX
	MOVQ AX, end-8(SP)
	MOVQ SI, start-16(SP)
	MOVQ $0, begins-24(SP) // where letters began in the last block
	MOVQ $0, apart-32(SP)  // what set apart in it
	MOVQ before+32(FP), AX
	LEAQ oddTables512_first(DX), BX
	VMOVDQU64 oddTables512_first(DX), Z16
	VMOVDQU64 (oddTables512_first+64)(DX), Z17
	VMOVDQU64 oddTables512_second(DX), Z18
	VMOVDQU64 oddTables512_third(DX), Z19
	XORL  R12, R12
	CMPQ  AX, $0x80
	JGE   begun
	MOVBQZX (BX)(AX*1), R12
	SHRQ  $7, R12

begun:
	XORL  R13, R13
	BYTES(const_oddSets, Z20)
	KXNORQ K6, K6, K6 // what may be read three bytes on
	KXNORQ K7, K7, K7 // and 64

loop:
	CMPQ CX, $128
	JLT  tail
	VMOVDQU64 (SI), Z0
	VMOVDQU64 1(SI), Z1
	VMOVDQU64 2(SI), Z2

block:
	VPMOVB2M   Z0, K1
	KNOTQ      K1, K2
	VMOVDQA64  Z0, Z3
	VPERMI2B.Z Z17, Z16, K2, Z3
	VPSRLW     $1, Z1, Z4
	VPERMB     Z18, Z4, Z4
	VPSRLW     $1, Z2, Z5
	VPERMB     Z19, Z5, Z5
	VPTERNLOGQ $0x80, Z3, Z4, Z5
	VPMOVB2M   Z3, K4
	KMOVQ      K4, R8
	VPTESTMB   Z20, Z3, K5
	KMOVQ      K5, R10
	VPTESTMB   Z5, Z5, K3
	KMOVQ      K3, R9

	// Letters that begin a run of 14 within the block: AX where letters begin, R11 those. What
	// wraps around does not count.
	LEAQ  (R12)(R8*2), AX
	ANDNQ R8, AX, AX
	RORXQ $1, R8, R11
	ANDQ  R8, R11
	RORXQ $2, R11, BX
	ANDQ  BX, R11
	RORXQ $4, R11, BX
	ANDQ  BX, R11
	RORXQ $6, R11, BX
	ANDQ  BX, R11
	ANDQ  AX, R11
	SHLQ  $13, R11

	// Three that set apart, with one byte between.
	RORXQ $2, R10, R14
	ANDQ  R10, R14
	RORXQ $2, R14, BX
	ANDQ  BX, R14
	MOVQ  R9, BX
	ORQ   R11, BX
	ORQ   R14, BX
	JNE   refine

refined:
	KORTESTQ K1, K1
	JNE   high

stored:
	MOVQ  R9, (DI)
	MOVQ  R8, BX
	NOTQ  BX
	TZCNTQ BX, R9
	ADDQ  R13, R9
	CMPQ  R9, $14
	JGE   across

next:
	LZCNTQ BX, R13
	SHRQ  $63, R8
	MOVQ  R8, R12
	MOVQ  AX, begins-24(SP)
	MOVQ  R10, apart-32(SP)
	CMPQ  DI, end-8(SP)
	JEQ   done
	ADDQ  $64, SI
	ADDQ  $8, DI
	SUBQ  $64, CX
	JMP   loop

done:
	VZEROUPPER
	RET

	// Letters that begin in the block before, R13 bytes from its end, and go on: such as four of a
	// text or an archive may begin with, unless the first is an escape's.
across:
	LEAQ  -1(R13), R9
	CMPQ  R9, $13
	JCC   next // none, or they were found there
	MOVQ  SI, R9
	SUBQ  R13, R9
	MOVBQZX (R9), R11
	MOVBQZX oddTables512_quad(DX)(R11*1), R14
	MOVBQZX 1(R9), R11
	ANDB  (oddTables512_quad+128)(DX)(R11*1), R14
	MOVBQZX 2(R9), R11
	ANDB  (oddTables512_quad+256)(DX)(R11*1), R14
	TESTB $const_quadStarts, R14
	JNE   begins
	CMPQ  R9, start-16(SP)
	JEQ   begins
	CMPB  -1(R9), $92
	JNE   next

begins:
	MOVL  $64, R11
	SUBQ  R13, R11
	MOVQ  -8(DI), R9
	BTSQ  R11, R9
	MOVQ  R9, -8(DI)
	JMP   next

	// Less than 128 bytes, or none at all: what lies behind them is 0.
tail:
	TESTQ CX, CX
	JLE   last
	MOVQ  $-1, AX
	BZHIQ CX, AX, BX
	KMOVQ BX, K2
	VMOVDQU8.Z (SI), K2, Z0
	LEAQ  -1(CX), R9
	BZHIQ R9, AX, BX
	KMOVQ BX, K2
	VMOVDQU8.Z 1(SI), K2, Z1
	XORL  R11, R11
	SUBQ  $1, R9
	CMOVQLT R11, R9
	BZHIQ R9, AX, BX
	KMOVQ BX, K2
	VMOVDQU8.Z 2(SI), K2, Z2
	LEAQ  -3(CX), R9
	TESTQ R9, R9
	CMOVQLT R11, R9
	BZHIQ R9, AX, BX
	KMOVQ BX, K6
	LEAQ  -64(CX), R9
	TESTQ R9, R9
	CMOVQLT R11, R9
	BZHIQ R9, AX, BX
	KMOVQ BX, K7
	JMP   block

last:
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	KXORQ  K6, K6, K6
	KXORQ  K7, K7, K7
	JMP    block

	// Where anything agrees, more is asked.
refine:
	MOVQ AX, begin-40(SP)
	TESTQ R9, R9
	JEQ  nopair
	VPSUBB   oddTables512_zero(DX), Z0, Z6
	VPCMPUB  $1, oddTables512_ten(DX), Z6, K4
	KMOVQ    K4, BX
	CMPQ     SI, start-16(SP)
	JEQ      early
	MOVBQZX  -1(SI), AX

prev:
	SUBQ     $48, AX
	CMPQ     AX, $10
	SBBQ     AX, AX
	NEGQ     AX
	LEAQ     (AX)(BX*2), BX
	ANDQ     R9, BX // what a digit stands before
	VPTESTMB oddTables512_sure(DX), Z5, K2
	VPCMPUB  $4, oddTables512_slash(DX), Z0, K2, K2 // two of which count behind a digit only
	KMOVQ    K2, AX
	ORQ      AX, BX
	VPTESTMB oddTables512_ats(DX), Z5, K2
	VPCMPUB  $6, oddTables512_less(DX), Z0, K2, K2 // @ before a letter or digit
	KMOVQ    K2, AX
	ORQ      AX, BX
	VPTESTMB oddTables512_tags(DX), Z5, K2
	VPCMPEQB oddTables512_less(DX), Z0, K2, K2
	KORTESTQ K2, K2
	JNE      tags

tagged:
	VPTESTMB oddTables512_escapes(DX), Z5, K2
	VPCMPEQB oddTables512_u(DX), Z1, K2, K3
	VPCMPEQB oddTables512_zero(DX), Z2, K3, K3
	KMOVQ    K3, AX
	ORQ      AX, BX

	// A dot that another one follows behind two to five digits; or that may, in the next block.
	MOVQ R10, R9
	ANDQ BX, R9
	JEQ  nodot
	VPCMPEQB oddTables512_dot(DX), Z0, K3
	KMOVQ    K4, AX // digits
	KMOVQ    K3, R15
	MOVQ     R15, R9
	SHRQ     $1, R9 // five of them, and a dot: a digit, or a dot, follows, one byte nearer each time
	ANDQ     AX, R9
	ORQ      R15, R9
	SHRQ     $1, R9
	ANDQ     AX, R9
	ORQ      R15, R9
	SHRQ     $1, R9
	ANDQ     AX, R9
	ORQ      R15, R9
	SHRQ     $3, R9
	MOVQ     $0x3f, AX
	SHLQ     $58, AX
	ORQ      AX, R9
	LEAQ     3(R8*4), AX // and two bytes before
	ANDQ     AX, R9
	NOTQ     R9
	ANDQ     R10, R9
	ANDNQ    BX, R9, BX

nodot:
	VPTESTMB oddTables512_equal(DX), Z5, K2
	KORTESTQ K2, K2
	JEQ  noequal
	VPSUBB   oddTables512_capital(DX), Z2, Z6
	VPCMPUB  $1, oddTables512_six(DX), Z6, K2, K3
	KMOVQ    K3, AX
	ORQ      AX, BX
	VPCMPEQB oddTables512_four(DX), Z1, K2, K3
	VPCMPEQB oddTables512_zero(DX), Z2, K3, K3
	KMOVQ    K3, AX
	ORQ      AX, BX
	KMOVQ    K2, R9
	VMOVDQU8.Z 3(SI), K6, Z7
	VPCMPEQB oddTables512_sign(DX), Z7, K2, K3
	KMOVQ    K3, AX
	ORQ      AX, BX
	VMOVDQU8.Z 64(SI), K7, Z7
	VPCMPEQB oddTables512_plus(DX), Z0, K3
	VPCMPEQB oddTables512_plus(DX), Z7, K4
	KORTESTQ K3, K4
	JEQ      noequal
	ORQ      R9, BX // rare enough

noequal:
	MOVQ BX, R9

nopair:
	TESTQ R11, R11
	JEQ  norun
	SHRQ $13, R11
	VMOVDQU64 oddTables512_quad(DX), Z6
	VMOVDQA64 Z0, Z7
	VPERMI2B (oddTables512_quad+64)(DX), Z6, Z7
	VMOVDQU64 (oddTables512_quad+128)(DX), Z6
	VMOVDQA64 Z1, Z8
	VPERMI2B (oddTables512_quad+192)(DX), Z6, Z8
	VMOVDQU64 (oddTables512_quad+256)(DX), Z6
	VMOVDQA64 Z2, Z9
	VPERMI2B (oddTables512_quad+320)(DX), Z6, Z9
	VPTERNLOGQ $0x80, Z7, Z8, Z9
	VPTESTMB oddTables512_texts(DX), Z9, K2
	VPTESTMB oddTables512_more(DX), Z9, K3
	KMOVQ    K3, BX // and what goes on with eight letters such, or may in the next block
	MOVQ     $-1, AX
	SHRQ     $4, AX, BX
	KMOVQ    K2, R15
	ANDQ     BX, R15
	SHRQ     $4, AX, BX
	ANDQ     R15, BX
	VPTESTMB oddTables512_archives(DX), Z9, K3
	KMOVQ    K3, AX
	ORQ      AX, BX
	MOVQ     BX, R15
	VPCMPEQB oddTables512_slash(DX), Z0, K3
	KMOVQ    K3, AX
	LEAQ     1(AX)(AX*1), AX // behind a backslash the letter is an escape's; perhaps the first one too
	STC
	RCRQ     $1, BX
	ANDQ     BX, AX
	ORQ      R15, AX
	ANDQ     AX, R11
	ORQ      R11, R9

norun:
	TESTQ R14, R14
	JEQ   notapart
	// Letters with six of them behind, one byte between; or so many as the block has.
	MOVQ R10, BX
	NOTQ BX
	SHRQ $1, BX
	MOVQ BX, AX
	SHRQ $2, AX
	ORQ  BX, AX
	MOVQ AX, R11
	SHRQ $4, R11
	SHRQ $8, BX
	ORQ  R11, AX
	ORQ  BX, AX
	SHRQ $2, BX
	ORQ  BX, AX
	MOVQ begin-40(SP), BX
	ANDNQ BX, AX, AX
	BTRQ $63, AX
	ORQ  AX, R9
	CMPQ SI, start-16(SP)
	JEQ  notapart
	// And those that begin in the block before.
	MOVQ apart-32(SP), AX
	SHRQ $1, AX
	MOVQ R10, BX
	SHLQ $63, BX
	ORQ  BX, AX
	ANDQ begins-24(SP), AX
	SHRQ $53, AX
	SHLQ $53, AX
	ORQ  AX, -8(DI)

notapart:
	MOVQ begin-40(SP), AX
	JMP  refined

early:
	MOVQ before+32(FP), AX
	JMP  prev

	// What may be a tag, behind a byte of a value.
tags:
	VMOVDQU64 oddTables512_tag1(DX), Z6
	VMOVDQA64 Z1, Z7
	VPERMI2B (oddTables512_tag1+64)(DX), Z6, Z7
	VMOVDQU64 oddTables512_tag2(DX), Z6
	VMOVDQA64 Z2, Z8
	VPERMI2B (oddTables512_tag2+64)(DX), Z6, Z8
	VPTESTMB Z7, Z8, K2, K2
	VMOVDQU64 oddTables512_value(DX), Z6
	VMOVDQA64 Z0, Z7
	VPERMI2B (oddTables512_value+64)(DX), Z6, Z7
	VPMOVB2M Z7, K3
	KMOVQ    K3, R9
	KMOVQ    K4, AX // digits, before a blank
	LEAQ     1(AX)(AX*1), AX
	ANDQ     R10, AX
	ORQ      AX, R9
	LEAQ     1(R9)(R9*1), R9 // the byte before the block may be one
	KMOVQ    K2, AX
	ANDQ     R9, AX
	ORQ      AX, BX
	JMP      tagged

	// The first two or three bytes of characters beyond ASCII.
high:
	VMOVDQU64  oddTables512_lead(DX), Z6
	VMOVDQA64  Z0, Z7
	VPERMI2B.Z (oddTables512_lead+64)(DX), Z6, K1, Z7
	VPTESTMB   Z7, Z7, K3
	KORTESTQ   K3, K3
	JEQ        stored // as in Korean
	VPMOVB2M   Z1, K4
	VMOVDQU64  oddTables512_cont(DX), Z6
	VPERMI2B.Z (oddTables512_cont+64)(DX), Z6, K4, Z1
	VMOVDQU64  oddTables512_rest(DX), Z6
	VPERMB     Z6, Z2, Z2
	VPTERNLOGQ $0x80, Z1, Z2, Z7
	VPTESTMB   oddTables512_alone(DX), Z7, K3
	KMOVQ      K3, BX
	ORQ        BX, R9
	VPTESTMB   oddTables512_beside(DX), Z7, K3
	LEAQ       (R12)(R8*2), BX
	MOVQ       R8, R11
	SHRQ       $2, R11
	ORQ        R11, BX
	MOVQ       $3, R11
	SHLQ       $62, R11
	ORQ        R11, BX
	KMOVQ      K3, R11
	ANDQ       BX, R11
	ORQ        R11, R9
	JMP        stored

// LOOK sets to to what the halves at off(DX) say of the 32 bytes of x. Spoils Y2 and Y3. Y15 is
// 0x0f in every byte.
#define LOOK(off, x, to) \
	VBROADCASTI128 (oddTables_halves+off)(DX), Y2; \
	VBROADCASTI128 (oddTables_halves+off+16)(DX), Y3; \
	VPSRLW   $4, x, to; \
	VPAND    Y15, to, to; \
	VPSHUFB  to, Y2, Y2; \
	VPAND    Y15, x, to; \
	VPSHUFB  to, Y3, Y3; \
	VPAND    Y2, Y3, to

// MASK sets to to the bytes of two vectors that have one of bits, in every byte. Spoils AX, Y2
// and Y3.
#define MASK(lo, hi, bits, to) \
	VPAND     lo, bits, Y2; \
	VPAND     hi, bits, Y3; \
	VPCMPEQB  Y14, Y2, Y2; \
	VPCMPEQB  Y14, Y3, Y3; \
	VPMOVMSKB Y2, to; \
	VPMOVMSKB Y3, AX; \
	SHLQ      $32, AX; \
	ORQ       AX, to; \
	NOTQ      to

#define BYTES256(value, x, y) \
	MOVL $value, AX; \
	VMOVD AX, x; \
	VPBROADCASTB x, y

// func odd256(text *byte, blocks int, t *oddTables, out *oddBlock)
//
// It leaves the combining to Go: there is one block more than blocks, of which only letter, digit
// and apart are filled in.
TEXT ·odd256(SB), NOSPLIT, $0-32
	MOVQ text+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ t+16(FP), DX
	MOVQ out+24(FP), DI
	VPXOR Y14, Y14, Y14
	BYTES256(0x0f, X15, Y15)
	BYTES256(const_oddLetter, X13, Y13)
	BYTES256(const_oddDigit, X12, Y12)
	BYTES256(const_oddApart, X11, Y11)
	BYTES256(const_oddLine, X10, Y10)
	BYTES256(const_oddBeside, X9, Y9)
	BYTES256(const_oddAlone, X8, Y8)

loop:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	LOOK(0, Y0, Y4)
	LOOK(0, Y1, Y5)
	MASK(Y4, Y5, Y13, BX)
	MOVQ BX, oddBlock_letter(DI)
	MASK(Y4, Y5, Y12, BX)
	MOVQ BX, oddBlock_digit(DI)
	MASK(Y4, Y5, Y11, BX)
	MOVQ BX, oddBlock_apart(DI)
	TESTQ CX, CX
	JEQ  done
	MASK(Y4, Y5, Y10, BX)
	MOVQ BX, oddBlock_line(DI)

	// Pairs: only where there is anything special, or high.
	LOOK(32, Y0, Y4)
	LOOK(32, Y1, Y5)
	VMOVDQU 1(SI), Y6
	LOOK(64, Y6, Y7)
	VPAND   Y7, Y4, Y4
	VMOVDQU 33(SI), Y6
	LOOK(64, Y6, Y7)
	VPAND   Y7, Y5, Y5
	VPCMPEQB Y6, Y6, Y6
	MASK(Y4, Y5, Y6, BX)
	MOVQ    BX, oddBlock_pair(DI)
	MOVQ    $0, oddBlock_high(DI)
	MOVQ    $0, oddBlock_beside(DI)
	VPOR    Y0, Y1, Y4
	VPMOVMSKB Y4, AX
	TESTL   AX, AX
	JEQ     ascii
	LOOK(96, Y0, Y4)
	LOOK(96, Y1, Y5)
	VMOVDQU 1(SI), Y6
	LOOK(128, Y6, Y7)
	VPAND   Y7, Y4, Y4
	VMOVDQU 33(SI), Y6
	LOOK(128, Y6, Y7)
	VPAND   Y7, Y5, Y5
	MASK(Y4, Y5, Y8, BX)
	MOVQ    BX, oddBlock_high(DI)
	MASK(Y4, Y5, Y9, BX)
	MOVQ    BX, oddBlock_beside(DI)

ascii:
	ADDQ $64, SI
	ADDQ $oddBlock__size, DI
	DECQ CX
	JMP  loop

done:
	VZEROUPPER
	RET
