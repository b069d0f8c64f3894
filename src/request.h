/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The body of POST /api/v1/sessions, decoded where its owner lives: the
 * compiler reads language, compiler, flags and files, the tracer args, env,
 * stdin, record and the files' text.  One decoder for both (jansson).
 */
#ifndef PT_REQUEST_H
#define PT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_FILES_MAX	64
#define REQUEST_FLAGS_MAX	64
#define REQUEST_ARGS_MAX	256
#define REQUEST_STDIN_MAX	(1u << 20)	/* bytes; the terminal holds as many */
#define REQUEST_NAME_MAX	64	/* [A-Za-z0-9_+.-], not first - or . */

enum request_language { LANGUAGE_C, LANGUAGE_CXX, LANGUAGE_ASM };

struct request_file {
	char name[REQUEST_NAME_MAX + 1];	/* as the person named it */
	char disk[REQUEST_NAME_MAX + 1];	/* its name in the job's directory: ours for
						 * what is compiled (source0.c), the person's,
						 * checked, for what is only included */
	bool compiled;
	char *text;
	size_t length;
};

struct request {
	enum request_language language;
	char compiler[32];			/* "gcc", "clang" */
	char *flags[REQUEST_FLAGS_MAX + 1];	/* NULL at the end; not yet checked */
	struct request_file files[REQUEST_FILES_MAX];
	size_t file_count;
	char *args[REQUEST_ARGS_MAX + 1];	/* without argv[0] */
	char *env[REQUEST_ARGS_MAX + 1];	/* "NAME=value" */
	char *input;				/* stdin, at most REQUEST_STDIN_MAX */
	size_t input_length;
	char record[16];			/* "", "step", "ahead", "everything" */
	bool has_budget;
	uint64_t budget;			/* steps to record ahead */
};

struct request_error {
	int status;		/* 400 or 422 */
	char code[64];
	char message[512];	/* what is wrong, where, and what is allowed */
};

/* The directory that the compiler works in, and so the DW_AT_comp_dir of what
 * was submitted: DIR "/" disk is the name in the debug information. */
#define REQUEST_DIRECTORY "/work"

const char *request_language_name(enum request_language);	/* "c", "c++", "asm" */

/* Decode body.  NULL with *error filled.  Free with request_free(). */
struct request *request_parse(const void *body, size_t length, struct request_error *error);
void request_free(struct request *);

#endif
