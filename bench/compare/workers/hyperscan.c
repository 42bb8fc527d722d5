// A worker around Hyperscan, or Vectorscan, in block mode. It is started with a file of patterns
// (NAME<TAB>EXPR a line) and "som" or "plain", and then takes commands, as worker.go describes.
#define _GNU_SOURCE
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *data;
static size_t size, count, *starts; // message i is data[starts[i] .. starts[i+1]-1)

static unsigned long long cpu_ns(void) {
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void fail(const char *what) {
	printf("error %s\n", what);
	fflush(stdout);
	exit(1);
}

static char *slurp(const char *path, size_t *n) {
	FILE *f = fopen(path, "rb");
	if (!f) fail("cannot open a file");
	fseek(f, 0, SEEK_END);
	*n = ftell(f);
	rewind(f);
	char *b = malloc(*n + 1);
	if (!b || fread(b, 1, *n, f) != *n) fail("cannot read a file");
	b[*n] = 0;
	fclose(f);
	return b;
}

static void load(const char *path) {
	free(data);
	free(starts);
	data = slurp(path, &size);
	count = 0;
	for (size_t i = 0; i < size; i++) count += data[i] == '\n';
	starts = malloc((count + 1) * sizeof *starts);
	size_t n = 0;
	starts[n++] = 0;
	for (size_t i = 0; i < size; i++)
		if (data[i] == '\n') starts[n++] = i + 1;
	printf("ok %zu\n", count);
}

typedef struct { unsigned long long results, sum; } tally;

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx) {
	tally *t = ctx;
	t->results++;
	t->sum = t->sum * 31 + id + from + to;
	return 0;
}

static hs_database_t *compile(const char *path, int som) {
	size_t n;
	char *text = slurp(path, &n), *save = NULL;
	const char *exprs[1024];
	unsigned flags[1024], ids[1024], k = 0;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *tab = strchr(line, '\t');
		if (line[0] == '#' || !tab || k == 1024) continue;
		exprs[k] = tab + 1;
		flags[k] = som ? HS_FLAG_SOM_LEFTMOST : 0;
		ids[k] = k;
		k++;
	}
	hs_platform_info_t here;
	hs_database_t *db = NULL;
	hs_compile_error_t *err = NULL;
	if (hs_populate_platform(&here) != HS_SUCCESS) fail("hs_populate_platform");
	if (hs_compile_multi(exprs, flags, ids, k, HS_MODE_BLOCK, &here, &db, &err) != HS_SUCCESS) fail(err->message);
	free(text);
	return db;
}

int main(int argc, char **argv) {
	if (argc != 3) fail("want a file of patterns and plain or som");
	hs_database_t *db = compile(argv[1], !strcmp(argv[2], "som"));
	hs_scratch_t *scratch = NULL;
	if (hs_alloc_scratch(db, &scratch) != HS_SUCCESS) fail("hs_alloc_scratch");
	char *info = NULL;
	hs_database_info(db, &info);
	printf("ready %s\n", info);
	fflush(stdout);

	char *line = NULL;
	size_t cap = 0, at = 0;
	while (getline(&line, &cap, stdin) > 0) {
		line[strcspn(line, "\n")] = 0;
		long least, most;
		if (!strncmp(line, "load ", 5)) {
			load(line + 5);
			at = 0;
		} else if (sscanf(line, "run %ld %ld", &least, &most) == 2) {
			tally t = {0, 0};
			unsigned long long begin = cpu_ns(), bytes = 0, spent = 0, next;
			do {
				next = bytes + (128 << 10);
				do {
					size_t n = starts[at + 1] - starts[at] - 1;
					if (hs_scan(db, data + starts[at], n, 0, scratch, on_match, &t) != HS_SUCCESS) fail("hs_scan");
					bytes += n;
					at = (at + 1) % count;
				} while (at && bytes < next);
				spent = cpu_ns() - begin;
			} while (spent < most * 1000000ULL && (at || spent < least * 1000000ULL));
			printf("ok %llu %llu %llu %llx\n", spent, bytes, t.results, t.sum);
		}
		fflush(stdout);
	}
	return 0;
}
