//go:build !purego

#include "textflag.h"
#include "go_asm.h"

// All kernels make bitmaps of blocks of 64 bytes, one bit a byte. That for AVX2 and that for short texts go on
// with each block in general registers, which hold
//
//	DI  s, 8 bytes further each block   R12 all ones in a string      R15 what is bad
//	SI  the text                        R13 1 if the next is escaped  R14 any of Escapes
//	CX  how much is left                BX  1 after a backslash
//	                                    DX  1 after a scalar's byte

#define TABLE(field) ·structureTable+field(SB)

// ESCAPED sets AX to the bytes that a backslash of R8 escapes, and R13 for the next block.
// A run of backslashes escapes every other byte, from its second on: subtracting the starts
// from the odd bits flips, from each run on, which of them that are. Spoils R11.
#define ESCAPED \
	ANDNQ R8, R13, AX; \
	LEAQ  (AX)(AX*1), R11; \
	ORQ   TABLE(structureTables_odd), R11; \
	SUBQ  AX, R11; \
	XORQ  TABLE(structureTables_odd), R11; \
	MOVQ  R8, AX; \
	ORQ   R13, AX; \
	XORQ  R11, AX; \
	ANDQ  R8, R11; \
	SHRQ  $63, R11; \
	MOVQ  R11, R13

// INSTRING sets AX to the bytes in strings, their opening quotes included, from the quotes
// R9: the xor of all bits up to each. Spoils X2.
#define INSTRING(ones) \
	VMOVQ R9, X2; \
	VPCLMULQDQ $0, ones, X2, X2; \
	VMOVQ X2, AX; \
	XORQ  R12, AX; \
	MOVQ  AX, R12; \
	SARQ  $63, R12

// TOKENS stores Tokens from the strings AX, the quotes R9, the blanks and the operators
// R11 outside of them; the rest are bytes of scalars. Spoils AX, R9 and R11.
#define TOKENS(blanks, to) \
	ORQ   R11, blanks; \
	ORQ   R9, blanks; \
	ORQ   AX, blanks; \
	NOTQ  blanks; \
	ANDQ  AX, R9; \
	ORQ   R9, R11; \
	LEAQ  (DX)(blanks*2), AX; \
	MOVQ  blanks, DX; \
	SHRQ  $63, DX; \
	ANDNQ blanks, AX, blanks; \
	ORQ   blanks, R11; \
	MOVQ  R11, Structure_Tokens(to)

// What structureAVX512 has on its stack: words of bits, one for each block and eight more; and the last block if it is
// short, behind the one before it. R9 points to the word of a block.
#define ROOM 576
#define quotes(w)  (0*ROOM+w)(R9) // then: but those that are escaped
#define slashes(w) (1*ROOM+w)(R9) // then: what is escaped
#define others(w)  (2*ROOM+w)(R9) // control bytes, and those of 0x80 and above
#define behind(w)  (3*ROOM+w)(R9) // a backslash
#define strings(w) (4*ROOM+w)(R9) // their opening quotes included
#define CARRY (5*ROOM+64)(SP)
#define FIRST (5*ROOM+128)(SP) // the first block, behind the one before it
#define SHORT (5*ROOM+256)(SP) // the last one
#define SLASH (5*ROOM+384)(SP)
#define OTHER (5*ROOM+392)(SP)
#define LAST  (5*ROOM+400)(SP) // the last block, where it can be read
#define WORDS \
	LEAQ 63(SP), R9; \
	ANDQ $~63, R9

// BLOCK sets R9 to the word of the next block of R8, R12 being that of the first, SI to its bytes, AX to its number. Spoils R11.
#define BLOCK \
	TZCNTQ  R8, AX; \
	BLSRQ   R8, R8; \
	LEAQ    (R12)(AX*8), R9; \
	MOVQ    AX, SI; \
	SHLQ    $6, SI; \
	ADDQ    text+8(FP), SI; \
	LEAQ    1(AX), R11; \
	CMPQ    R11, CX; \
	CMOVQEQ LAST, SI

// func structureAVX512(s *Structure, text *byte, n int) (bad, escapes uint64)
//
// It goes over the text once for quotes, backslashes and what may be wrong in strings, and over the bits of these eight words at a
// time for what stands in strings. Then it goes only to blocks that have something outside strings, an escape,
// or characters beyond ASCII: nothing else depends on what the processor cannot foresee.
//
//	DI  s    CX  blocks    R15  what is bad    R14  any of Escapes
TEXT ·structureAVX512(SB), 0, $3344-40
	MOVQ s+0(FP), DI
	MOVQ text+8(FP), SI
	MOVQ n+16(FP), BX
	LEAQ 63(BX), CX
	SHRQ $6, CX
	VMOVDQU64 TABLE(structureTables_slash), Z18
	VMOVDQU64 TABLE(structureTables_quote), Z19
	VMOVDQU64 TABLE(structureTables_blank), Z13
	VPXORQ Z14, Z14, Z14 // what is wrong
	VPXORQ Z12, Z12, Z12
	WORDS

loop:
	CMPQ BX, $64
	JLT  tail
	VMOVDQU64 (SI), Z0

block:
	VPCMPEQB Z18, Z0, K2
	VPCMPEQB Z19, Z0, K3
	VPCMPB   $1, Z13, Z0, K4 // as numbers with a sign
	KMOVQ    K2, slashes(0)
	KMOVQ    K3, quotes(0)
	KMOVQ    K4, others(0)
	ADDQ     $64, SI
	ADDQ     $8, R9
	SUBQ     $64, BX
	JG       loop

	MOVQ slashes(-8), AX
	SHRQ $63, AX
	MOVQ AX, SLASH
	VMOVDQU64 Z12, slashes(0)
	VMOVDQU64 Z12, quotes(0)
	VMOVDQU64 Z12, others(0)
	SUBQ $64, SI
	TESTQ BX, BX
	CMOVQLT R10, SI
	MOVQ SI, LAST

	// Eight words at a time. A run of backslashes escapes every other byte, from its second on: subtracting the starts
	// from the odd bits flips, from each run on, which of them that are. Of a run that goes on in the next word it
	// must be known whether that is so in the word before: seldom is it asked twice.
	MOVQ Structure_inString(DI), R12
	MOVQ Structure_slash(DI), AX
	SHLQ $63, AX
	VPBROADCASTQ AX, Z17 // backslashes before
	VPBROADCASTQ Structure_escaped(DI), Z16 // what they escape of the next word
	VPBROADCASTQ TABLE(structureTables_odd), Z15
	VPTERNLOGQ $0xFF, Z11, Z11, Z11
	WORDS
	XORL BX, BX
	XORL R8, R8   // blocks to look at
	XORL R13, R13 // with others

words:
	VMOVDQU64 slashes(0), Z0
	VPADDQ    Z0, Z0, Z1
	VPORQ     Z15, Z1, Z1
	VPSUBQ    Z0, Z1, Z1
	VPXORQ    Z15, Z1, Z1
	VPANDQ    Z0, Z1, Z1
	VPSRLQ    $63, Z1, Z1

again:
	VALIGNQ   $7, Z16, Z1, Z2
	VPANDNQ   Z0, Z2, Z3
	VPADDQ    Z3, Z3, Z4
	VPORQ     Z15, Z4, Z4
	VPSUBQ    Z3, Z4, Z4
	VPXORQ    Z15, Z4, Z4
	VPANDQ    Z0, Z4, Z5
	VPSRLQ    $63, Z5, Z5
	VPCMPUQ   $4, Z1, Z5, K1
	KORTESTB  K1, K1
	JNE       another
	VMOVDQA64 Z5, Z16
	VMOVDQU64 Z5, CARRY
	VPORQ     Z0, Z2, Z2
	VPXORQ    Z4, Z2, Z2 // escaped
	VMOVDQU64 Z2, slashes(0)
	VPANDNQ   quotes(0), Z2, Z3
	VMOVDQU64 Z3, quotes(0)

	// In a string is what has an odd number of quotes up to it.
	VPCLMULQDQ  $0, Z11, Z3, Z4
	VPCLMULQDQ  $1, Z11, Z3, Z5
	VPUNPCKLQDQ Z5, Z4, Z4
	VPMOVQ2M    Z4, K1
	KMOVB       K1, AX
	LEAL        (AX)(AX*1), DX
	XORL        DX, AX
	LEAL        (AX*4), DX
	XORL        DX, AX
	MOVL        AX, DX
	SHLL        $4, DX
	XORL        DX, AX
	XORL        R12, AX
	ANDL        $1, R12
	LEAL        (R12)(AX*2), DX
	MOVBQSX     AX, R12
	SARQ        $63, R12
	KMOVB       DX, K1
	VPMOVM2Q    K1, Z5
	VPXORQ      Z5, Z4, Z4
	VMOVDQU64   Z4, strings(0)

	VPANDNQ    Z0, Z4, Z6 // backslashes elsewhere
	VPORQ      Z6, Z14, Z14
	VMOVDQU64  others(0), Z6
	VPTERNLOGQ $0xF8, Z6, Z2, Z14 // none of these is an escape, for which the table of classes takes some
	VALIGNQ    $7, Z17, Z0, Z8
	VPSHLDQ    $1, Z8, Z0, Z8
	VMOVDQA64  Z0, Z17
	VMOVDQU64  Z8, behind(0)
	VMOVDQU64  Z12, Structure_Tokens(DI)
	VMOVDQU64  Z12, Structure_Brackets(DI)
	VMOVDQU64  Z12, Structure_Escapes(DI)
	VPCMPUQ    $4, Z11, Z4, K1
	VPORQ      Z3, Z8, Z8
	VPTESTMQ   Z8, Z8, K2
	VPTESTMQ   Z6, Z6, K3
	KORB       K1, K2, K1
	KMOVB      K1, AX
	SHLXQ      BX, AX, AX
	ORQ        AX, R8
	KMOVB      K3, AX
	SHLXQ      BX, AX, AX
	ORQ        AX, R13
	ADDQ       $64, R9
	ADDQ       $64, DI
	ADDQ       $8, BX
	CMPQ       BX, CX
	JLT        words

	MOVQ  s+0(FP), DI
	MOVQ  R12, Structure_inString(DI)
	MOVQ  SLASH, AX
	MOVQ  AX, Structure_slash(DI)
	LEAQ  -1(CX), BX
	LEAQ  CARRY, R9
	ANDL  $7, BX
	MOVQ  (R9)(BX*8), AX
	MOVQ  AX, Structure_escaped(DI)
	BZHIQ CX, R13, R13
	LEAQ  (R13)(R13*1), R9
	ORQ   R13, R9
	XORL  AX, AX
	CMPQ  Structure_high(DI), $1
	SBBQ  $-1, AX // 1 if the block before has any
	ORQ   AX, R9
	BZHIQ CX, R9, R9
	MOVQ  R9, OTHER
	LEAQ  -1(CX), AX
	SHRXQ AX, R13, R13
	MOVQ  R13, Structure_high(DI)
	VPTESTMQ Z14, Z14, K1
	KMOVB K1, R15
	XORL  R14, R14
	MOVQ  Structure_scalar(DI), DX // a block that is passed by is in a string, and so is what ends before it
	WORDS
	MOVQ  R9, R12
	BZHIQ CX, R8, R8
	JEQ   classified

	VMOVDQU64 TABLE(structureTables_class), Z16
	VMOVDQU64 TABLE(structureTables_class+64), Z17
	VMOVDQU64 TABLE(structureTables_isLook), Z20
	VMOVDQU64 TABLE(structureTables_isOp), Z21
	VMOVDQU64 TABLE(structureTables_isBr), Z22
	VMOVDQU64 TABLE(structureTables_isBlank), Z23
	VMOVDQU64 TABLE(structureTables_isCtl), Z24
	VMOVDQU64 TABLE(structureTables_isEsc), Z25

classify:
	BLOCK
	VMOVDQU64 (SI), Z3
	VPERMI2B  Z17, Z16, Z3 // bytes of 0x80 and above are taken for others, but are in strings
	LEAQ      (DI)(AX*8), R10
	VPTESTMB  Z25, Z3, K1
	VPTESTMB  Z20, Z3, K2
	KMOVQ     K1, R11
	MOVQ      slashes(0), AX
	ANDNQ     AX, R11, AX
	ORQ       AX, R15
	KMOVQ     K2, R11
	ANDQ      behind(0), R11
	MOVQ      R11, Structure_Escapes(R10)
	ORQ       R11, R14
	VPTESTMB  Z23, Z3, K1
	VPTESTMB  Z24, Z3, K2
	VPTESTMB  Z22, Z3, K3
	VPTESTMB  Z21, Z3, K4
	KANDNQ    K2, K1, K2 // control bytes that are no blanks
	MOVQ      strings(0), AX
	KMOVQ     K2, R11
	ANDNQ     R11, AX, R11
	ORQ       R11, R15
	KMOVQ     K3, R11
	ANDNQ     R11, AX, R11
	MOVQ      R11, Structure_Brackets(R10)
	KMOVQ     K4, R11
	ANDNQ     R11, AX, R11
	KMOVQ     K1, BX
	MOVQ      quotes(0), R9
	TOKENS(BX, R10)
	TESTQ     R8, R8
	JNE       classify

classified:
	MOVQ  DX, Structure_scalar(DI)

	// Control bytes are wrong in strings, bytes of 0x80 and above elsewhere. And UTF-8, where a block or the one
	// before has any of these.
	MOVQ  OTHER, R8
	TESTQ R8, R8
	JEQ   ascii
	VPXORQ Z14, Z14, Z14
	VMOVDQU64 TABLE(structureTables_nibble), Z26
	VMOVDQU64 TABLE(structureTables_first), Z27
	VMOVDQU64 TABLE(structureTables_low), Z28
	VMOVDQU64 TABLE(structureTables_second), Z29
	VMOVDQU64 TABLE(structureTables_three), Z30
	VMOVDQU64 TABLE(structureTables_four), Z31
	VMOVDQU64 TABLE(structureTables_top), Z25

utf8:
	BLOCK
	VMOVDQU64 (SI), Z0
	VPMOVB2M  Z0, K1
	KMOVQ     K1, R11
	XORQ      strings(0), R11
	ANDQ      others(0), R11
	ORQ       R11, R15
	TESTQ     AX, AX
	JEQ       first

utf8s:
	VMOVDQU64  -1(SI), Z3
	VMOVDQU64  -2(SI), Z4
	VMOVDQU64  -3(SI), Z5
	VPSRLW     $4, Z3, Z6
	VPANDQ     Z26, Z6, Z6
	VPSHUFB    Z6, Z27, Z6
	VPANDQ     Z26, Z3, Z3
	VPSHUFB    Z3, Z28, Z3
	VPSRLW     $4, Z0, Z7
	VPANDQ     Z26, Z7, Z7
	VPSHUFB    Z7, Z29, Z7
	VPTERNLOGQ $0x80, Z3, Z6, Z7 // all three
	VPSUBUSB   Z30, Z4, Z4
	VPSUBUSB   Z31, Z5, Z5
	VPORQ      Z4, Z5, Z4
	VPANDQ     Z25, Z4, Z4
	VPTERNLOGQ $0xF6, Z4, Z7, Z14 // Z14 | Z7 ^ Z4
	TESTQ      R8, R8
	JNE        utf8
	VPTESTMB   Z14, Z14, K1
	KMOVQ      K1, AX
	ORQ        AX, R15

ascii:
	MOVQ LAST, SI
	VMOVDQU64 (SI), Z0
	VMOVDQU64 Z0, Structure_last(DI)
	MOVQ R15, bad+24(FP)
	MOVQ R14, escapes+32(FP)
	VZEROUPPER
	RET

another:
	VMOVDQA64 Z5, Z1
	JMP again

first:
	VMOVDQU64 Structure_last(DI), Z1
	LEAQ      FIRST, SI
	VMOVDQU64 Z1, (SI)
	ADDQ      $64, SI
	VMOVDQU64 Z0, (SI)
	JMP       utf8s

tail:
	MOVQ  $-1, AX
	BZHIQ BX, AX, AX
	KMOVQ AX, K1
	VMOVDQA64 Z13, Z0
	VMOVDQU8 (SI), K1, Z0
	LEAQ  -64(SI), R10
	CMPQ  CX, $1
	JEQ   alone
	VMOVDQU64 (R10), Z1

alone: // what stands before is looked up elsewhere
	LEAQ  SHORT, R10
	VMOVDQU64 Z1, (R10)
	ADDQ  $64, R10
	VMOVDQU64 Z0, (R10)
	JMP   block

// func structureShort512(s *Structure, text *byte, n int) (bad, escapes uint64)
//
// It is structureAVX512 block by block, in the registers said above: what that does for eight blocks at a time
// costs more than the branches where there are but few.
TEXT ·structureShort512(SB), NOSPLIT, $0-40
	MOVQ s+0(FP), DI
	MOVQ text+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ Structure_inString(DI), R12
	MOVQ Structure_escaped(DI), R13
	MOVQ Structure_slash(DI), BX
	MOVQ Structure_scalar(DI), DX
	MOVQ Structure_high(DI), R11
	KMOVQ R11, K6
	VMOVDQU64 Structure_last(DI), Z15
	XORQ R14, R14
	XORQ R15, R15
	VPCMPEQB X1, X1, X1
	VPXORQ Z14, Z14, Z14 // what is wrong with the UTF-8
	VMOVDQU64 TABLE(structureTables_class), Z16
	VMOVDQU64 TABLE(structureTables_class+64), Z17
	VMOVDQU64 TABLE(structureTables_slash), Z18
	VMOVDQU64 TABLE(structureTables_quote), Z19
	VMOVDQU64 TABLE(structureTables_isLook), Z20
	VMOVDQU64 TABLE(structureTables_isOp), Z21
	VMOVDQU64 TABLE(structureTables_isBr), Z22
	VMOVDQU64 TABLE(structureTables_isBlank), Z23
	VMOVDQU64 TABLE(structureTables_isCtl), Z24
	VMOVDQU64 TABLE(structureTables_isEsc), Z25
	VMOVDQU64 TABLE(structureTables_nibble), Z26
	VMOVDQU64 TABLE(structureTables_first), Z27
	VMOVDQU64 TABLE(structureTables_low), Z28
	VMOVDQU64 TABLE(structureTables_second), Z29
	VMOVDQU64 TABLE(structureTables_three), Z30
	VMOVDQU64 TABLE(structureTables_four), Z31
	VMOVDQU64 TABLE(structureTables_blank), Z13
	KXORQ K7, K7, K7 // control bytes in strings

loop:
	CMPQ CX, $64
	JLT  tail
	VMOVDQU64 (SI), Z0

block:
	VPMOVB2M Z0, K1
	VPCMPEQB Z18, Z0, K3
	VPCMPEQB Z19, Z0, K4
	KORTESTQ K3, K4
	JNE      mixed
	LEAQ     1(R12)(BX*1), AX // not if it began outside, or behind a backslash
	TESTQ    AX, AX
	JNE      mixed

	// All of it is inside a string: nothing but control bytes is bad there.
	VPCMPUB  $1, Z13, Z0, K2
	KORQ     K2, K7, K7
	MOVQ     $0, Structure_Tokens(DI)
	MOVQ     $0, Structure_Brackets(DI)
	MOVQ     $0, Structure_Escapes(DI)
	JMP      utf8

mixed:
	// Classes; a byte of 0x80 and above has none.
	KNOTQ    K1, K2
	VMOVDQA64 Z0, Z3
	VPERMI2B.Z Z17, Z16, K2, Z3
	KMOVQ    K3, R8
	KMOVQ    K4, R9

	ESCAPED
	ANDNQ    R9, AX, R9
	VPTESTMB Z25, Z3, K2
	KMOVQ    K2, R11
	ANDNQ    AX, R11, AX
	ORQ      AX, R15
	LEAQ     (BX)(R8*2), AX
	MOVQ     R8, BX
	SHRQ     $63, BX
	VPTESTMB Z20, Z3, K3
	KMOVQ    K3, R11
	ANDQ     R11, AX
	MOVQ     AX, Structure_Escapes(DI)
	ORQ      AX, R14

	INSTRING(X1)
	KMOVQ    K1, R11
	ORQ      R8, R11
	ANDNQ    R11, AX, R11
	ORQ      R11, R15
	VPTESTMB Z23, Z3, K2
	KMOVQ    K2, R8
	ANDNQ    R8, AX, R8
	VPTESTMB Z24, Z3, K3
	KMOVQ    K3, R11
	ANDNQ    R11, R8, R11
	ORQ      R11, R15
	VPTESTMB Z22, Z3, K4
	KMOVQ    K4, R11
	ANDNQ    R11, AX, R11
	MOVQ     R11, Structure_Brackets(DI)
	VPTESTMB Z21, Z3, K5
	KMOVQ    K5, R11
	ANDNQ    R11, AX, R11
	TOKENS(R8, DI)

utf8: // where this block or the one before is not ASCII
	KORTESTQ K1, K6
	JEQ      ascii
	VALIGNQ  $6, Z15, Z0, Z2
	VPALIGNR $15, Z2, Z0, Z3
	VPALIGNR $14, Z2, Z0, Z4
	VPALIGNR $13, Z2, Z0, Z5
	VPSRLW   $4, Z3, Z6
	VPANDQ   Z26, Z6, Z6
	VPSHUFB  Z6, Z27, Z6
	VPANDQ   Z26, Z3, Z3
	VPSHUFB  Z3, Z28, Z3
	VPSRLW   $4, Z0, Z7
	VPANDQ   Z26, Z7, Z7
	VPSHUFB  Z7, Z29, Z7
	VPTERNLOGQ $0x80, Z3, Z6, Z7 // all three
	VPSUBUSB Z30, Z4, Z4
	VPSUBUSB Z31, Z5, Z5
	VPORQ    Z4, Z5, Z4
	VPANDQ   TABLE(structureTables_top), Z4, Z4
	VPTERNLOGQ $0xF6, Z4, Z7, Z14 // Z14 | Z7 ^ Z4

ascii:
	KMOVQ K1, K6
	VMOVDQA64 Z0, Z15
	ADDQ  $64, SI
	ADDQ  $8, DI
	SUBQ  $64, CX
	JGT   loop

	MOVQ s+0(FP), DI
	MOVQ R12, Structure_inString(DI)
	MOVQ R13, Structure_escaped(DI)
	MOVQ BX, Structure_slash(DI)
	MOVQ DX, Structure_scalar(DI)
	KMOVQ K6, R11
	MOVQ R11, Structure_high(DI)
	VMOVDQU64 Z15, Structure_last(DI)
	VPTESTMB Z14, Z14, K1
	KORQ  K1, K7, K7
	KMOVQ K7, R11
	ORQ  R11, R15
	MOVQ R15, bad+24(FP)
	MOVQ R14, escapes+32(FP)
	VZEROUPPER
	RET

tail:
	MOVQ  $-1, AX
	BZHIQ CX, AX, AX
	KMOVQ AX, K2
	VMOVDQA64 Z13, Z0
	VMOVDQU8 (SI), K2, Z0
	JMP   block

// BITS sets dst to the top bits of the bytes of lo and hi. Spoils CX.
#define BITS(lo, hi, dst) \
	VPMOVMSKB lo, dst; \
	VPMOVMSKB hi, CX; \
	SHLQ $32, CX; \
	ORQ  CX, dst

// ESCCLASS sets c to the rows of v's bytes in escHigh and escLow: 0F for what may follow a
// backslash, 30 for u and /. Spoils Y7.
#define ESCCLASS(v, c) \
	VPSRLW  $4, v, c; \
	VPAND   Y13, c, c; \
	VMOVDQU TABLE(structureTables_escHigh), Y7; \
	VPSHUFB c, Y7, c; \
	VMOVDQU TABLE(structureTables_escLow), Y7; \
	VPSHUFB v, Y7, Y7; \
	VPAND   Y7, c, c

// OPS sets op to v's operators, in a top bit br to those that are brackets. Only they have
// bit 6.
#define OPS(v, op, br) \
	VPOR     Y12, v, op; \
	VPSHUFB  v, Y10, br; \
	VPCMPEQB op, br, op; \
	VPSLLW   $1, v, br; \
	VPAND    op, br, br

// UTF8 adds to Y15 what is wrong with v, which stands behind prev. Spoils Y2 to Y7.
#define UTF8(v, prev) \
	VPERM2I128 $0x21, v, prev, Y2; \
	VPALIGNR $15, Y2, v, Y3; \
	VPALIGNR $14, Y2, v, Y4; \
	VPALIGNR $13, Y2, v, Y5; \
	VPSRLW   $4, Y3, Y6; \
	VPAND    Y13, Y6, Y6; \
	VMOVDQU  TABLE(structureTables_first), Y7; \
	VPSHUFB  Y6, Y7, Y6; \
	VPAND    Y13, Y3, Y3; \
	VMOVDQU  TABLE(structureTables_low), Y7; \
	VPSHUFB  Y3, Y7, Y3; \
	VPAND    Y3, Y6, Y6; \
	VPSRLW   $4, v, Y3; \
	VPAND    Y13, Y3, Y3; \
	VMOVDQU  TABLE(structureTables_second), Y7; \
	VPSHUFB  Y3, Y7, Y3; \
	VPAND    Y3, Y6, Y6; \
	VPSUBUSB TABLE(structureTables_three), Y4, Y4; \
	VPSUBUSB TABLE(structureTables_four), Y5, Y5; \
	VPOR     Y4, Y5, Y4; \
	VPAND    TABLE(structureTables_top), Y4, Y4; \
	VPXOR    Y4, Y6, Y6; \
	VPOR     Y6, Y15, Y15

// func structureAVX2(s *Structure, text *byte, blocks, at int) (bad, escapes uint64)
//
// R10 is not 0 if the last block has bytes of 0x80 and above; Y14 is its second half.
TEXT ·structureAVX2(SB), NOSPLIT, $8-48
	MOVQ s+0(FP), DI
	MOVQ text+8(FP), SI
	MOVQ blocks+16(FP), CX
	MOVQ at+24(FP), R9
	SHLQ $6, CX
	ADDQ SI, CX
	MOVQ CX, end-8(SP)
	MOVQ Structure_inString(DI), R12
	MOVQ Structure_escaped(DI), R13
	MOVQ Structure_slash(DI), BX
	MOVQ Structure_scalar(DI), DX
	MOVQ Structure_high(DI), R10
	VMOVDQU (Structure_last+32)(DI), Y14
	LEAQ (DI)(R9*8), DI
	XORQ R14, R14
	XORQ R15, R15
	VMOVDQU TABLE(structureTables_slash), Y8
	VMOVDQU TABLE(structureTables_quote), Y9
	VMOVDQU TABLE(structureTables_ops), Y10
	VMOVDQU TABLE(structureTables_spaces), Y11
	VMOVDQU TABLE(structureTables_blank), Y12
	VMOVDQU TABLE(structureTables_nibble), Y13
	VPXOR   Y15, Y15, Y15 // what is wrong with the UTF-8

loop:
	VMOVDQU  (SI), Y0
	VMOVDQU  32(SI), Y1
	VPCMPEQB Y8, Y0, Y2
	VPCMPEQB Y8, Y1, Y3
	VPCMPEQB Y9, Y0, Y4
	VPCMPEQB Y9, Y1, Y5
	VPOR     Y2, Y3, Y6
	VPOR     Y4, Y5, Y7
	VPOR     Y6, Y7, Y6
	VPMOVMSKB Y6, AX
	TESTL    AX, AX
	JNE      mixed
	LEAQ     1(R12)(BX*1), AX // not if it began outside, or behind a backslash
	TESTQ    AX, AX
	JNE      mixed

	// All of it is inside a string: nothing but control bytes is bad there.
	VPMINUB  TABLE(structureTables_control), Y0, Y2
	VPMINUB  TABLE(structureTables_control), Y1, Y3
	VPCMPEQB Y0, Y2, Y2
	VPCMPEQB Y1, Y3, Y3
	VPOR     Y2, Y3, Y2
	VPMOVMSKB Y2, AX
	ORQ      AX, R15
	MOVQ     $0, Structure_Tokens(DI)
	MOVQ     $0, Structure_Brackets(DI)
	MOVQ     $0, Structure_Escapes(DI)
	VPOR     Y0, Y1, Y2
	VPMOVMSKB Y2, R11
	ORQ      R11, R10
	JMP      utf8

mixed:
	BITS(Y2, Y3, R8)
	BITS(Y4, Y5, R9)
	MOVQ R8, AX
	ORQ  R13, AX
	ORQ  BX, AX
	JEQ  unescaped // and R13 and BX stay 0

	ESCAPED
	ANDNQ R9, AX, R9
	ESCCLASS(Y0, Y2)
	ESCCLASS(Y1, Y3)
	VPXOR    Y7, Y7, Y7
	VPAND    Y13, Y2, Y4
	VPCMPEQB Y7, Y4, Y4
	VPAND    Y13, Y3, Y5
	VPCMPEQB Y7, Y5, Y5
	BITS(Y4, Y5, R11)
	ANDQ R11, AX
	ORQ  AX, R15
	VPADDB   Y2, Y2, Y4 // 10 and 20 to the top bit
	VPADDB   Y3, Y3, Y5
	VPOR     Y4, Y2, Y2
	VPOR     Y5, Y3, Y3
	VPSLLW   $2, Y2, Y2
	VPSLLW   $2, Y3, Y3
	BITS(Y2, Y3, R11)
	LEAQ (BX)(R8*2), AX
	ANDQ R11, AX
	MOVQ R8, BX
	SHRQ $63, BX

unescaped:
	MOVQ AX, Structure_Escapes(DI)
	ORQ  AX, R14

	VPCMPEQB X7, X7, X7
	INSTRING(X7)
	VPMOVMSKB Y0, R11
	VPMOVMSKB Y1, CX
	SHLQ $32, CX
	ORQ  R11, CX
	ORQ  CX, R10
	ORQ  CX, R8
	ANDNQ R8, AX, R8
	ORQ  R8, R15
	VMOVQ CX, X7 // kept for the UTF-8 below

	VPSHUFB  Y0, Y11, Y2
	VPSHUFB  Y1, Y11, Y3
	VPCMPEQB Y0, Y2, Y2
	VPCMPEQB Y1, Y3, Y3
	BITS(Y2, Y3, R8)
	ANDNQ R8, AX, R8
	VPMINUB  TABLE(structureTables_control), Y0, Y2
	VPMINUB  TABLE(structureTables_control), Y1, Y3
	VPCMPEQB Y0, Y2, Y2
	VPCMPEQB Y1, Y3, Y3
	BITS(Y2, Y3, R11)
	ANDNQ R11, R8, R11
	ORQ  R11, R15
	OPS(Y0, Y2, Y4)
	OPS(Y1, Y3, Y5)
	BITS(Y4, Y5, R11)
	ANDNQ R11, AX, R11
	MOVQ R11, Structure_Brackets(DI)
	BITS(Y2, Y3, R11)
	ANDNQ R11, AX, R11
	TOKENS(R8, DI)

	VMOVQ X7, R11

utf8: // where this block or the one before is not ASCII
	TESTQ R10, R10
	JEQ   ascii
	UTF8(Y0, Y14)
	UTF8(Y1, Y0)

ascii:
	MOVQ R11, R10
	VMOVDQA Y1, Y14
	ADDQ $64, SI
	ADDQ $8, DI
	CMPQ SI, end-8(SP)
	JLT  loop

	MOVQ s+0(FP), DI
	MOVQ R12, Structure_inString(DI)
	MOVQ R13, Structure_escaped(DI)
	MOVQ BX, Structure_slash(DI)
	MOVQ DX, Structure_scalar(DI)
	MOVQ R10, Structure_high(DI)
	VMOVDQU Y14, (Structure_last+32)(DI)
	VPXOR Y7, Y7, Y7
	VPCMPEQB Y7, Y15, Y7
	VPMOVMSKB Y7, R11
	NOTL R11
	ORQ  R11, R15
	MOVQ R15, bad+32(FP)
	MOVQ R14, escapes+40(FP)
	VZEROUPPER
	RET
