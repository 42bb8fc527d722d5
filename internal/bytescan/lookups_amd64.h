// Offsets in lookups, vectors and accepted: see lookups.go and vector.go. TestLayout holds them.
#define COUNT 0
#define WINDOWS 8
#define LAYOUTS 16
#define CODES 144
#define SETS 272
#define HALVES 1808
#define OTHERS 2576
#define KINDS 2864
#define ABOVE 2873
#define ABOVES 2876
#define FILLER 63

#define ACCEPTED 1728
#define WORDS 0
#define DIGITS 576
#define ANY 1152
#define CANDIDATES 5184
#define NONZERO 5760

#define MAXHITS 1024
