/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Recording, against the bare single-step loop over the same program, in turns.
 * record-steps BARE-STEP [STEPS [ROUNDS]] prints a line for each round and the
 * medians' ratio.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/measure.h"
#include "tests/unit/engine-host.h"

static const char program[] =
"#include <stdlib.h>\n"
"struct node { struct node *left, *right; int key; };\n"
"static struct node nodes[512]; static int used; static unsigned hash[256]; static char text[256];\n"
"static struct node *insert(struct node *n, int key) {\n"
"	if (!n) { n = &nodes[used++]; n->key = key; n->left = n->right = 0; return n; }\n"
"	if (key < n->key) n->left = insert(n->left, key);\n"
"	else n->right = insert(n->right, key);\n"
"	return n;\n}\n"
"static int sum(struct node *n) { return n ? sum(n->left) + sum(n->right) + n->key : 0; }\n"
"int main(void) {\n"
"	unsigned x = 1, total = 0;\n"
"	for (;;) {\n"
"		struct node *root = 0; used = 0;\n"
"		for (int i = 0; i < 500; i++) { x = x * 1103515245 + 12345; root = insert(root, x >> 16); }\n"
"		total += sum(root);\n"
"		for (int i = 0; i < 255; i++) { text[i] = 'a' + x % 26; x ^= x >> 3; hash[(text[i] * 31 + i) & 255] += x; }\n"
"	}\n}\n";

int main(int argc, char **argv)
{
	uint64_t steps = argc > 2 ? strtoull(argv[2], NULL, 0) : 100000;
	size_t rounds = argc > 3 ? strtoull(argv[3], NULL, 0) : 5;
	double theirs[64], ours[64];
	struct host h;

	if (argc < 2 || rounds < 1 || rounds > 64)
		return 2;
	host_start(&h, program, &(struct host_options){ .steps_max = steps * rounds + 1 });
	for (size_t i = 0; i < rounds; i++) {
		double start;

		theirs[i] = bare_rate(argv[1], h.control->path, host_symbol(&h, "main"), steps);
		start = now();
		host_step(&h, CONTROL_STEP_IN, true, steps);
		ours[i] = (double)steps / (now() - start);
		printf("round %zu: bare %.0f steps/s, recording %.0f steps/s\n", i, theirs[i], ours[i]);
	}
	printf("recording / bare: %.3f\n", median(ours, rounds) / median(theirs, rounds));
	host_stop(&h);
	return 0;
}
