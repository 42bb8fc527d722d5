// Candidates from words of bits: what scan512 and scan256 have in common. A step takes a
// word, which has a bit for each of 64 bytes, and leaves others in registers.
//
// R10-R13 and BX carry to the next block: backslash, word, digit, letters of escapes,
// separator. DI is where the words go. AX, DX, R8, R9 and R14 come and go.

// Offsets in words: see vector.go. TestLayout holds them.
#define RUNS 1024
#define RUN 2048
#define LETTERS 3080
#define SPECIAL 4096
#define DIGITS_AT 5120
#define CARRY 6144
#define NONZERO 6184

#define LOAD_CARRY \
	MOVQ (CARRY+0)(DI), R10  \
	MOVQ (CARRY+8)(DI), R11  \
	MOVQ (CARRY+16)(DI), R12 \
	MOVQ (CARRY+24)(DI), R13 \
	MOVQ (CARRY+32)(DI), BX

// AX: backslashes. R8: bytes that make an escape behind one. Then DX: letters of escapes.
// R9: places that count as starts because of one.
#define ESCAPES \
	LEAQ (R10)(AX*2), DX     \
	MOVQ AX, R10             \
	SHRQ $63, R10            \
	ANDQ R8, DX              \
	MOVQ DX, LETTERS(DI)     \
	MOVQ DX, R9              \
	SHLQ $5, R9              \
	ORQ  R13, R9             \
	MOVQ DX, R13             \
	SHRQ $59, R13

// AX: word bytes. Then R8: not in the middle of a word.
#define WORDS \
	ANDNQ AX, DX, AX         \
	LEAQ  (R11)(AX*2), R8    \
	MOVQ  AX, R11            \
	SHRQ  $63, R11           \
	ANDQ  AX, R8             \
	NOTQ  R8                 \
	ORQ   R9, R8

// AX: digits. Then R9: not in the middle of digits. DX: behind a digit.
#define DIGITS \
	MOVQ AX, DIGITS_AT(DI)   \
	LEAQ (R12)(AX*2), DX     \
	MOVQ AX, R12             \
	SHRQ $63, R12            \
	MOVQ DX, R14             \
	ANDQ AX, R14             \
	NOTQ R14                 \
	ORQ  R14, R9

// R14: what the buckets of a kind accept. R8 gathers the candidates.
#define OF_WORDS \
	ANDQ R14, R8

#define OF_DIGITS \
	ANDQ R9, R14             \
	ORQ  R14, R8

#define OF_RUNS \
	ANDQ R9, R14             \
	MOVQ R14, RUNS(DI)

#define ANYWHERE \
	ORQ  R14, R8             \
	MOVQ R8, (DI)

// R8: separators; AX and DX as DIGITS left them. A run goes on with digits, a separator
// behind one, and one behind that.
#define SEPARATORS \
	ANDQ R8, DX              \
	ORQ  DX, AX              \
	LEAQ (BX)(DX*2), R9      \
	MOVQ DX, BX              \
	SHRQ $63, BX             \
	ANDQ R8, R9              \
	ORQ  R9, AX              \
	MOVQ AX, RUN(DI)
