//go:build !purego

#include "textflag.h"

// Offsets in nibbles: see buckets.go. TestLayout holds them.
#define CLASSES 0
#define SET0 64
#define SET1 256
#define SET2 448
#define OTHERS 640
#define MORE 644
#define WINDOWS 6

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

#define ALL(bits, a, b, c, d) \
	VMOVI bits, a.B16                              \
	VMOVI bits, b.B16                              \
	VMOVI bits, c.B16                              \
	VMOVI bits, d.B16

#define EACH(do, e, f, g, h, a, b, c, d) \
	do e.B16, a.B16, a.B16                         \
	do f.B16, b.B16, b.B16                         \
	do g.B16, c.B16, c.B16                         \
	do h.B16, d.B16, d.B16

// Writes a word: which of 64 bytes, in a to d, have a bit in common with those in e to h.
// V30 has for each of eight bytes its bit, and sums of neighbours gather them.
#define TEST(a, b, c, d, e, f, g, h) \
	VCMTST  e.B16, a.B16, V8.B16                   \
	VCMTST  f.B16, b.B16, V9.B16                   \
	VCMTST  g.B16, c.B16, V10.B16                  \
	VCMTST  h.B16, d.B16, V11.B16                  \
	VAND    V30.B16, V8.B16, V8.B16                \
	VAND    V30.B16, V9.B16, V9.B16                \
	VAND    V30.B16, V10.B16, V10.B16              \
	VAND    V30.B16, V11.B16, V11.B16              \
	VADDP   V9.B16, V8.B16, V8.B16                 \
	VADDP   V11.B16, V10.B16, V10.B16              \
	VADDP   V10.B16, V8.B16, V8.B16                \
	VADDP   V8.B16, V8.B16, V8.B16                 \
	FMOVD.P F8, 8(R3)

// func scanNEON(text *byte, n int, b *nibbles, to *looked)
//
// V0-V3 have the buckets of the first set that reject, then those that accept; V4-V7 those
// of the second, V20-V23 of the third. At the end they have what the bytes are.
TEXT ·scanNEON(SB), NOSPLIT, $0-32
	MOVD  text+0(FP), R0
	MOVD  n+8(FP), R1
	MOVD  b+16(FP), R2
	MOVD  to+24(FP), R3
	MOVBU MORE(R2), R8

	ADD     $OTHERS, R2, R4
	VLD1R.P 1(R4), [V16.B16]        // words
	VLD1R.P 1(R4), [V17.B16]        // digits
	VLD1R.P 1(R4), [V18.B16]        // runs
	VLD1R   (R4), [V19.B16]         // anywhere
	VMOVI   $255, V24.B16
	EACH(VEOR, V24, V24, V24, V24, V16, V17, V18, V19)
	MOVD    $0x8040201008040201, R4
	VDUP    R4, V30.D2
	VMOVI   $0x8f, V31.B16

block:
	MOVD R0, R4
	ADD  $SET0, R2, R5
	ADD  $SET1, R2, R6
	ADD  $SET2, R2, R9
	MOVD $WINDOWS, R7
	ALL($0, V0, V1, V2, V3)
	ALL($0, V4, V5, V6, V7)
	ALL($0, V20, V21, V22, V23)

window:
	HALVES
	VLD1.P 32(R5), [V24.B16, V25.B16]
	VLD1.P 32(R6), [V26.B16, V27.B16]
	OR_EITHER(V24, V25, V0, V1, V2, V3)
	OR_EITHER(V26, V27, V4, V5, V6, V7)
	CBZ    R8, next
	VLD1.P 32(R9), [V24.B16, V25.B16]
	OR_EITHER(V24, V25, V20, V21, V22, V23)

next:
	ADD  $1, R4
	SUBS $1, R7
	BNE  window

	CBZ R8, accepted
	EACH(VAND, V20, V21, V22, V23, V4, V5, V6, V7) // rejected by both

	// Words are of all sets, the other kinds of the second and the third.
accepted:
	VMOVI $255, V24.B16
	EACH(VEOR, V24, V24, V24, V24, V0, V1, V2, V3)
	EACH(VEOR, V24, V24, V24, V24, V4, V5, V6, V7)
	VAND V16.B16, V4.B16, V12.B16
	VAND V16.B16, V5.B16, V13.B16
	VAND V16.B16, V6.B16, V14.B16
	VAND V16.B16, V7.B16, V15.B16
	EACH(VORR, V12, V13, V14, V15, V0, V1, V2, V3)
	TEST(V0, V1, V2, V3, V0, V1, V2, V3)
	TEST(V4, V5, V6, V7, V17, V17, V17, V17)
	TEST(V4, V5, V6, V7, V18, V18, V18, V18)
	TEST(V4, V5, V6, V7, V19, V19, V19, V19)

	// Classes, and separators.
	MOVD  R0, R4
	ADD   $CLASSES, R2, R5
	HALVES
	VLD1  (R5), [V24.B16, V25.B16, V26.B16, V27.B16]
	COMMON(V24, V25, V0, V1, V2, V3)
	COMMON(V26, V27, V4, V5, V6, V7)
	VMOVI $0x80, V24.B16            // digits
	VMOVI $0xf0, V25.B16            // words
	VMOVI $0x08, V26.B16            // backslashes
	VMOVI $0x04, V27.B16            // what makes an escape
	TEST(V0, V1, V2, V3, V24, V24, V24, V24)
	TEST(V0, V1, V2, V3, V25, V25, V25, V25)
	TEST(V0, V1, V2, V3, V26, V26, V26, V26)
	TEST(V0, V1, V2, V3, V27, V27, V27, V27)
	TEST(V4, V5, V6, V7, V4, V5, V6, V7)

	ADD  $64, R0
	SUBS $1, R1
	BNE  block
	RET
