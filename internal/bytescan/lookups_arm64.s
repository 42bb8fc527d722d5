//go:build !purego

#include "textflag.h"

// The low halves of the 64 bytes at R4 into V8-V11, with the highest bit, so that a look-up
// of a byte above 0x7F gives 0; the high halves into V12-V15.
#define HALVES \
	VLD1  (R4), [V8.B16, V9.B16, V10.B16, V11.B16] \
	VUSHR $4, V8.B16, V12.B16                      \
	VUSHR $4, V9.B16, V13.B16                      \
	VUSHR $4, V10.B16, V14.B16                     \
	VUSHR $4, V11.B16, V15.B16                     \
	VAND  V31.B16, V8.B16, V8.B16                  \
	VAND  V31.B16, V9.B16, V9.B16                  \
	VAND  V31.B16, V10.B16, V10.B16                \
	VAND  V31.B16, V11.B16, V11.B16

// Looks 64 bytes up by their halves, in a table for each. What both have goes to the four
// registers; or what either has, to what is there.
#define COMMON(byLow, byHigh, a, b, c, d) \
	VTBL V8.B16, [byLow.B16], a.B16                \
	VTBL V9.B16, [byLow.B16], b.B16                \
	VTBL V10.B16, [byLow.B16], c.B16               \
	VTBL V11.B16, [byLow.B16], d.B16               \
	HALF(VAND, V12, byHigh, V28, a)                \
	HALF(VAND, V13, byHigh, V29, b)                \
	HALF(VAND, V14, byHigh, V28, c)                \
	HALF(VAND, V15, byHigh, V29, d)

#define HALF(do, half, table, spoilt, to) \
	VTBL half.B16, [table.B16], spoilt.B16         \
	do   spoilt.B16, to.B16, to.B16

#define OR_EITHER(byLow, byHigh, a, b, c, d) \
	HALF(VORR, V8, byLow, V28, a)                  \
	HALF(VORR, V9, byLow, V29, b)                  \
	HALF(VORR, V10, byLow, V28, c)                 \
	HALF(VORR, V11, byLow, V29, d)                 \
	HALF(VORR, V12, byHigh, V28, a)                \
	HALF(VORR, V13, byHigh, V29, b)                \
	HALF(VORR, V14, byHigh, V28, c)                \
	HALF(VORR, V15, byHigh, V29, d)

// Writes a word: which of 64 bytes, in a to d, have a bit of e. V30 has for each of eight
// bytes its bit, and sums of neighbours gather them.
#define TEST(a, b, c, d, e) \
	VCMTST  e.B16, a.B16, V8.B16                   \
	VCMTST  e.B16, b.B16, V9.B16                   \
	VCMTST  e.B16, c.B16, V10.B16                  \
	VCMTST  e.B16, d.B16, V11.B16                  \
	VAND    V30.B16, V8.B16, V8.B16                \
	VAND    V30.B16, V9.B16, V9.B16                \
	VAND    V30.B16, V10.B16, V10.B16              \
	VAND    V30.B16, V11.B16, V11.B16              \
	VADDP   V9.B16, V8.B16, V8.B16                 \
	VADDP   V11.B16, V10.B16, V10.B16              \
	VADDP   V10.B16, V8.B16, V8.B16                \
	VADDP   V8.B16, V8.B16, V8.B16                 \
	FMOVD.P F8, 8(R3)

// func classesNEON(text *byte, n int, halves *[2][16]uint8, to *looked)
TEXT ·classesNEON(SB), NOSPLIT, $0-32
	MOVD  text+0(FP), R4
	MOVD  n+8(FP), R1
	MOVD  halves+16(FP), R5
	MOVD  to+24(FP), R3
	MOVD  $0x8040201008040201, R6
	VDUP  R6, V30.D2
	VMOVI $0x8f, V31.B16
	VLD1  (R5), [V24.B16, V25.B16]
	VMOVI $0x80, V16.B16            // digits
	VMOVI $0xf0, V17.B16            // words
	VMOVI $0x04, V18.B16            // backslashes
	VMOVI $0x03, V19.B16            // what makes an escape
	VMOVI $0x08, V20.B16            // separators

block:
	HALVES
	COMMON(V24, V25, V0, V1, V2, V3)
	TEST(V0, V1, V2, V3, V16)
	TEST(V0, V1, V2, V3, V17)
	TEST(V0, V1, V2, V3, V18)
	TEST(V0, V1, V2, V3, V19)
	TEST(V0, V1, V2, V3, V20)
	ADD  $64, R4
	SUBS $1, R1
	BNE  block
	RET

// func acceptNEON(text *byte, n int, halves *[Depth][2][16]uint8, windows int, others *[bucketKinds][32]uint8, to *[bucketKinds]uint64)
//
// V0-V3 have the buckets that reject, then those that accept.
TEXT ·acceptNEON(SB), NOSPLIT, $0-48
	MOVD  text+0(FP), R0
	MOVD  n+8(FP), R1
	MOVD  halves+16(FP), R2
	MOVD  windows+24(FP), R8
	MOVD  others+32(FP), R5
	MOVD  to+40(FP), R3
	MOVD  $0x8040201008040201, R6
	VDUP  R6, V30.D2
	VMOVI $0x8f, V31.B16
	VMOVI $255, V26.B16
	VLD1.P 32(R5), [V16.B16, V17.B16]
	VLD1.P 32(R5), [V17.B16, V18.B16]
	VLD1   (R5), [V18.B16, V19.B16]
	VEOR  V26.B16, V16.B16, V16.B16 // words
	VEOR  V26.B16, V17.B16, V17.B16 // digits
	VEOR  V26.B16, V18.B16, V18.B16 // anywhere

block:
	MOVD  R0, R4
	MOVD  R2, R5
	MOVD  R8, R7
	VMOVI $0, V0.B16
	VMOVI $0, V1.B16
	VMOVI $0, V2.B16
	VMOVI $0, V3.B16

window:
	HALVES
	VLD1.P 32(R5), [V24.B16, V25.B16]
	OR_EITHER(V24, V25, V0, V1, V2, V3)
	ADD  $1, R4
	SUBS $1, R7
	BNE  window

	VEOR V26.B16, V0.B16, V0.B16
	VEOR V26.B16, V1.B16, V1.B16
	VEOR V26.B16, V2.B16, V2.B16
	VEOR V26.B16, V3.B16, V3.B16
	TEST(V0, V1, V2, V3, V16)
	TEST(V0, V1, V2, V3, V17)
	TEST(V0, V1, V2, V3, V18)
	ADD  $64, R0
	SUBS $1, R1
	BNE  block
	RET
