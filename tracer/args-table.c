/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/args-table.h"

#include <stdio.h>
#include <string.h>

/* Rows of a struct: a function, so that T can name the struct they are in. */
#define ROWS(prefix, n) \
	static const struct field *prefix##_##n(void) \
	{ typedef struct args_##n T; static const struct field rows[] = {
#define END_ROWS { .name = NULL } }; (void)sizeof(T); return rows; }
#define PLACE(f) .name = #f, .offset = offsetof(T, f), .has_offset = offsetof(T, has_##f)

#define COMMON(group, kinds) ROWS(common, group)
#define END_COMMON(group) END_ROWS
#define RECORD(n) ROWS(record, n)
#define END_RECORD(n) END_ROWS
#define COMMAND(n, kind, help, answer) ROWS(arguments, n)
#define END(n) END_ROWS
#define UINT(f, want, mi, ma, de, help) { PLACE(f), .type = FIELD_UINT, .need = want, .min = mi, .max = ma, .def = de },
#define INT(f, want, mi, ma, de, help) { PLACE(f), .type = FIELD_INT, .need = want, .min = mi, .max = ma, .def = de },
#define BOOL(f, want, de, help) { PLACE(f), .type = FIELD_BOOL, .need = want, .def = de },
#define ADDRESS(f, want, help) { PLACE(f), .type = FIELD_ADDRESS, .need = want },
#define TEXT(f, want, ma, help) { PLACE(f), .type = FIELD_TEXT, .need = want, .max = ma },
#define BYTES(f, want, ma, help) { PLACE(f), .type = FIELD_BYTES, .need = want, .max = ma },
#define CHOICE(f, want, wo, de, help) { PLACE(f), .type = FIELD_CHOICE, .need = want, .words = wo, .def_word = de },
#define LIST(f, want, rec, ma, help) { PLACE(f), .type = FIELD_LIST, .need = want, .max = ma, \
	.record = record_##rec, .record_size = sizeof(struct args_##rec) },
#define WORDS(f, want, wo, help) { PLACE(f), .type = FIELD_WORDS, .need = want, .words = wo },
#define WITH(f, ma, help) { PLACE(f), .type = FIELD_WITH, .max = ma },
#include "src/session.def"

#define COMMAND(n, of, help, answer) [COMMAND_##n] = { .name = #n, .kind = of },
#define RESERVED(n, of, help) [COMMAND_##n] = { .name = #n, .kind = of, .reserved = true },
const struct command_info command_table[COMMAND_COUNT] = {
#include "src/session.def"
};

#define COMMAND(n, of, help, answer) [COMMAND_##n] = arguments_##n,
const struct field *(*const args_rows[COMMAND_COUNT])(void) = {
#include "src/session.def"
};

#define COMMON(group, of) { common_##group, offsetof(struct args, group), of },
const struct args_group args_groups[] = {
#include "src/session.def"
	{ .rows = NULL },
};

/* -- names ---------------------------------------------------------------- */

/* Edit distance (Levenshtein), of names short enough for a row on the stack. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[65];
	size_t a_length = strlen(a), b_length = strlen(b);

	if (a_length > 64 || b_length > 64)
		return 65;
	for (size_t j = 0; j <= b_length; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			unsigned change = diagonal + (a[i - 1] != b[j - 1]);
			unsigned least = row[j] < row[j - 1] ? row[j] : row[j - 1];

			diagonal = row[j];
			row[j] = change < least + 1 ? change : least + 1;
		}
	}
	return row[b_length];
}

enum command command_find(const char *name, char *near, size_t near_size)
{
	size_t used = 0;

	near[0] = '\0';
	for (unsigned i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(command_table[i].name, name) == 0)
			return i;
	for (unsigned i = 0; i < COMMAND_COUNT; i++) {
		const char *other = command_table[i].name;

		if (distance(name, other) > 3 || used + strlen(other) + 3 > near_size)
			continue;
		used += snprintf(near + used, near_size - used, "%s%s", used > 0 ? ", " : "", other);
	}
	return COMMAND_COUNT;
}
