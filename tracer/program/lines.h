/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The line table (DWARF 5 section 6.2), of the session's own ELF. */
#ifndef PT_LINES_H
#define PT_LINES_H

#include "tracer/program/image.h"

/* One row of the table, with the load bias applied. */
struct line_row {
	uint64_t start, end;	/* addresses this row covers: [start, end) */
	int file;		/* index of the submitted file, -1: another (a header) */
	unsigned line;		/* 1 … ; 0: compiler-made code */
	bool is_stmt;
};

/* The row that covers address.  false when there is none.  O(log rows). */
bool lines_find(const struct image *, uint64_t address, struct line_row *row);

/*
 * Where a breakpoint on file:line goes: the first is_stmt address of each
 * separate piece of code of the line (behind the prologue for a function's
 * first line); the next line with code when it has none, *actual says which.
 * Returns how many there are; at most max are written.  0: no code at or
 * behind this line.
 */
size_t lines_breakpoints(const struct image *, int file, unsigned line, uint64_t *addresses,
    size_t max, unsigned *actual);

/*
 * Where other lines than this one begin: each is_stmt address of a submitted file
 * that is not of file:line.  call (inlined.h; 0: everywhere): only in the function
 * that it stands in, and not in what is inlined into it.  Returns how many there are; at
 * most max are written.  O(rows).
 */
size_t lines_others(const struct image *, uint32_t call, int file, unsigned line,
    uint64_t *addresses, size_t max);

/* Is the address within the code of one of those lines? */
bool lines_is_other(const struct image *, uint32_t call, int file, unsigned line, uint64_t address);

/* Lines of file that have code, ascending; returns how many, writes at most max. */
size_t lines_with_code(const struct image *, int file, unsigned from, unsigned to,
    unsigned *lines, size_t max);

#endif
