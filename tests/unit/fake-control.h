/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A program that is not there, for the tests of the session protocol: control.h
 * (fake-control.c what it does, fake-record.c what is recorded of it) and program/
 * (fake-program.c).  Position p has pc FAKE_TEXT + 4p, rax p, line 10 + p/3
 * of the first file, and the word at FAKE_DATA holds p; position 5 prints, 12
 * stops for SIGSEGV when asked to, FAKE_END exits with 7.
 */
#ifndef PT_FAKE_CONTROL_H
#define PT_FAKE_CONTROL_H

#include "tracer/control.h"

#define FAKE_TEXT	0x401000ull
#define FAKE_DATA	0x7000ull
#define FAKE_END	20
#define FAKE_BUDGET	500	/* steps recorded ahead */

struct fake {
	bool endless;		/* continue goes on until it is paused */
	bool waits;		/* and then waits for input */
	const char *printed;	/* at position 5; NULL: "hi\n" */
	size_t printed_length;
	unsigned changed_bytes;	/* memory that differs between any two positions; 0: 8 */
	unsigned commands;	/* how many were started */
	size_t breakpoint_count;
	uint64_t breakpoints[64];
	size_t watch_count;
	struct control_watch watches[64];
	struct control_signal_rule signals[CONTROL_SIGNALS];
	char input[64];
	bool terminated;
	bool awaits_images;
	bool recording;		/* ahead */
	enum control_policy policy;
	uint64_t budget;
	bool halted, halts_late;	/* it is said by fake_halted() */
	uint64_t obstacle;	/* position behind which no step is taken back over it */
	uint64_t written;	/* position of the last change, 0: none */
	uint8_t write[64];
};

extern struct fake fake;

struct control *fake_control(struct event_base *, const struct control_setup *);
/* The program under an endless continue: has output come, begins or ceases to wait. */
void fake_print(struct control *, const char *text, size_t length);
void fake_wait(struct control *, bool waiting);
/* The recorder has come that far. */
void fake_record(struct control *, uint64_t frontier, bool recording);
void fake_halted(struct control *);

#endif
