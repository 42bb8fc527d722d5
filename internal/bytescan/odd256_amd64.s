//go:build !purego

#include "textflag.h"
#include "go_asm.h"

// What odd256 has on its stack: words of bits, one for each block, one before and some behind them, to which R9
// points; and a byte for each block, to which R10 does.
#define LETTERS 8(SP)
#define ROOM 592
#define letters(w) (0*ROOM+w)(R9)
#define digits(w)  (1*ROOM+w)(R9)
#define dots(w)    (2*ROOM+w)(R9)
#define RUNS       (2*ROOM+8)(SP)
#define SPECIALS   (3*ROOM+8)(SP)
#define SOMERUNS   (3*ROOM+8+192)(SP)
#define SOME       (3*ROOM+8+200)(SP)
#define specials(w) (w)(R10)
#define highs(w)   (96+w)(R10)

// LOOK sets lo and hi to what the halves at off(DX) say of these 64 bytes. Y15 is 0x0F in every byte. Spoils y and z.
#define LOOK(off, lo, hi, y, z, spoilt) \
	VPSRLW   $4, lo, y                                        \
	VPSRLW   $4, hi, z                                        \
	VPAND    Y15, y, y                                        \
	VPAND    Y15, z, z                                        \
	VBROADCASTI128 (off+halves_high)(DX), spoilt              \
	VPSHUFB  y, spoilt, y                                     \
	VPSHUFB  z, spoilt, z                                     \
	VBROADCASTI128 (off+halves_low)(DX), spoilt               \
	VPSHUFB  lo, spoilt, lo                                   \
	VPSHUFB  hi, spoilt, hi                                   \
	VPAND    y, lo, lo                                        \
	VPAND    z, hi, hi

// BITS sets to to the top bits of the bytes of lo and hi. Spoils CX.
#define BITS(lo, hi, to) \
	VPMOVMSKB lo, to  \
	VPMOVMSKB hi, CX  \
	SHLQ      $32, CX \
	ORQ       CX, to

// ZERO sets to to the bytes of lo and hi that have no bit of mask, in every byte. Spoils y, z and CX. Y14 is 0.
#define ZERO(lo, hi, mask, y, z, to) \
	VPAND    lo, mask, y \
	VPAND    hi, mask, z \
	VPCMPEQB Y14, y, y   \
	VPCMPEQB Y14, z, z   \
	BITS(y, z, to)

#define BYTES256(value, x, y) \
	MOVL $value, AX \
	VMOVD AX, x     \
	VPBROADCASTB x, y

// RIGHT sets to to words shifted right, now, with what comes in from those behind. Spoils y.
#define RIGHT(by, back, now, behind, to, y) \
	VPSRLQ $by, now, to     \
	VPSLLQ $back, behind, y \
	VPOR   y, to, to

// LEFT sets to to words shifted left, with what comes in from those before. Spoils y.
#define LEFT(by, back, now, before, to, y) \
	VPSLLQ $by, now, to     \
	VPSRLQ $back, before, y \
	VPOR   y, to, to

// FLAGS sets to to which of 64 bytes from off(R10) on are not 0, as far as there are blocks. Spoils AX and CX.
#define FLAGS(off, to) \
	VPCMPEQB (off)(R10), Y14, Y0    \
	VPCMPEQB (off+32)(R10), Y14, Y1 \
	BITS(Y0, Y1, to)                \
	NOTQ     to                     \
	BZHIQ    BX, to, to

// BLOCK sets R9 to the number of the next block of R8, SI to its bytes. Spoils AX.
#define BLOCK \
	TZCNTQ  R8, R9             \
	BLSRQ   R8, R8             \
	MOVQ    R9, AX             \
	SHLQ    $6, AX             \
	LEAQ    (R11)(AX*1), SI    \
	ADDQ    R12, AX            \
	CMPQ    R9, R13            \
	CMOVQGE AX, SI

// EACH begins a loop over the bits of R10, places in block R9, or jumps to none if there are none: AX has those to keep, the
// text's first if nothing is before it. The loop may spoil R8, BX and DI.
#define EACH(none) \
	MOVQ  R8, SOME         \
	XORL  AX, AX           \
	CMPQ  R9, $1           \
	ADCQ  $0, AX           \
	ANDQ  before+32(FP), AX \
	ANDQ  R10, AX          \
	XORQ  AX, R10          \
	JEQ   none

// KEEP has place CX kept if to is not 0. Spoils BX.
#define KEEP(to) \
	XORL  BX, BX     \
	TESTL to, to     \
	SETNE BX         \
	SHLXQ CX, BX, BX \
	ORQ   BX, AX

// FOUR sets to to what the first three of four letters may be. Spoils BX.
#define FOUR(at, to) \
	MOVBLZX (at+0)(DI), BX                              \
	MOVBLZX (oddTables256_quad+0*128)(DX)(BX*1), to     \
	MOVBLZX (at+1)(DI), BX                              \
	ANDB    (oddTables256_quad+1*128)(DX)(BX*1), to     \
	MOVBLZX (at+2)(DI), BX                              \
	ANDB    (oddTables256_quad+2*128)(DX)(BX*1), to

// FOUND ends it, and adds AX to the mask of the block. Spoils CX.
#define FOUND \
	MOVQ  words+24(FP), BX \
	MOVQ  masks+56(FP), DI \
	ORQ   AX, (DI)(R9*8) \
	XORL  CX, CX         \
	TESTQ AX, AX         \
	SETNE CX             \
	SHLXQ R9, CX, CX     \
	ORQ   CX, R15

// func odd256(text *byte, whole int, tail *byte, words int, before, digit uint64, t *oddTables256, masks *uint64) (some uint64)
//
//	BX  words   R11  the text                         R13  how many blocks are read where they stand
//	DX  t       R12  where tail would begin if it     DI   masks
//	                 were of all
TEXT ·odd256(SB), 0, $2048-72
	MOVQ text+0(FP), R11
	MOVQ whole+8(FP), R13
	MOVQ tail+16(FP), R12
	MOVQ words+24(FP), BX
	MOVQ t+48(FP), DX
	LEAQ LETTERS, R9
	LEAQ SPECIALS, R10
	MOVQ before+32(FP), AX
	MOVQ AX, letters(-8)
	MOVQ digit+40(FP), AX
	MOVQ AX, digits(-8)
	VPXOR Y14, Y14, Y14
	BYTES256(0x0f, X15, Y15)
	BYTES256(0x78, X13, Y13)
	VBROADCASTI128 (oddTables_class+halves_high)(DX), Y12
	VBROADCASTI128 (oddTables_class+halves_low)(DX), Y11
	VBROADCASTI128 (oddTables256_special+halves_high)(DX), Y10
	VBROADCASTI128 (oddTables256_special+halves_low)(DX), Y9
	MOVQ  R11, SI
	MOVQ  R13, R8
	LEAQ  1(BX), R15
	SUBQ  R13, R15     // how many are in tail
	TESTQ R8, R8
	JEQ   rest

loop:
	VMOVDQU  (SI), Y0
	VMOVDQU  32(SI), Y1
	VPSRLW   $4, Y0, Y2
	VPSRLW   $4, Y1, Y3
	VPAND    Y15, Y2, Y2
	VPAND    Y15, Y3, Y3
	VPSHUFB  Y2, Y12, Y4
	VPSHUFB  Y3, Y12, Y5
	VPSHUFB  Y0, Y11, Y6 // 0 above 0x7F
	VPSHUFB  Y1, Y11, Y7
	VPAND    Y6, Y4, Y4
	VPAND    Y7, Y5, Y5
	BITS(Y4, Y5, AX)
	MOVQ     AX, digits(0)
	VPADDUSB Y13, Y4, Y6
	VPADDUSB Y13, Y5, Y7
	BITS(Y6, Y7, AX)
	MOVQ     AX, letters(0)
	CMPQ     AX, $-1
	JEQ      all
	VPSLLW   $5, Y4, Y4
	VPSLLW   $5, Y5, Y5
	BITS(Y4, Y5, AX)
	MOVQ     AX, dots(0)
	VPSHUFB  Y2, Y10, Y2
	VPSHUFB  Y3, Y10, Y3
	VPSHUFB  Y0, Y9, Y6
	VPSHUFB  Y1, Y9, Y7
	VPAND    Y6, Y2, Y2
	VPAND    Y7, Y3, Y3
	VPOR     Y3, Y2, Y2
	VPTEST   Y2, Y2
	SETNE    specials(0)
	VPOR     Y1, Y0, Y0
	VPMOVMSKB Y0, AX
	TESTL    AX, AX
	SETNE    highs(0)

next:
	ADDQ $64, SI
	ADDQ $8, R9
	INCQ R10
	DECQ R8
	JNE  loop

rest:
	MOVQ  R12, SI
	MOVQ  R15, R8
	XORL  R15, R15
	TESTQ R8, R8
	JNE   loop

	// The words, four at a time, with what stands before and behind each.
	MOVQ R13, AX
	SHLQ $6, AX
	SUBQ AX, R12
	LEAQ LETTERS, R9
	MOVQ masks+56(FP), DI
	XORL R8, R8
	XORL CX, CX

words:
	// Y3: where letters begin. Y4: those with another behind them. Y5: those with none, nor three and five bytes on, which
	// may be set apart.
	VMOVDQU letters(0), Y0
	VMOVDQU letters(8), Y1
	VMOVDQU letters(-8), Y2
	LEFT(1, 63, Y0, Y2, Y3, Y4)
	VPANDN  Y0, Y3, Y3
	RIGHT(1, 63, Y0, Y1, Y4, Y5)
	RIGHT(3, 61, Y0, Y1, Y5, Y6)
	RIGHT(5, 59, Y0, Y1, Y6, Y7)
	VPOR    Y4, Y5, Y5
	VPOR    Y6, Y5, Y5
	VPANDN  Y3, Y5, Y5
	VPTEST  Y5, Y5
	JNE     spread

spreads:
	// Letters followed by so many more: Y6, and Y7 in the words behind.
	VPAND   Y4, Y0, Y6
	VPSRLQ  $1, Y1, Y7
	VPAND   Y1, Y7, Y7
	RIGHT(2, 62, Y6, Y7, Y8, Y9)
	VPAND   Y8, Y6, Y6
	VPSRLQ  $2, Y7, Y8
	VPAND   Y8, Y7, Y7
	RIGHT(4, 60, Y6, Y7, Y8, Y9)
	VPAND   Y8, Y6, Y6
	VPSRLQ  $4, Y7, Y8
	VPAND   Y8, Y7, Y7
	RIGHT(6, 58, Y6, Y7, Y8, Y9)
	VPAND   Y8, Y6, Y6
	VPAND   Y3, Y6, Y9

	// Y8: dots behind a digit.
	VMOVDQU digits(0), Y6
	VMOVDQU digits(-8), Y7
	LEFT(1, 63, Y6, Y7, Y8, Y10)
	VPAND   dots(0), Y8, Y8
	VPTEST  Y8, Y8
	JNE     dotted

store:
	VMOVDQU   Y9, dots(0) // which have been read
	VPCMPEQQ  Y14, Y9, Y9
	VMOVMSKPD Y9, AX
	XORL      $15, AX
	SHLXQ     CX, AX, AX
	ORQ       AX, R8
	VMOVDQU   Y5, (DI)
	VPCMPEQQ  Y14, Y5, Y5
	VMOVMSKPD Y5, AX
	XORL      $15, AX
	SHLXQ     CX, AX, AX
	ORQ       AX, R15
	ADDQ      $32, R9
	ADDQ      $32, DI
	ADDQ      $4, CX
	CMPQ      CX, BX
	JLT       words

	// Pairs, and what counts behind a digit. Of what is left five bytes have to agree, one by one.
	MOVQ  masks+56(FP), DI
	BZHIQ BX, R8, R8
	MOVQ  R8, SOMERUNS
	LEAQ  SPECIALS, R10
	FLAGS(0, R8)
	JEQ   noPairs
	BYTES256(const_oddEnds, X13, Y13)
	BYTES256(0x2b, X10, Y10)
	VPCMPEQB Y12, Y12, Y12
	VBROADCASTI128 oddTables256_reject(DX), Y11

somePair:
	BLOCK
	VMOVDQU  (SI), Y0
	VMOVDQU  32(SI), Y1
	LOOK(oddTables256_special, Y0, Y1, Y2, Y3, Y4)
	VMOVDQU  1(SI), Y5
	VMOVDQU  33(SI), Y6
	LOOK(oddTables256_next, Y5, Y6, Y2, Y3, Y4)
	VPAND    Y5, Y0, Y0
	VPAND    Y6, Y1, Y1
	VPSHUFB  2(SI), Y11, Y2
	VPSHUFB  34(SI), Y11, Y3
	VPANDN   Y0, Y2, Y0
	VPANDN   Y1, Y3, Y1
	ZERO(Y0, Y1, Y13, Y2, Y3, R10)
	ZERO(Y0, Y1, Y12, Y2, Y3, AX)
	NOTQ     AX
	LEAQ     LETTERS, CX
	LEAQ     (CX)(R9*8), CX
	MOVQ     (ROOM-8)(CX), R14
	SHRQ     $63, R14
	MOVQ     ROOM(CX), CX
	LEAQ     (R14)(CX*2), CX
	ORQ      CX, R10
	ANDQ     AX, R10
	JNE      tell

nextPair:
	TESTQ    R8, R8
	JNE      somePair
	JMP      noPairs

tell:
	// A form's value counts if there is a plus behind it.
	VPCMPEQB 3(SI), Y10, Y0
	VPCMPEQB 35(SI), Y10, Y1
	VPCMPEQB 39(SI), Y10, Y2
	VPOR     Y0, Y1, Y0
	VPOR     Y2, Y0, Y0
	VPMOVMSKB Y0, AX
	CMPL     AX, $1
	SBBL     R14, R14
	ANDL     $const_shapeForm, R14
	NOTL     R14
	EACH(pairsFound)

pair:
	TZCNTQ  R10, CX
	BLSRQ   R10, R10
	LEAQ    (SI)(CX*1), DI
	MOVBLZX -1(DI), BX
	MOVL    (oddTables256_shapes+0*1024)(DX)(BX*4), R8
	MOVBLZX 0(DI), BX
	ANDL    (oddTables256_shapes+1*1024)(DX)(BX*4), R8
	MOVBLZX 1(DI), BX
	ANDL    (oddTables256_shapes+2*1024)(DX)(BX*4), R8
	MOVBLZX 2(DI), BX
	ANDL    (oddTables256_shapes+3*1024)(DX)(BX*4), R8
	MOVBLZX 3(DI), BX
	ANDL    (oddTables256_shapes+4*1024)(DX)(BX*4), R8
	ANDL    R14, R8
	KEEP(R8)
	TESTQ   R10, R10
	JNE     pair

pairsFound:
	FOUND
	MOVQ    SOME, R8
	JMP     nextPair

noPairs:
	// Runs of letters: such as may be base64 of a text, or begin an archive; behind a backslash the first may be an escape's.
	MOVQ  SOMERUNS, R8
	TESTQ R8, R8
	JEQ   noRuns

someRun:
	BLOCK
	LEAQ RUNS, AX
	MOVQ (AX)(R9*8), R10
	EACH(runsFound)

run:
	TZCNTQ  R10, CX
	BLSRQ   R10, R10
	LEAQ    (SI)(CX*1), DI

again:
	FOUR(0, R8)
	FOUR(4, R13)
	MOVL    R8, R14
	ANDL    $const_quadText, R14
	ADDL    $const_quadText, R14
	ADDL    R14, R14
	ANDL    $const_quadMore, R13
	ADDL    $const_quadMore, R13
	ANDL    R13, R14
	FOUR(8, R13)
	ANDL    $const_quadMore, R13
	ADDL    $const_quadMore, R13
	ANDL    R13, R14 // as quadArchive is
	ORL     R8, R14
	ANDL    $(1<<const_quadArchive), R14
	KEEP(R14)
	INCQ    DI
	CMPB    -2(DI), $0x5c
	JEQ     again
	TESTQ   R10, R10
	JNE     run

runsFound:
	FOUND
	MOVQ  whole+8(FP), R13
	MOVQ  SOME, R8
	TESTQ R8, R8
	JNE   someRun

noRuns:
	// Characters beyond ASCII: their first two bytes.
	LEAQ SPECIALS, R10
	FLAGS(96, R8)
	JEQ  done
	BYTES256(const_oddAlone, X13, Y13)
	BYTES256(const_oddBeside, X12, Y12)

someHigh:
	BLOCK
	VMOVDQU  (SI), Y0
	VMOVDQU  32(SI), Y1
	VPAND    Y15, Y0, Y5
	VPAND    Y15, Y1, Y6
	VBROADCASTI128 (oddTables_lead+halves_low)(DX), Y4
	VPSHUFB  Y5, Y4, Y5
	VPSHUFB  Y6, Y4, Y6
	VPSRLW   $4, Y0, Y0
	VPSRLW   $4, Y1, Y1
	VPAND    Y15, Y0, Y0
	VPAND    Y15, Y1, Y1
	VBROADCASTI128 (oddTables_lead+halves_high)(DX), Y4
	VPSHUFB  Y0, Y4, Y0
	VPSHUFB  Y1, Y4, Y1
	VPAND    Y5, Y0, Y0
	VPAND    Y6, Y1, Y1
	VPOR     Y0, Y1, Y2
	VPTEST   Y2, Y2
	JNE      look

nextHigh:
	TESTQ R8, R8
	JNE   someHigh

done:
	BZHIQ BX, R15, R15
	MOVQ  R15, some+64(FP)
	VZEROUPPER
	RET

all: // nothing but letters
	MOVQ $0, dots(0)
	MOVB $0, specials(0)
	MOVB $0, highs(0)
	JMP  next

spread: // nor seven, nine, eleven bytes on
	RIGHT(7, 57, Y0, Y1, Y6, Y7)
	RIGHT(9, 55, Y0, Y1, Y7, Y8)
	RIGHT(11, 53, Y0, Y1, Y8, Y9)
	VPOR   Y6, Y7, Y7
	VPOR   Y7, Y8, Y8
	VPANDN Y5, Y8, Y5
	JMP    spreads

dotted: // with two digits at least behind, another dot three to six bytes on, and a letter two bytes before
	LEFT(2, 62, Y0, Y2, Y11, Y10)
	VPAND   Y11, Y8, Y8
	VMOVDQU digits(8), Y7
	RIGHT(1, 63, Y6, Y7, Y11, Y10)
	VPAND   Y11, Y8, Y8
	RIGHT(2, 62, Y6, Y7, Y11, Y10)
	VPAND   Y11, Y8, Y8
	RIGHT(3, 61, Y6, Y7, Y11, Y10)
	VMOVDQU dots(0), Y0
	VMOVDQU dots(8), Y1
	RIGHT(3, 61, Y0, Y1, Y2, Y10)
	VPOR    Y2, Y11, Y11
	VPAND   Y11, Y8, Y8
	RIGHT(4, 60, Y0, Y1, Y3, Y10)
	RIGHT(5, 59, Y0, Y1, Y4, Y10)
	RIGHT(6, 58, Y0, Y1, Y6, Y10)
	VPOR    Y3, Y2, Y2
	VPOR    Y6, Y4, Y4
	VPOR    Y4, Y2, Y2
	VPAND   Y2, Y8, Y8
	VPOR    Y8, Y5, Y5
	JMP     store

look: // as there is little of in Korean
	VMOVDQU  1(SI), Y5
	VMOVDQU  33(SI), Y6
	VPAND    Y15, Y5, Y2
	VPAND    Y15, Y6, Y3
	VBROADCASTI128 (oddTables_second+halves_low)(DX), Y4
	VPSHUFB  Y2, Y4, Y2
	VPSHUFB  Y3, Y4, Y3
	VPAND    Y2, Y0, Y0
	VPAND    Y3, Y1, Y1
	VPSRLW   $4, Y5, Y5
	VPSRLW   $4, Y6, Y6
	VPAND    Y15, Y5, Y5
	VPAND    Y15, Y6, Y6
	VBROADCASTI128 (oddTables_second+halves_high)(DX), Y4
	VPSHUFB  Y5, Y4, Y5
	VPSHUFB  Y6, Y4, Y6
	VPAND    Y5, Y0, Y0
	VPAND    Y6, Y1, Y1
	ZERO(Y0, Y1, Y13, Y2, Y3, AX)
	NOTQ     AX
	MOVQ     SI, R14
	ZERO(Y0, Y1, Y12, Y2, Y3, SI)
	LEAQ     LETTERS, CX
	LEAQ     (CX)(R9*8), R10
	MOVQ     (R10), CX
	MOVQ     CX, R10
	SHRQ     $2, CX
	ADDQ     R10, R10
	ORQ      CX, R10
	LEAQ     LETTERS, CX
	MOVQ     -8(CX)(R9*8), CX
	SHRQ     $63, CX
	ORQ      CX, R10
	LEAQ     LETTERS, CX
	MOVQ     8(CX)(R9*8), CX
	SHLQ     $62, CX
	ORQ      CX, R10 // letters before and two bytes on
	ANDNQ    R10, SI, R10
	ORQ      AX, R10
	JEQ      nextHigh
	MOVQ     R8, SOME
	XORL     AX, AX
	MOVQ     R14, SI

high:
	TZCNTQ  R10, CX
	BLSRQ   R10, R10
	LEAQ    (SI)(CX*1), DI
	MOVBLZX 0(DI), BX
	MOVBLZX (oddTables256_leads-128)(DX)(BX*1), R8
	MOVBLZX 1(DI), BX
	ANDB    (oddTables256_conts-128)(DX)(BX*1), R8
	MOVBLZX 2(DI), BX
	ANDL    $63, BX
	ANDB    oddTables256_rest(DX)(BX*1), R8
	KEEP(R8)
	TESTQ   R10, R10
	JNE     high
	FOUND
	MOVQ  SOME, R8
	JMP   nextHigh
