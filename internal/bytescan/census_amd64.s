//go:build !purego

#include "textflag.h"

// func census512(text *[CensusText]byte, h *Heads, c *Census)
//
// It reads the 64 bytes of text and two more.
TEXT ·census512(SB), NOSPLIT, $0-24
	MOVQ text+0(FP), SI
	MOVQ h+8(FP), DX
	MOVQ c+16(FP), DI

	VMOVDQU64 (SI), Z0
	VMOVDQU64 1(SI), Z1
	VMOVDQU64 2(SI), Z2

	// Heads: by place a table of 128 bytes, first those of eight buckets, then the others'.
	VMOVDQA64  Z0, Z3
	VMOVDQA64  Z1, Z4
	VMOVDQA64  Z2, Z5
	VMOVDQA64  Z0, Z6
	VMOVDQA64  Z1, Z7
	VMOVDQA64  Z2, Z8
	VMOVDQU64  (DX), Z9
	VPERMI2B   64(DX), Z9, Z3
	VMOVDQU64  128(DX), Z10
	VPERMI2B   192(DX), Z10, Z4
	VMOVDQU64  256(DX), Z11
	VPERMI2B   320(DX), Z11, Z5
	VMOVDQU64  384(DX), Z12
	VPERMI2B   448(DX), Z12, Z6
	VMOVDQU64  512(DX), Z13
	VPERMI2B   576(DX), Z13, Z7
	VMOVDQU64  640(DX), Z14
	VPERMI2B   704(DX), Z14, Z8
	VPTERNLOGQ $0x80, Z5, Z4, Z3 // all three
	VPTERNLOGQ $0x80, Z8, Z7, Z6
	VPORQ      Z6, Z3, Z3
	VPTESTMB   Z3, Z3, K1
	VPTERNLOGQ $0xFE, Z2, Z1, Z0 // any of three, for its high bit
	VPMOVB2M   Z0, K2
	KORQ       K2, K1, K1
	KMOVQ      K1, AX
	MOVQ       AX, 40(DI)

	VMOVDQU64    (SI), Z0
	VMOVDQA64    Z0, Z1
	VMOVDQU64    768(DX), Z2
	VPERMI2B     832(DX), Z2, Z1
	VPTESTMB     Z1, Z1, K3
	VPMOVB2M     Z0, K1
	KANDNQ       K3, K1, K3 // a byte beyond ASCII is no letter
	KMOVQ        K3, AX
	MOVQ         AX, 48(DI)
	MOVL         $0xC0, AX
	VPBROADCASTB AX, Z1
	VPCMPUB      $5, Z1, Z0, K2 // not less
	MOVL         $0x5C, AX
	VPBROADCASTB AX, Z2
	VPCMPEQB     Z2, Z0, K3
	MOVL         $0x41, AX
	VPBROADCASTB AX, Z4
	VPSUBB       Z4, Z0, Z5
	MOVL         $26, AX
	VPBROADCASTB AX, Z6
	VPCMPUB      $1, Z6, Z5, K4 // less: a capital
	MOVL         $0x20, AX
	VPBROADCASTB AX, Z7
	VPSUBB       Z7, Z5, Z5
	VPCMPUB      $1, Z6, Z5, K5 // a small letter
	KMOVQ        K4, R8
	KMOVQ        K5, R9
	ORQ          R8, R9
	MOVQ         R9, 0(DI)
	MOVQ         R8, 8(DI)
	KMOVQ        K1, R8
	MOVQ         R8, 16(DI)
	KMOVQ        K2, R9
	MOVQ         R9, 24(DI)
	KMOVQ        K3, R8
	MOVQ         R8, 32(DI)
	VZEROUPPER
	RET
