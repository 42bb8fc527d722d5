//go:build !purego

#include "textflag.h"
#include "go_asm.h"

// By the low half of a byte, the one of apartBlock.sets that has it; or one that no byte with that
// half is.
DATA apartTable<>+0(SB)/8, $0x0000000000000020
DATA apartTable<>+8(SB)/8, $0x002e0d00000a0000
GLOBL apartTable<>(SB), RODATA|NOPTR, $16

// func apart512(text *byte, n int, blocks *apartBlock)
TEXT ·apart512(SB), NOSPLIT, $0-24
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ blocks+16(FP), DI
	VBROADCASTI32X4 apartTable<>(SB), Z1
	MOVL $32, AX
	VPBROADCASTB AX, Z2

loop512:
	VMOVDQU64 (SI), Z0
	VPSHUFB   Z0, Z1, Z3
	VPCMPEQB  Z0, Z3, K1
	VPCMPEQB  Z0, Z2, K2
	KMOVQ     K1, apartBlock_sets(DI)
	KMOVQ     K2, apartBlock_blank(DI)
	ADDQ      $64, SI
	ADDQ      $apartBlock__size, DI
	DECQ      CX
	JNE       loop512
	VZEROUPPER
	RET

// func apart256(text *byte, n int, blocks *apartBlock)
TEXT ·apart256(SB), NOSPLIT, $0-24
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ blocks+16(FP), DI
	VBROADCASTI128 apartTable<>(SB), Y1
	MOVL $32, AX
	VMOVD AX, X2
	VPBROADCASTB X2, Y2

loop256:
	VMOVDQU   (SI), Y0
	VMOVDQU   32(SI), Y4
	VPSHUFB   Y0, Y1, Y3
	VPSHUFB   Y4, Y1, Y5
	VPCMPEQB  Y0, Y3, Y3
	VPCMPEQB  Y4, Y5, Y5
	VPMOVMSKB Y3, AX
	VPMOVMSKB Y5, BX
	SHLQ      $32, BX
	ORQ       BX, AX
	MOVQ      AX, apartBlock_sets(DI)
	VPCMPEQB  Y0, Y2, Y3
	VPCMPEQB  Y4, Y2, Y5
	VPMOVMSKB Y3, AX
	VPMOVMSKB Y5, BX
	SHLQ      $32, BX
	ORQ       BX, AX
	MOVQ      AX, apartBlock_blank(DI)
	ADDQ      $64, SI
	ADDQ      $apartBlock__size, DI
	DECQ      CX
	JNE       loop256
	VZEROUPPER
	RET
