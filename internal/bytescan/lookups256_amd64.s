//go:build !purego

#include "textflag.h"
#include "classes_amd64.h"
#include "lookups_amd64.h"

// func halves256(text *byte, n int, raw, high *byte)
TEXT ·halves256(SB), NOSPLIT, $0-32
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ raw+16(FP), DI
	MOVQ high+24(FP), DX
	MOVL         $0x0f, AX
	VMOVQ        AX, X4
	VPBROADCASTB X4, Y4

block:
	VMOVDQU 0(SI), Y0
	VMOVDQU 32(SI), Y1
	VPSRLW  $4, Y0, Y2
	VPSRLW  $4, Y1, Y3
	VPAND   Y4, Y2, Y2
	VPAND   Y4, Y3, Y3
	VMOVDQU Y0, 0(DI)
	VMOVDQU Y1, 32(DI)
	VMOVDQU Y2, 0(DX)
	VMOVDQU Y3, 32(DX)
	ADDQ $64, SI
	ADDQ $64, DI
	ADDQ $64, DX
	DECQ CX
	JNZ  block
	VZEROUPPER
	RET

// Ors to Y0 and Y1 what tables for both halves have against the bytes at some place.
#define REJECT(at, low, high) \
	VPSHUFB at(SI), low, Y2       \
	VPSHUFB (at+32)(SI), low, Y3  \
	VPOR    Y2, Y0, Y0            \
	VPOR    Y3, Y1, Y1            \
	VPSHUFB at(DX), high, Y2      \
	VPSHUFB (at+32)(DX), high, Y3 \
	VPOR    Y2, Y0, Y0            \
	VPOR    Y3, Y1, Y1

// As REJECT, by the low halves alone.
#define REJECT_LOW(at, low) \
	VPSHUFB at(SI), low, Y2       \
	VPSHUFB (at+32)(SI), low, Y3  \
	VPOR    Y2, Y0, Y0            \
	VPOR    Y3, Y1, Y1

// Writes a word: which of 64 places a bucket of a kind accepts.
#define OF_KIND(kind, to) \
	VMOVDQU   (OTHERS+kind*32)(R11), Y4 \
	VPOR      Y4, Y0, Y2                \
	VPOR      Y4, Y1, Y3                \
	VPCMPEQB  Y5, Y2, Y2                \
	VPCMPEQB  Y5, Y3, Y3                \
	VPMOVMSKB Y2, AX                    \
	VPMOVMSKB Y3, BX                    \
	SHLQ      $32, BX                   \
	ORQ       BX, AX                    \
	NOTQ      AX                        \
	MOVQ      AX, to(DI)

// func accept256(raw, high *byte, n int, l *lookups, set int, to *accepted)
//
// Y6 to Y15 have tables, Y0 and Y1 the buckets that reject a place.
TEXT ·accept256(SB), NOSPLIT, $0-48
	MOVQ raw+0(FP), SI
	MOVQ high+8(FP), DX
	MOVQ n+16(FP), CX
	MOVQ l+24(FP), R8
	MOVQ set+32(FP), AX
	MOVQ to+40(FP), DI
	MOVQ WINDOWS(R8), R9
	MOVQ AX, R10
	SHLQ $8, R10
	LEAQ HALVES(R8)(R10*1), R10
	LEAQ (AX)(AX*2), R12
	MOVQ R12, R11
	SHLQ $5, R11
	ADDQ R8, R11
	ADDQ R8, R12
	MOVBLZX (KINDS+1)(R12), R13
	MOVBLZX (KINDS+2)(R12), R14
	VBROADCASTI128 0(R10), Y6
	VBROADCASTI128 16(R10), Y7
	VBROADCASTI128 32(R10), Y8
	VBROADCASTI128 48(R10), Y9
	VBROADCASTI128 64(R10), Y10
	VBROADCASTI128 80(R10), Y11
	VBROADCASTI128 96(R10), Y12
	VBROADCASTI128 112(R10), Y13
	VBROADCASTI128 128(R10), Y14
	VBROADCASTI128 160(R10), Y15
	VPCMPEQB Y5, Y5, Y5

block:
	VPSHUFB 0(SI), Y6, Y0
	VPSHUFB 32(SI), Y6, Y1
	VPSHUFB 0(DX), Y7, Y2
	VPSHUFB 32(DX), Y7, Y3
	VPOR    Y2, Y0, Y0
	VPOR    Y3, Y1, Y1
	REJECT(1, Y8, Y9)
	REJECT(2, Y10, Y11)
	REJECT(3, Y12, Y13)
	REJECT_LOW(4, Y14)
	CMPQ R9, $6
	JLT  test
	REJECT_LOW(5, Y15)
	CMPQ R9, $7
	JLT  test
	VBROADCASTI128 192(R10), Y4
	REJECT_LOW(6, Y4)
	CMPQ R9, $8
	JLT  test
	VBROADCASTI128 224(R10), Y4
	REJECT_LOW(7, Y4)

test:
	OF_KIND(0, WORDS)
	TESTL R13, R13
	JZ    any
	OF_KIND(1, DIGITS)

any:
	TESTL R14, R14
	JZ    next
	OF_KIND(2, ANY)

next:
	ADDQ $64, SI
	ADDQ $64, DX
	ADDQ $8, DI
	DECQ CX
	JNZ  block
	VZEROUPPER
	RET

// func combine256(c *Classes, at, n int, v *vectors, l *lookups)
//
// As combine512, four words at a time, but for runs.
TEXT ·combine256(SB), NOSPLIT, $0-40
	MOVQ c+0(FP), SI
	MOVQ at+8(FP), AX
	LEAQ (SI)(AX*8), SI
	MOVQ n+16(FP), CX
	MOVQ v+24(FP), DI
	MOVQ l+32(FP), R8
	LEAQ NONZERO(DI), R9
	VPXOR Y5, Y5, Y5
	MOVL  $0, R10                 // whether these are the second four of a byte of bits

words:
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	MOVQ  DI, R13
	MOVQ  R8, R14
	MOVQ  COUNT(R8), BX
	TESTQ BX, BX
	JZ    gathered

set:
	VPOR WORDS(R13), Y0, Y0
	CMPB (KINDS+1)(R14), $0
	JEQ  any
	VPOR DIGITS(R13), Y1, Y1

any:
	CMPB (KINDS+2)(R14), $0
	JEQ  next
	VPOR ANY(R13), Y2, Y2

next:
	ADDQ $ACCEPTED, R13
	ADDQ $3, R14
	DECQ BX
	JNZ  set

gathered:
	VPAND   WORDSTART(SI), Y0, Y0
	VPAND   DIGITSTART(SI), Y1, Y1
	VPOR    Y2, Y0, Y0
	VPOR    Y1, Y0, Y0
	VMOVDQU Y0, CANDIDATES(DI)
	VPCMPEQQ  Y5, Y0, Y0
	VMOVMSKPD Y0, AX
	XORL $15, AX
	ADDQ $32, SI
	ADDQ $32, DI
	XORL $1, R10
	JZ   second
	MOVB AX, (R9)
	SUBQ $4, CX
	JG   words
	VZEROUPPER
	RET

second:
	SHLL $4, AX
	ORB  AX, (R9)
	INCQ R9
	SUBQ $4, CX
	JG   words
	VZEROUPPER
	RET
