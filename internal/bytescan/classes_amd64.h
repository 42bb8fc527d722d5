// Offsets in Classes: see classes.go. TestLayout holds them.
#define GOESON 16
#define SEPARATOR 656
#define DIGIT 1296
#define WORD 1936
#define LETTER 2576
#define WORDSTART 3216
#define DIGITSTART 3856
#define RUN 4496
#define SPECIAL 5136
#define BACKSLASH 5776
#define ESCAPE 6416
#define CARRY 7056
#define HIGH 7104
