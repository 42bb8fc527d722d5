//go:build !purego

#include "textflag.h"
#include "classes_amd64.h"
#include "lookups_amd64.h"

// The bytes at some place, for 64 at a time, and their high halves.
#define BYTES(at) \
	VMOVDQU at(SI), Y6      \
	VMOVDQU (at+32)(SI), Y7

#define HALF(at) \
	VMOVDQU at(DX), Y8      \
	VMOVDQU (at+32)(DX), Y9

// Ors to lo and hi what a table has against y and z.
#define REJECT(table, y, z, lo, hi) \
	VBROADCASTI128 (table)(R8), Y12 \
	VPSHUFB y, Y12, Y10             \
	VPSHUFB z, Y12, Y11             \
	VPOR    Y10, lo, lo             \
	VPOR    Y11, hi, hi

#define TABLE(set, at, half) (HALVES+256*set+32*at+16*half)

// As REJECT, of the bytes at a place, by both halves or by the low one alone; at the first place nothing has been against any.
#define FIRST(set, lo, hi) \
	VBROADCASTI128 TABLE(set, 0, 0)(R8), Y12 \
	VPSHUFB Y6, Y12, lo                      \
	VPSHUFB Y7, Y12, hi                      \
	REJECT(TABLE(set, 0, 1), Y8, Y9, lo, hi)

#define BOTH(set, at, lo, hi) \
	REJECT(TABLE(set, at, 0), Y6, Y7, lo, hi) \
	REJECT(TABLE(set, at, 1), Y8, Y9, lo, hi)

#define LOW(set, at, lo, hi) REJECT(TABLE(set, at, 0), Y6, Y7, lo, hi)

// WITH ors to Y0 and Y1 what a table has against the bytes, or the halves, at some place, and LOADED what one does that no register has.
#define WITH(at, of, table) \
	VPSHUFB at(of), table, Y2      \
	VPSHUFB (at+32)(of), table, Y3 \
	VPOR    Y2, Y0, Y0             \
	VPOR    Y3, Y1, Y1

#define LOADED(at, of, table) \
	VBROADCASTI128 table(R8), Y4 \
	WITH(at, of, Y4)

// BITS sets to to the top bits of the bytes of lo and hi. Spoils BX.
#define BITS(lo, hi, to) \
	VPMOVMSKB lo, to  \
	VPMOVMSKB hi, BX  \
	SHLQ      $32, BX \
	ORQ       BX, to

// KINDS_OF takes from R10, which are no candidates, where buckets of a set accept that need no start of a word.
#define KINDS_OF(set, lo, hi, any, next) \
	CMPB (KINDS+3*set+1)(R8), $0 \
	JEQ  any                     \
	VMOVDQU  (OTHERS+96*set+32)(R8), Y11 \
	VPOR     Y11, lo, Y10        \
	VPOR     Y11, hi, Y11        \
	VPCMPEQB Y15, Y10, Y10       \
	VPCMPEQB Y15, Y11, Y11       \
	BITS(Y10, Y11, AX)           \
	ANDNQ    (R12)(CX*8), AX, AX \
	ANDNQ    R10, AX, R10        \
any:                             \
	CMPB (KINDS+3*set+2)(R8), $0 \
	JEQ  next                    \
	VMOVDQU  (ABOVES+32*set)(R8), Y11 \
	VPSUBUSB Y11, lo, Y10        \
	VPSUBUSB Y11, hi, Y11        \
	BITS(Y10, Y11, AX)           \
	ANDQ     AX, R10             \
next:

// START begins a function: see acceptOne256.
#define START \
	MOVQ text+0(FP), SI    \
	MOVQ high+8(FP), DX    \
	MOVQ n+16(FP), R9      \
	MOVQ l+24(FP), R8      \
	MOVQ words+32(FP), R11 \
	MOVQ digits+40(FP), R12 \
	MOVQ candidates+48(FP), DI \
	MOVQ WINDOWS(R8), R13  \
	VPCMPEQB Y15, Y15, Y15 \
	XORL R14, R14          \
	XORL CX, CX

// NONE begins a block's word: R10 has what is no candidate, if only starts of words were.
#define NONE(lo, hi) \
	VPCMPEQB Y15, lo, Y10        \
	VPCMPEQB Y15, hi, Y11        \
	BITS(Y10, Y11, AX)           \
	ANDNQ    (R11)(CX*8), AX, R10 \
	NOTQ     R10

// STORE ends it, and goes on with the next at block.
#define STORE \
	XORL  AX, AX         \
	NOTQ  R10            \
	TESTQ R10, R10       \
	SETNE AX             \
	SHLXQ CX, AX, AX     \
	ORQ   AX, R14        \
	MOVQ  R10, (DI)(CX*8) \
	ADDQ  $64, SI        \
	ADDQ  $64, DX        \
	INCQ  CX             \
	CMPQ  CX, R9         \
	JLT   block          \
	MOVQ  R14, nonzero+56(FP) \
	VZEROUPPER           \
	RET

// func halves256(text *byte, n int, high *byte)
TEXT ·halves256(SB), NOSPLIT, $0-24
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ high+16(FP), DX
	MOVL         $0x0f, AX
	VMOVQ        AX, X4
	VPBROADCASTB X4, Y4

block:
	VMOVDQU 0(SI), Y0
	VMOVDQU 32(SI), Y1
	VPSRLW  $4, Y0, Y0
	VPSRLW  $4, Y1, Y1
	VPAND   Y4, Y0, Y0
	VPAND   Y4, Y1, Y1
	VMOVDQU Y0, 0(DX)
	VMOVDQU Y1, 32(DX)
	ADDQ $64, SI
	ADDQ $64, DX
	DECQ CX
	JNZ  block
	VZEROUPPER
	RET

// func acceptOne256(text, high *byte, n int, l *lookups, words, digits, candidates *uint64) (nonzero uint64)
//
// There is one for each number of sets. Y0 to Y5 have the buckets that reject a place, two registers for each set; where they have
// all, none accepts it. Words start where digits do, so only what no word has to start at needs a look at a kind.
TEXT ·acceptOne256(SB), NOSPLIT, $0-64
	START
	VBROADCASTI128 TABLE(0, 0, 0)(R8), Y6
	VBROADCASTI128 TABLE(0, 0, 1)(R8), Y7
	VBROADCASTI128 TABLE(0, 1, 0)(R8), Y8
	VBROADCASTI128 TABLE(0, 1, 1)(R8), Y9
	VBROADCASTI128 TABLE(0, 2, 0)(R8), Y12
	VBROADCASTI128 TABLE(0, 2, 1)(R8), Y13
	VBROADCASTI128 TABLE(0, 3, 0)(R8), Y14

block:
	VPSHUFB (SI), Y6, Y0
	VPSHUFB 32(SI), Y6, Y1
	WITH(0, DX, Y7)
	WITH(1, SI, Y8)
	WITH(1, DX, Y9)
	WITH(2, SI, Y12)
	WITH(2, DX, Y13)
	WITH(3, SI, Y14)
	LOADED(3, DX, TABLE(0, 3, 1))
	LOADED(4, SI, TABLE(0, 4, 0))
	CMPQ R13, $6
	JLT  test
	LOADED(5, SI, TABLE(0, 5, 0))
	CMPQ R13, $7
	JLT  test
	LOADED(6, SI, TABLE(0, 6, 0))
	CMPQ R13, $8
	JLT  test
	LOADED(7, SI, TABLE(0, 7, 0))

test:
	NONE(Y0, Y1)
	KINDS_OF(0, Y0, Y1, any0, next0)
	STORE

TEXT ·acceptTwo256(SB), NOSPLIT, $0-64
	START

block:
	BYTES(0)
	HALF(0)
	FIRST(0, Y0, Y1)
	FIRST(1, Y2, Y3)
	BYTES(1)
	HALF(1)
	BOTH(0, 1, Y0, Y1)
	BOTH(1, 1, Y2, Y3)
	BYTES(2)
	HALF(2)
	BOTH(0, 2, Y0, Y1)
	BOTH(1, 2, Y2, Y3)
	BYTES(3)
	HALF(3)
	BOTH(0, 3, Y0, Y1)
	BOTH(1, 3, Y2, Y3)
	BYTES(4)
	LOW(0, 4, Y0, Y1)
	LOW(1, 4, Y2, Y3)
	CMPQ R13, $6
	JLT  test
	BYTES(5)
	LOW(0, 5, Y0, Y1)
	LOW(1, 5, Y2, Y3)
	CMPQ R13, $7
	JLT  test
	BYTES(6)
	LOW(0, 6, Y0, Y1)
	LOW(1, 6, Y2, Y3)
	CMPQ R13, $8
	JLT  test
	BYTES(7)
	LOW(0, 7, Y0, Y1)
	LOW(1, 7, Y2, Y3)

test:
	VPAND Y0, Y2, Y10
	VPAND Y1, Y3, Y11
	NONE(Y10, Y11)
	KINDS_OF(0, Y0, Y1, any0, next0)
	KINDS_OF(1, Y2, Y3, any1, next1)
	STORE

TEXT ·acceptThree256(SB), NOSPLIT, $0-64
	START

block:
	BYTES(0)
	HALF(0)
	FIRST(0, Y0, Y1)
	FIRST(1, Y2, Y3)
	FIRST(2, Y4, Y5)
	BYTES(1)
	HALF(1)
	BOTH(0, 1, Y0, Y1)
	BOTH(1, 1, Y2, Y3)
	BOTH(2, 1, Y4, Y5)
	BYTES(2)
	HALF(2)
	BOTH(0, 2, Y0, Y1)
	BOTH(1, 2, Y2, Y3)
	BOTH(2, 2, Y4, Y5)
	BYTES(3)
	HALF(3)
	BOTH(0, 3, Y0, Y1)
	BOTH(1, 3, Y2, Y3)
	BOTH(2, 3, Y4, Y5)
	BYTES(4)
	LOW(0, 4, Y0, Y1)
	LOW(1, 4, Y2, Y3)
	LOW(2, 4, Y4, Y5)
	CMPQ R13, $6
	JLT  test
	BYTES(5)
	LOW(0, 5, Y0, Y1)
	LOW(1, 5, Y2, Y3)
	LOW(2, 5, Y4, Y5)
	CMPQ R13, $7
	JLT  test
	BYTES(6)
	LOW(0, 6, Y0, Y1)
	LOW(1, 6, Y2, Y3)
	LOW(2, 6, Y4, Y5)
	CMPQ R13, $8
	JLT  test
	BYTES(7)
	LOW(0, 7, Y0, Y1)
	LOW(1, 7, Y2, Y3)
	LOW(2, 7, Y4, Y5)

test:
	VPAND Y0, Y2, Y10
	VPAND Y1, Y3, Y11
	VPAND Y4, Y10, Y10
	VPAND Y5, Y11, Y11
	NONE(Y10, Y11)
	KINDS_OF(0, Y0, Y1, any0, next0)
	KINDS_OF(1, Y2, Y3, any1, next1)
	KINDS_OF(2, Y4, Y5, any2, next2)
	STORE

// func places256(candidates *[72]uint64, nonzero uint64, places *[1088]uint16) (found int, left uint64)
//
// nonzero is not 0. Of each word four are taken at once, as there are seldom more. R9 is the last place at which there is room for a
// word of 64.
#define PLACE(at) \
	TZCNTQ AX, BX         \
	BLSRQ  AX, AX         \
	ADDL   CX, BX         \
	MOVW   BX, (2*at)(DI)

TEXT ·places256(SB), NOSPLIT, $0-40
	MOVQ candidates+0(FP), SI
	MOVQ nonzero+8(FP), R8
	MOVQ places+16(FP), DI
	LEAQ (2*(MAXHITS-64))(DI), R9

word:
	TZCNTQ  R8, CX
	MOVQ    (SI)(CX*8), AX
	POPCNTQ AX, R10
	SHLL    $6, CX
	PLACE(0)
	PLACE(1)
	PLACE(2)
	PLACE(3)
	LEAQ    (DI)(R10*2), R11
	TESTQ   AX, AX
	JNE     more

next:
	MOVQ  R11, DI
	BLSRQ R8, R8
	JEQ   done
	CMPQ  DI, R9
	JLS   word

done:
	SUBQ places+16(FP), DI
	SHRQ $1, DI
	MOVQ DI, found+24(FP)
	MOVQ R8, left+32(FP)
	RET

more:
	ADDQ  $8, DI
	PLACE(0)
	TESTQ AX, AX
	JEQ   next

another:
	ADDQ  $2, DI
	PLACE(0)
	TESTQ AX, AX
	JNE   another
	JMP   next

// ONE_RUN takes the first of the runs AX: if the digits behind it lie right it goes to DX. Where none is left nothing does.
#define ONE_RUN \
	TZCNTQ  AX, BX               \
	BLSIQ   AX, R10              \
	BLSRQ   AX, AX               \
	ADDQ    R9, BX               \
	MOVQ    BX, R11              \
	SHRQ    $3, R11              \
	MOVQ    DIGIT(SI)(R11*1), R11 \
	ANDL    $7, BX               \
	SHRXQ   BX, R11, R11         \
	ANDL    $127, R11            \
	MOVBLZX LAYOUTS(R12)(R11*1), R11 \
	NEGQ    R11                  \
	ANDQ    R10, R11             \
	ORQ     R11, DX

// func runs256(c *Classes, at, n int, l *lookups, candidates *uint64) (nonzero uint64)
//
// Of each word three are taken at once, as there are seldom more. R9 is the place behind the first of a word.
TEXT ·runs256(SB), NOSPLIT, $0-48
	MOVQ  c+0(FP), SI
	MOVQ  at+8(FP), AX
	LEAQ  (SI)(AX*8), SI
	MOVQ  l+24(FP), R12
	MOVQ  candidates+32(FP), DI
	VPXOR Y1, Y1, Y1
	XORL  R8, R8  // words with runs
	XORL  R13, R13
	XORL  CX, CX

words:
	VMOVDQU   RUN(SI)(CX*8), Y0
	VPAND     DIGITSTART(SI)(CX*8), Y0, Y0
	VPCMPEQQ  Y1, Y0, Y0
	VMOVMSKPD Y0, AX
	XORL      $15, AX
	SHLXQ     CX, AX, AX
	ORQ       AX, R8
	ADDQ      $4, CX
	CMPQ      CX, n+16(FP)
	JLT       words
	VZEROUPPER
	MOVQ  n+16(FP), CX
	BZHIQ CX, R8, R8
	JEQ   done

word:
	TZCNTQ R8, CX
	MOVQ   RUN(SI)(CX*8), AX
	ANDQ   DIGITSTART(SI)(CX*8), AX
	XORL   DX, DX
	MOVQ   CX, R9
	SHLQ   $6, R9
	INCQ   R9
	ONE_RUN
	ONE_RUN
	ONE_RUN
	TESTQ AX, AX
	JNE   more

next:
	XORL  AX, AX
	ORQ   DX, (DI)(CX*8)
	TESTQ DX, DX
	SETNE AX
	SHLXQ CX, AX, AX
	ORQ   AX, R13
	BLSRQ R8, R8
	JNE   word

done:
	MOVQ R13, nonzero+40(FP)
	RET

more:
	ONE_RUN
	TESTQ AX, AX
	JNE   more
	JMP   next
