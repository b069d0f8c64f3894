/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A real penguintrace-compiler, started as the launcher does it, with the test
 * as its broker. */
#ifndef PT_TEST_WORKER_H
#define PT_TEST_WORKER_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "src/msg.h"

/* The standard limits of a test's job. */
struct msg_job worker_job(void);

struct worker_result {
	unsigned status;
	char code[65], message[1025], language[17];
	int elf;			/* -1: none */
	json_t *diagnostics;		/* NULL: none */
	struct msg_tools *tools;	/* of a probe */
	bool answered;			/* false: it closed its channel without an answer */
	int wait_status;		/* as wait(2) gives it, once it has exited */
	double milliseconds;		/* from the job to the answer */
};

/* Can workers be started at this level here? */
bool worker_possible(enum isolation);

/* Start one, give it the job with body (job's own body is not looked at), wait
 * for the answer and for its end. */
void worker_run(enum isolation, struct msg_job job, const void *body, size_t length, struct worker_result *);
void worker_result_free(struct worker_result *);

/* A body with one file, or more: NULL-terminated pairs of name and text. */
char *worker_body(const char *language, const char *compiler, const char *const *flags, const char *const *files);

#endif
