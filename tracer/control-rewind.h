/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The live program taken back to a position: judged first (control-effects.c), then
 * done (control-restore.c), then the timeline is cut (control-rewind.c).
 */
#ifndef PT_CONTROL_REWIND_H
#define PT_CONTROL_REWIND_H

#include "tracer/control-private.h"

#define REWIND_FILES 64		/* descriptors that are looked after */

struct rewind {
	struct control *control;
	uint64_t position;
	struct control_obstacle *obstacle;
	bool opened[REWIND_FILES];	/* since then, for reading, and still open */
	bool has_read;			/* from the terminal, since then */
	uint64_t actions;		/* signals whose handling was set since, bit number & 63 */
};

/* -- control-effects.c ----------------------------------------------------- */
/* May it be taken back, as far as calls and threads say?  Fills in the above. */
bool effects_judge(struct rewind *);
/* The obstacle: the step that arrives at position.  Always false. */
bool prevents(struct rewind *, uint64_t position, const char *what, const char *why, ...)
    __attribute__((format(printf, 4, 5)));

/* -- control-regions.c ------------------------------------------------------ */
/* Can the mappings of the position be made of those that are there? */
bool regions_judge(struct rewind *);
/* Make them.  0 or -errno. */
int regions_restore(struct rewind *, struct tracee *caller);
bool regions_are_restored(struct rewind *);

/* -- control-restore.c ------------------------------------------------------ */
/* Have memory, registers, signals and descriptors be those of the position, and look
 * at them again.  0, or -errno: the program is neither here nor there. */
int program_restore(struct rewind *);

/* -- control-terminal.c ------------------------------------------------------- */
/* Can what was read since be typed again? */
bool input_can_return(const struct control *, uint64_t position);
void input_return(struct control *, uint64_t position);

#endif
