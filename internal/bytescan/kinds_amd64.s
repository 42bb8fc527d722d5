//go:build !purego

#include "textflag.h"
#include "go_asm.h"

#define OF512(c, z) \
	MOVL         $c, AX; \
	VPBROADCASTB AX, z

// func kinds512(text *byte, n int, s *Structure, l *TokenList)
//
// Block by block it puts the first bytes of tokens behind those before, and goes over the numbers that begin there:
// from the first digit of each a carry runs to the byte behind the last, and from that behind a point to the end
// of the fraction. What is wrong anywhere in a block leaves all scalars that begin in it, and the last one before.
//
//	SI  the text                       R10  all ones if a number's digits go on in the next block
//	DI  where the next token goes      R11  if those of its fraction do
//	R8  s, R15 l, 8 bytes further      R12  1 if a number's minus stands right before the block
//	    each block                     R13  if its first digit does, and is 0
//	R9  what is wrong; then whether    R14  if its point does
//	    there is any of R10 to R14
TEXT ·kinds512(SB), NOSPLIT, $16-32
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ s+16(FP), R8
	MOVQ l+24(FP), R15
	LEAQ TokenList_bytes(R15), DI
	ADDQ SI, CX
	MOVQ CX, end-8(SP)
	MOVQ R15, last-16(SP) // the block where the last scalar began
	XORL R9, R9
	XORL R10, R10
	XORL R11, R11
	XORL R12, R12
	XORL R13, R13
	XORL R14, R14
	OF512(0x22, Z16) // "
	OF512(0x3A, Z17) // :
	OF512(0x2C, Z18) // ,
	OF512(0x30, Z19) // 0
	OF512(10, Z20)
	OF512(0x2E, Z21) // .
	OF512(0x2D, Z22) // -
	OF512(0x20, Z23)
	OF512(0x7D, Z24) // }, or ] with bit 5

loop:
	MOVQ  Structure_Tokens(R8), DX
	MOVQ  DX, AX
	ORQ   R9, AX
	JEQ   none
	MOVQ  end-8(SP), CX
	SUBQ  SI, CX
	CMPQ  CX, $64
	JLT   tail
	VMOVDQU64 (SI), Z0

block:
	KMOVQ    DX, K1
	VPCOMPRESSB.Z Z0, K1, Z1
	VMOVDQU64 Z1, (DI)
	POPCNTQ  DX, AX
	ADDQ     AX, DI
	VPCMPEQB Z16, Z0, K1
	VPCMPEQB Z17, Z0, K2
	VPCMPEQB Z18, Z0, K3
	KMOVQ    K3, AX
	ANDQ     DX, AX
	MOVQ     AX, TokenList_Commas(R15)
	KORQ     K1, K2, K2
	KORQ     K2, K3, K2
	KMOVQ    K2, AX
	ORQ      Structure_Brackets(R8), AX
	ANDNQ    DX, AX, BX
	MOVQ     BX, TokenList_all(R15)
	VPSUBB   Z19, Z0, Z2
	VPCMPUB  $1, Z20, Z2, K1 // digits
	VPCMPEQB Z21, Z0, K2     // points
	VPORQ    Z23, Z0, Z2
	VPCMPEQB Z24, Z2, K4
	KORQ     K3, K4, K3      // what may follow a number
	VPCMPEQB Z22, Z0, K4
	KMOVQ    K1, DX
	KMOVQ    K4, AX
	ANDQ     BX, AX // minus
	MOVQ     DX, CX
	ORQ      AX, CX
	ANDNQ    BX, CX, CX // scalars that are no numbers
	LEAQ     (R12)(AX*2), R12
	SHRQ     $63, AX
	ANDQ     DX, BX
	ANDNQ    R12, DX, R9
	ORQ      R12, BX // the first digits
	MOVQ     AX, R12
	VPCMPEQB Z19, Z0, K4
	KMOVQ    K4, AX
	ANDQ     BX, AX
	LEAQ     (R13)(AX*2), R13
	ANDQ     DX, R13 // a digit behind a zero
	ORQ      R13, R9
	SHRQ     $63, AX
	MOVQ     AX, R13
	SHRQ     $1, R10
	ADCQ     DX, BX
	SBBQ     R10, R10
	ANDNQ    BX, DX, BX // behind the digits
	KORQ     K2, K3, K4
	KMOVQ    K4, AX
	ANDNQ    BX, AX, AX
	ORQ      AX, R9
	KMOVQ    K2, AX
	ANDQ     BX, AX
	LEAQ     (R14)(AX*2), R14 // where fractions begin
	SHRQ     $63, AX
	ANDNQ    R14, DX, BX
	ORQ      BX, R9
	SHRQ     $1, R11
	ADCQ     DX, R14
	SBBQ     R11, R11
	ANDNQ    R14, DX, R14 // behind them
	KMOVQ    K3, BX
	ANDNQ    R14, BX, BX
	ORQ      BX, R9
	MOVQ     AX, R14
	JNE      wrong

right:
	MOVQ    R10, R9
	ORQ     R11, R9
	ORQ     R12, R9
	ORQ     R13, R9
	ORQ     R14, R9
	MOVQ    CX, TokenList_Left(R15)
	MOVQ    last-16(SP), AX
	MOVQ    TokenList_all(R15), BX
	TESTQ   BX, BX
	CMOVQNE R15, AX
	MOVQ    AX, last-16(SP)

next:
	ADDQ $8, R8
	ADDQ $8, R15
	ADDQ $64, SI
	CMPQ SI, end-8(SP)
	JLT  loop

	// A number that goes on behind the text is left.
	TESTQ R9, R9
	JEQ  whole
	MOVQ last-16(SP), AX
	MOVQ TokenList_all(AX), BX
	ORQ  BX, TokenList_Left(AX)

whole:
	MOVQ   l+24(FP), R15
	LEAQ   TokenList_bytes(R15), SI
	VPXORQ Z0, Z0, Z0
	VMOVDQU64 Z0, (DI)
	SUBQ   SI, DI
	MOVQ   DI, TokenList_N(R15)
	LEAQ   TokenList_Kinds(R15), R8
	OF512(0x7B, Z25) // {
	OF512(0x5B, Z26) // [
	OF512(0x5D, Z27) // ]
	TESTQ  DI, DI
	JEQ    done

kinds:
	VMOVDQU64 (SI), Z0
	VPCMPEQB  Z16, Z0, K1
	VPCMPEQB  Z17, Z0, K2
	VPCMPEQB  Z18, Z0, K3
	VPCMPEQB  Z25, Z0, K4
	VPCMPEQB  Z26, Z0, K5
	VPCMPEQB  Z24, Z0, K6
	VPCMPEQB  Z27, Z0, K7
	KMOVQ     K1, Kinds_Quote(R8)
	KMOVQ     K2, Kinds_Colon(R8)
	KMOVQ     K3, Kinds_Comma(R8)
	KORQ      K4, K5, K5
	KORQ      K6, K7, K7
	KORQ      K4, K6, K6
	KMOVQ     K5, Kinds_Open(R8)
	KMOVQ     K7, Kinds_Close(R8)
	KMOVQ     K6, Kinds_Object(R8)
	ADDQ      $64, SI
	ADDQ      $Kinds__size, R8
	SUBQ      $64, DI
	JG        kinds

done:
	VZEROUPPER
	RET

none:
	MOVQ AX, TokenList_Left(R15)
	MOVQ AX, TokenList_Commas(R15)
	MOVQ AX, TokenList_all(R15)
	JMP  next

tail:
	MOVQ  $-1, AX
	BZHIQ CX, AX, AX
	KMOVQ AX, K1
	VMOVDQU8.Z (SI), K1, Z0
	JMP   block

wrong:
	MOVQ last-16(SP), AX
	MOVQ TokenList_all(AX), BX
	ORQ  BX, TokenList_Left(AX)
	ORQ  TokenList_all(R15), CX
	JMP  right

#define OF256(c, x, y) \
	MOVL         $c, AX; \
	VMOVD        AX, x; \
	VPBROADCASTB x, y

// TOP256 sets dst to the top bits of Y2 and Y3. Spoils CX.
#define TOP256(dst) \
	VPMOVMSKB Y2, dst; \
	VPMOVMSKB Y3, CX; \
	SHLQ      $32, CX; \
	ORQ       CX, dst

// EQUAL256 sets dst to where the block has the byte of v. Spoils CX.
#define EQUAL256(v, dst) \
	VPCMPEQB v, Y0, Y2; \
	VPCMPEQB v, Y1, Y3; \
	TOP256(dst)

// PUT256 puts those of bits that are of tokens behind the bits of field; what does not fit goes to the next one. Spoils AX and CX.
#define PUT256(bits, field) \
	PEXTQ DX, bits, AX; \
	SHLXQ R10, AX, CX; \
	SHRQ  $1, AX; \
	SHRXQ R12, AX, AX; \
	ORQ   CX, field(R11); \
	MOVQ  AX, (Kinds__size+field)(R11)

// func kinds256(text *byte, blocks int, s *Structure, l *TokenList, at int)
//
//	SI  the text              R10  how many tokens there are so far
//	DI  s, R8 l, 8 bytes      R11  the Kinds of the next one
//	    further each block    R12  63 less its place there, as far as a shift sees it
//	R9  l                     R14  what is no scalar
TEXT ·kinds256(SB), NOSPLIT, $0-40
	MOVQ text+0(FP), SI
	MOVQ blocks+8(FP), R13
	MOVQ s+16(FP), DI
	MOVQ l+24(FP), R9
	MOVQ at+32(FP), AX
	LEAQ (DI)(AX*8), DI
	LEAQ (R9)(AX*8), R8
	MOVQ TokenList_N(R9), R10
	OF256(0x22, X8, Y8)   // "
	OF256(0x3A, X9, Y9)   // :
	OF256(0x2C, X10, Y10) // ,
	OF256(0x7B, X11, Y11) // {, or [ with bit 5
	OF256(0x20, X12, Y12)

loop:
	XORL    R14, R14
	MOVQ    Structure_Tokens(DI), DX
	MOVQ    DX, TokenList_Left(R8)
	MOVQ    DX, TokenList_Commas(R8)
	TESTQ   DX, DX
	JEQ     next
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	MOVQ    R10, R11
	SHRQ    $6, R11
	IMULQ   $Kinds__size, R11
	LEAQ    TokenList_Kinds(R9)(R11*1), R11
	MOVQ    R10, R12
	NOTQ    R12
	EQUAL256(Y8, R14)
	PUT256(R14, Kinds_Quote)
	EQUAL256(Y9, BX)
	ORQ     BX, R14
	PUT256(BX, Kinds_Colon)
	EQUAL256(Y10, BX)
	ORQ     BX, R14
	PUT256(BX, Kinds_Comma)
	ANDQ    DX, BX
	MOVQ    BX, TokenList_Commas(R8)
	VPSLLW  $2, Y0, Y2
	VPSLLW  $2, Y1, Y3
	TOP256(BX)
	ANDQ    Structure_Brackets(DI), BX
	PUT256(BX, Kinds_Object)
	VPOR    Y12, Y0, Y0
	VPOR    Y12, Y1, Y1
	EQUAL256(Y11, BX)
	ANDQ    Structure_Brackets(DI), BX
	PUT256(BX, Kinds_Open)
	XORQ    Structure_Brackets(DI), BX
	PUT256(BX, Kinds_Close)
	ORQ     Structure_Brackets(DI), R14
	ANDNQ   DX, R14, R14
	MOVQ    R14, TokenList_Left(R8)
	POPCNTQ DX, AX
	ADDQ    AX, R10

next:
	ADDQ $8, DI
	ADDQ $8, R8
	ADDQ $64, SI
	DECQ R13
	JNE  loop
	MOVQ R10, TokenList_N(R9)
	VZEROUPPER
	RET
