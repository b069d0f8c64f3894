/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* penguintrace doctor: what this machine offers, level by level, and the cure. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/cli/cli.h"
#include "src/sandbox/sandbox.h"

static const struct {
	enum isolation level;
	const char *gives;
} levels[] = {
	{ ISOLATION_NAMESPACES, "every session and every server process in namespaces of its own, no network, own root" },
	{ ISOLATION_RESTRICTED, "no namespaces: filters, limits, Landlock; a session shares what its user shares" },
	{ ISOLATION_NONE, "filters and limits only; for 127.0.0.1 alone" },
};

static void print_finding(const struct sandbox_finding *finding)
{
	printf("  %-4s %-24s %s\n", finding->ok ? "ok" : finding->optional ? "--" : "NO", finding->name,
	    finding->detail);
	if (!finding->ok && finding->cure[0] != '\0')
		printf("       %-24s → %s\n", "", finding->cure);
}

int cli_doctor(void)
{
	struct sandbox_finding found[SANDBOX_FINDINGS_MAX];
	struct sandbox_error error;
	enum isolation best;
	int policy = sandbox_policy(&error);
	size_t count;

	if (policy < 0) {
		fprintf(stderr, "penguintrace: %s\n", error.what);
		return EXIT_FAILURE;
	}
	count = sandbox_probe(policy, found, &best);
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		printf("isolation %s: %s\n  (%s)\n", sandbox_level_name(levels[i].level),
		    best >= levels[i].level ? "yes" : "not on this machine", levels[i].gives);
		for (size_t j = 0; j < count; j++)
			if (found[j].needed_for == levels[i].level)
				print_finding(&found[j]);
	}
	if (best < ISOLATION_NAMESPACES)
		printf("\npenguintrace starts here only with --isolation %s.\n", sandbox_level_name(best));
	return best == ISOLATION_NAMESPACES ? EXIT_SUCCESS : EXIT_FAILURE;
}
