/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the toolchain prints, as diagnostics: file, line, column, severity,
 * message.  Text is parsed because that is the one form that gcc 12 to 15,
 * clang, as and ld share.  The text is hostile: a source writes it (#error,
 * #line, identifiers).  What does not parse is left out, or is shown whole
 * where a failure would else have no reason.
 */
#ifndef PT_COMPILER_DIAGNOSTICS_H
#define PT_COMPILER_DIAGNOSTICS_H

#include <stdbool.h>
#include <stddef.h>

#include "src/request.h"

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };

struct diagnostic {
	const struct request_file *file;	/* NULL: none that was submitted */
	unsigned line, column;			/* from 1, column in bytes; 0: not known */
	enum severity severity;
	char *message;				/* UTF-8 */
	bool foreign;				/* stands in a file that was not submitted, whose path message has */
};

/* A limit that a tool says it ran into. */
enum trouble {
	TROUBLE_NONE, TROUBLE_TIME, TROUBLE_MEMORY, TROUBLE_OUTPUT, TROUBLE_PROCESSES,
	TROUBLE_KILLED,		/* by SIGKILL: for time or for memory */
};

#define DIAGNOSTICS_MAX		4096
#define DIAGNOSTIC_MESSAGE_MAX	4096

struct diagnostics {
	const struct request *request;
	const char *directory;		/* that the tools worked in */
	struct diagnostic *list;
	size_t count, errors;
	enum trouble trouble;
	char *reason;			/* the first line that is no diagnostic but may say why; or NULL */
};

/* text may hold any bytes.  request and directory are borrowed.  0, or -ENOMEM.
 * Free with diagnostics_free(), also after an error. */
int diagnostics_parse(struct diagnostics *, const struct request *, const char *directory,
    const char *text, size_t length);
/* One more, of our own. */
int diagnostics_add(struct diagnostics *, const struct request_file *, unsigned line,
    enum severity, const char *message);
void diagnostics_free(struct diagnostics *);

/*
 * As a JSON array of at most max bytes, column in characters.  Where not all
 * fit, errors go before warnings and warnings before notes, and what is left
 * out is counted in a last note.
 * NULL when memory ends.  Freed by the caller.
 */
char *diagnostics_render(const struct diagnostics *, size_t max);

/* A copy without control characters, and with U+FFFD for what is not UTF-8. */
char *text_clean(const char *text, size_t length, size_t max);

#endif
