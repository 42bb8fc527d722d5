//go:build !purego

#include "textflag.h"
#include "go_asm.h"

// BEHIND sets to to lo:hi shifted right by n: what stands n bytes behind each.
#define BEHIND(n, lo, hi, to) \
	MOVQ lo, to; \
	SHRQ $n, hi, to

// BOTH keeps of lo:hi what also stands n bytes behind. Spoils R14.
#define BOTH(n, lo, hi) \
	MOVQ lo, R14; \
	SHRQ $n, hi, R14; \
	ANDQ R14, lo; \
	MOVQ hi, R14; \
	SHRQ $n, R14; \
	ANDQ R14, hi

// CLASS512 sets class to the classes of the block at (SI+off), and the three masks.
#define CLASS512(off, class, letter, digit, apart) \
	VMOVDQU64 off(SI), class; \
	VPMOVB2M  class, K1; \
	KNOTQ     K1, K2; \
	VPERMI2B.Z Z17, Z16, K2, class; \
	VPTESTMB  Z26, class, K3; \
	VPTESTMB  Z27, class, K4; \
	VPTESTMB  Z28, class, K5; \
	KMOVQ     K3, letter; \
	KMOVQ     K4, digit; \
	KMOVQ     K5, apart

#define BYTES(value, z) \
	MOVL $value, AX; \
	VPBROADCASTB AX, z

// ODD sets (DI) from what a block is, R8 letter, R9 digit, R10 apart, and AX what is odd in it
// already; from the letters and so on of the next one, R11, R12, R13; and from the carries R14 of
// letters and R15 of digits, which it sets for the next block. BX is line. Spoils AX, BX, DX.
#define ODD \
	LEAQ (R15)(R9*2), DX; \
	ANDQ DX, BX; \
	ORQ  BX, AX; \
	MOVQ AX, (DI); \
	ANDQ R10, DX; \
	BEHIND(1, R9, R12, BX); \
	ANDQ BX, DX; \
	BEHIND(2, R9, R12, BX); \
	ANDQ BX, DX; \
	JEQ  nodots; \
	BEHIND(3, R9, R12, BX); \
	BEHIND(3, R10, R13, AX); \
	ORQ  AX, BX; \
	ANDQ BX, DX; \
	BEHIND(4, R10, R13, BX); \
	ORQ  BX, AX; \
	BEHIND(5, R10, R13, BX); \
	ORQ  BX, AX; \
	BEHIND(6, R10, R13, BX); \
	ORQ  BX, AX; \
	ANDQ AX, DX; \
	ORQ  DX, (DI); \
nodots: \
	LEAQ  (R14)(R8*2), BX; \
	ANDNQ R8, BX, BX; \
	MOVQ R8, DX; \
	MOVQ R11, AX; \
	BOTH(1, DX, AX); \
	BOTH(2, DX, AX); \
	BOTH(4, DX, AX); \
	BOTH(6, DX, AX); \
	ANDQ BX, DX; \
	ORQ  DX, (DI); \
	BEHIND(1, R10, R13, DX); \
	MOVQ R13, AX; \
	SHRQ $1, AX; \
	BOTH(2, DX, AX); \
	TESTQ DX, DX; \
	JEQ  notapart; \
	BOTH(4, DX, AX); \
	BOTH(4, DX, AX); \
	ANDQ BX, DX; \
	ORQ  DX, (DI); \
notapart: \
	MOVQ R8, R14; \
	SHRQ $63, R14; \
	MOVQ R9, R15; \
	SHRQ $63, R15; \
	MOVQ R11, R8; \
	MOVQ R12, R9; \
	MOVQ R13, R10; \
	ADDQ $64, SI; \
	ADDQ $8, DI; \
	DECQ CX

// func odd512(text *byte, blocks int, t *oddTables, carry uint64, masks *uint64)
TEXT ·odd512(SB), NOSPLIT, $0-40
	MOVQ text+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ t+16(FP), DX
	MOVQ carry+24(FP), R14
	MOVQ masks+32(FP), DI
	MOVQ R14, R15
	ANDQ $1, R14
	SHRQ $1, R15
	VMOVDQU64 oddTables_class(DX), Z16
	VMOVDQU64 (oddTables_class+64)(DX), Z17
	VMOVDQU64 oddTables_special(DX), Z18
	VMOVDQU64 (oddTables_special+64)(DX), Z19
	VMOVDQU64 oddTables_next(DX), Z20
	VMOVDQU64 (oddTables_next+64)(DX), Z21
	VMOVDQU64 oddTables_lead(DX), Z22
	VMOVDQU64 (oddTables_lead+64)(DX), Z23
	VMOVDQU64 oddTables_second(DX), Z24
	VMOVDQU64 (oddTables_second+64)(DX), Z25
	BYTES(const_oddLetter, Z26)
	BYTES(const_oddDigit, Z27)
	BYTES(const_oddApart, Z28)
	BYTES(const_oddLine, Z29)
	BYTES(const_oddBeside, Z30)
	BYTES(const_oddAlone, Z31)
	CLASS512(0, Z5, R8, R9, R10)

loop:
	CLASS512(64, Z4, R11, R12, R13)
	VMOVDQU64  (SI), Z0
	VMOVDQU64  1(SI), Z1
	VPMOVB2M   Z0, K1
	KNOTQ      K1, K2
	VMOVDQA64  Z0, Z6
	VPERMI2B.Z Z19, Z18, K2, Z6
	VMOVDQA64  Z1, Z7
	VPERMI2B   Z21, Z20, Z7
	VPTESTMB   Z7, Z6, K3
	KMOVQ      K3, AX
	KORTESTQ   K1, K1
	JEQ        ascii
	VPMOVB2M   Z1, K4
	VPERMI2B.Z Z23, Z22, K1, Z0
	VPERMI2B.Z Z25, Z24, K4, Z1
	VPANDQ     Z1, Z0, Z0
	VPTESTMB   Z31, Z0, K3
	KMOVQ      K3, BX
	ORQ        BX, AX
	VPTESTMB   Z30, Z0, K3
	KMOVQ      K3, BX
	LEAQ       (R14)(R8*2), DX
	ANDQ       BX, DX
	ORQ        DX, AX
	BEHIND(2, R8, R11, DX)
	ANDQ       BX, DX
	ORQ        DX, AX

ascii:
	VPTESTMB Z29, Z5, K3
	KMOVQ    K3, BX
	ODD
	VMOVDQA64 Z4, Z5 // which leaves the flags
	JNE       loop
	VZEROUPPER
	RET

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
