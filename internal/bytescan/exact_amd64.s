//go:build !purego

#include "textflag.h"

// Offsets in Tables and Hits: see tables.go and bytescan.go. TestLayout holds them.
#define BEFORE 256
#define MASK 8448
#define AT 8
#define MASKS 4104

#define LOOK_UP(k) \
	MOVBLZX k(DX), BX                \
	ANDQ    (MASK+k*2048)(R10)(BX*8), AX

// func exactAsm(text *byte, places *uint16, n int, t *Tables, special, run *uint64, i int, h *Hits, others, runs uint64, last int) int
//
// R8 is the place in places, which ends at R9; DI is how many hits there are. AX gathers what fits at text[place], to which DX points.
TEXT ·exactAsm(SB), NOSPLIT, $0-96
	MOVQ text+0(FP), SI
	MOVQ places+8(FP), R8
	MOVQ n+16(FP), CX
	LEAQ (R8)(CX*2), R9
	MOVQ t+24(FP), R10
	MOVQ special+32(FP), R11
	MOVQ run+40(FP), R12
	MOVQ h+56(FP), R13
	MOVQ (R13), DI

place:
	MOVWLZX (R8), CX
	MOVL    CX, AX
	SHRL    $6, AX
	MOVQ    (R11)(AX*8), DX
	BTQ     CX, DX
	LEAQ    (SI)(CX*1), DX
	JCS     special
	MOVQ    (R12)(AX*8), AX
	SHRXQ   CX, AX, AX
	ANDL    $1, AX
	NEGQ    AX
	ANDQ    runs+72(FP), AX
	ORQ     others+64(FP), AX
	MOVBLZX 0(DX), BX
	ANDQ    MASK(R10)(BX*8), AX
	MOVBLZX (R10)(BX*1), BX
	MOVBLZX -1(DX), R14
	SHLL    $8, BX
	ORL     R14, BX
	ANDQ    BEFORE(R10)(BX*8), AX
	LOOK_UP(1)
	LOOK_UP(2)
	LOOK_UP(3)
	LOOK_UP(4)
	LOOK_UP(5)
	LOOK_UP(6)
	LOOK_UP(7)
	ADDQ i+48(FP), CX
	MOVL CX, AT(R13)(DI*4)
	MOVQ AX, MASKS(R13)(DI*8)
	CMPQ AX, $1
	SBBQ $-1, DI                  // one more, unless it is 0
	ADDQ $2, R8
	CMPQ R8, R9
	JLT  place

done:
	MOVQ DI, (R13)
	SUBQ places+8(FP), R8
	SHRQ $1, R8
	MOVQ R8, ret+88(FP)
	RET

	// Mostly no anchor fits, whatever is before.
special:
	CMPQ    CX, last+80(FP)
	JGT     done
	MOVQ    others+64(FP), AX
	ORQ     runs+72(FP), AX
	MOVBLZX 0(DX), BX
	ANDQ    MASK(R10)(BX*8), AX
	LOOK_UP(1)
	LOOK_UP(2)
	LOOK_UP(3)
	LOOK_UP(4)
	LOOK_UP(5)
	LOOK_UP(6)
	LOOK_UP(7)
	TESTQ   AX, AX
	JNZ     done
	ADDQ    $2, R8
	CMPQ    R8, R9
	JLT     place
	JMP     done
