/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * DWARF expressions and location descriptions (DWARF 5 sections 2.5, 2.6) over
 * a view.  A hostile expression ends after a bounded number of steps.  Private
 * to program/.
 */
#ifndef PT_LOCATION_H
#define PT_LOCATION_H

#include "tracer/program/module.h"
#include "tracer/timeline/view.h"

#define LOCATION_PIECES	16

enum place {
	PLACE_NOWHERE,		/* optimized out */
	PLACE_MEMORY,		/* value: address */
	PLACE_REGISTER,		/* value: DWARF register number */
	PLACE_VALUE,		/* value: itself */
	PLACE_BYTES,		/* bytes[length] */
	PLACE_UNKNOWN,		/* an operation that is not known here, or a broken one */
};

struct piece {
	enum place place;
	uint64_t value;
	const uint8_t *bytes;	/* borrowed from the Dwarf */
	size_t length;
	uint64_t size;		/* bytes of the object in this piece; 0: all of it */
};

struct location {
	struct piece piece[LOCATION_PIECES];
	size_t count;		/* ≥ 1 */
};

/* A frame in which expressions are evaluated. */
struct evaluation {
	const struct view *view;
	const struct registers *registers;
	uint64_t known;		/* bit i: registers->word[i] is */
	bool has_vector;	/* view_vector() is this frame's */
	uint64_t cfa;		/* 0: not known */
	uint64_t bias;		/* of the module that the expression is from */
	uint64_t tls_size;	/* of the session's ELF's thread-local block, 0: none */
	uint64_t pc;		/* file address that location lists are searched for */
	Dwarf_Die *function;	/* whose DW_AT_frame_base counts, or NULL */
	Dwarf_Attribute *attribute;	/* that the operations are from, or NULL */
};

/* Where the operations lead.  Never fails: PLACE_UNKNOWN says so. */
void location_evaluate(const struct evaluation *, const Dwarf_Op *, size_t count, struct location *);

/* Of an attribute (DW_AT_location, DW_AT_frame_base): a list is searched for the pc. */
void location_of(const struct evaluation *, Dwarf_Attribute *, struct location *);

/* -- what stands there (location-read.c) ----------------------------------- */

/* A general register of the frame, by its DWARF number; false: it is not known there. */
bool location_register(const struct evaluation *, uint64_t number, uint64_t *word);

/* The object's bytes, piece by piece.  PLACE_MEMORY: all were read; else the
 * place of the piece that could not be: PLACE_NOWHERE, PLACE_REGISTER (one that
 * the view does not have), PLACE_UNKNOWN; *address: memory that is not readable, else 0. */
enum place location_read(const struct evaluation *, const struct location *, void *buffer,
    size_t size, uint64_t *address);

/* What a single register, value or pointer-sized memory holds. */
bool location_word(const struct evaluation *, const struct location *, uint64_t *word);

#endif
