//go:build !purego

#include "textflag.h"

// Offsets in Classes: see classes.go. TestLayout holds them.
#define DIGIT 16
#define WORD 656
#define SEPARATOR 1296
#define LETTER 1936
#define WORDSTART 2576
#define DIGITSTART 3216
#define GOESON 3856
#define RUN 4496
#define SPECIAL 5136
#define BACKSLASH 5776
#define ESCAPE 6416
#define CARRY 7056

// func classes512(text *byte, n, at int, c *Classes)
//
// Bytes above 0x7F become it, which is of no class.
TEXT ·classes512(SB), NOSPLIT, $0-32
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ at+16(FP), AX
	MOVQ c+24(FP), DI
	LEAQ (DI)(AX*8), DI
	VMOVDQU64 ·classes128+0(SB), Z1
	VMOVDQU64 ·classes128+64(SB), Z2
	MOVL         $0x7f, AX
	VPBROADCASTB AX, Z3
	MOVL         $1, AX
	VPBROADCASTB AX, Z4
	VPADDB       Z4, Z4, Z5
	VPADDB       Z5, Z5, Z6

block:
	VPMINUB  (SI), Z3, Z0
	VPERMI2B Z2, Z1, Z0
	VPMOVB2M Z0, K1
	VPTESTMB Z4, Z0, K2
	VPTESTMB Z5, Z0, K3
	VPTESTMB Z6, Z0, K4
	VPADDB   Z0, Z0, Z0
	VPMOVB2M Z0, K5
	KMOVQ    K1, WORD(DI)
	KMOVQ    K2, SEPARATOR(DI)
	KMOVQ    K3, BACKSLASH(DI)
	KMOVQ    K4, ESCAPE(DI)
	KMOVQ    K5, DIGIT(DI)
	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNZ  block
	VZEROUPPER
	RET

// func begin512(c *Classes, n int, escape uint64)
//
// Eight words at a time. Z16 to Z20 have those before, of which the last counts.
#define SHIFTED(by, now, before, z) \
	VALIGNQ $7, before, now, z \
	VPSHLDQ $by, z, now, z

TEXT ·begin512(SB), NOSPLIT, $0-24
	MOVQ c+0(FP), DI
	MOVQ n+8(FP), CX
	VPBROADCASTQ escape+16(FP), Z15
	VPBROADCASTQ (CARRY+0)(DI), Z16
	VPBROADCASTQ (CARRY+8)(DI), Z17
	VPBROADCASTQ (CARRY+16)(DI), Z18
	VPBROADCASTQ (CARRY+24)(DI), Z19
	VPBROADCASTQ (CARRY+32)(DI), Z20

words:
	// Z1: letters of escapes.
	VMOVDQU64  BACKSLASH(DI), Z0
	SHIFTED(1, Z0, Z16, Z1)
	VMOVDQA64  Z0, Z16
	VPTERNLOGQ $0x80, ESCAPE(DI), Z15, Z1
	VMOVDQU64  Z1, LETTER(DI)

	// Z3: what an escape may end before. Then Z5: letters, and the five places behind each.
	VALIGNQ    $7, Z19, Z1, Z2
	VPSHLDQ    $5, Z2, Z1, Z3
	VPSHLDQ    $1, Z2, Z1, Z4
	VPADDQ     Z2, Z2, Z5
	VPORQ      Z1, Z4, Z4
	VPORQ      Z2, Z5, Z5
	VPSHLDQ    $2, Z5, Z4, Z6
	VPSHLDQ    $4, Z5, Z4, Z5
	VPTERNLOGQ $0xfe, Z4, Z6, Z5
	VMOVDQU64  Z5, SPECIAL(DI)
	VMOVDQA64  Z1, Z19

	// Words: not (Z0 and Z2), or Z3.
	VPANDNQ    WORD(DI), Z1, Z0
	VMOVDQU64  Z0, WORD(DI)
	SHIFTED(1, Z0, Z18, Z2)
	VMOVDQA64  Z0, Z18
	VPTERNLOGQ $0xbf, Z3, Z2, Z0
	VMOVDQU64  Z0, WORDSTART(DI)

	// Digits, as words.
	VMOVDQU64  DIGIT(DI), Z0
	SHIFTED(1, Z0, Z17, Z2)
	VMOVDQA64  Z0, Z17
	VMOVDQA64  Z0, Z4
	VPTERNLOGQ $0xbf, Z3, Z2, Z4
	VMOVDQU64  Z4, DIGITSTART(DI)

	// What goes on with a run: Z0, or Z2, separators behind a digit, or Z3 and Z4, those behind one.
	VMOVDQU64  SEPARATOR(DI), Z3
	VPANDQ     Z3, Z2, Z2
	SHIFTED(1, Z2, Z20, Z4)
	VMOVDQA64  Z2, Z20
	VPORQ      Z2, Z0, Z0
	VPTERNLOGQ $0xf8, Z4, Z3, Z0
	VMOVDQU64  Z0, GOESON(DI)

	ADDQ $64, DI
	SUBQ $8, CX
	JG   words
	VZEROUPPER
	RET

// func run512(c *Classes, n int)
//
// Eight words at a time, and those behind each: what goes on with a run, two bytes, four,
// then seven.
TEXT ·run512(SB), NOSPLIT, $0-16
	MOVQ c+0(FP), DI
	MOVQ n+8(FP), CX

words:
	VMOVDQU64  GOESON(DI), Z0
	VMOVDQU64  (GOESON+8)(DI), Z1
	VPSHRDQ    $1, Z1, Z0, Z2
	VPSRLQ     $1, Z1, Z3
	VPANDQ     Z2, Z0, Z0
	VPANDQ     Z3, Z1, Z1
	VPSHRDQ    $2, Z1, Z0, Z2
	VPSRLQ     $2, Z1, Z3
	VPANDQ     Z2, Z0, Z0
	VPANDQ     Z3, Z1, Z1
	VPSHRDQ    $3, Z1, Z0, Z2
	VPTERNLOGQ $0x80, DIGIT(DI), Z2, Z0
	VMOVDQU64  Z0, RUN(DI)
	ADDQ $64, DI
	SUBQ $8, CX
	JG   words
	VZEROUPPER
	RET

// The highest bits of Y0 and Y1, which are shifted left before.
#define BITS(by, to) \
	VPSLLW    $by, Y0, Y2 \
	VPSLLW    $by, Y1, Y3 \
	VPMOVMSKB Y2, AX      \
	VPMOVMSKB Y3, DX      \
	SHLQ      $32, DX     \
	ORQ       DX, AX      \
	MOVQ      AX, to(DI)

// func classes256(text *byte, n, at int, c *Classes)
TEXT ·classes256(SB), NOSPLIT, $0-32
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ at+16(FP), AX
	MOVQ c+24(FP), DI
	LEAQ (DI)(AX*8), DI
	VBROADCASTI128 ·classHalves+0(SB), Y8
	VBROADCASTI128 ·classHalves+16(SB), Y9
	MOVL         $0x0f, AX
	VMOVQ        AX, X10
	VPBROADCASTB X10, Y10
	MOVL         $0x70, AX
	VMOVQ        AX, X11
	VPBROADCASTB X11, Y11

block:
	VMOVDQU 0(SI), Y0
	VMOVDQU 32(SI), Y1
	VPSRLW  $4, Y0, Y2
	VPSRLW  $4, Y1, Y3
	VPAND   Y10, Y2, Y2
	VPAND   Y10, Y3, Y3
	VPSHUFB Y0, Y8, Y0            // 0 above 0x7F
	VPSHUFB Y1, Y8, Y1
	VPSHUFB Y2, Y9, Y2
	VPSHUFB Y3, Y9, Y3
	VPAND   Y2, Y0, Y0
	VPAND   Y3, Y1, Y1
	BITS(0, DIGIT)
	BITS(4, SEPARATOR)
	BITS(5, BACKSLASH)

	// Any of the two lowest bits, and of the four highest, as the highest.
	VPSLLW    $6, Y0, Y2
	VPSLLW    $6, Y1, Y3
	VPSLLW    $7, Y0, Y4
	VPSLLW    $7, Y1, Y5
	VPOR      Y4, Y2, Y2
	VPOR      Y5, Y3, Y3
	VPMOVMSKB Y2, AX
	VPMOVMSKB Y3, DX
	SHLQ      $32, DX
	ORQ       DX, AX
	MOVQ      AX, ESCAPE(DI)
	VPADDUSB  Y11, Y0, Y2
	VPADDUSB  Y11, Y1, Y3
	VPMOVMSKB Y2, AX
	VPMOVMSKB Y3, DX
	SHLQ      $32, DX
	ORQ       DX, AX
	MOVQ      AX, WORD(DI)

	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNZ  block
	VZEROUPPER
	RET
