/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One loop over session.def's rows (args-table.c) checks every command. */
#include "tracer/args-table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- one value ------------------------------------------------------------- */

static int refuse(struct failure *f, const struct field *field, const char *want, const struct value *got)
{
	snprintf(f->argument, sizeof(f->argument), "%s", field->name);
	return fail(f, 400, "argument", "%s must be %s, not %s", field->name, want,
	    value_type_name(got->type));
}

static int check_number(const struct field *field, const struct value *v, uint64_t *out, struct failure *f)
{
	char want[96];

	if (field->type == FIELD_INT)
		snprintf(want, sizeof(want), "an integer from %lld to %lld", (long long)field->min, (long long)field->max);
	else
		snprintf(want, sizeof(want), "an integer from %llu to %llu", (unsigned long long)field->min,
		    (unsigned long long)field->max);
	if (v->type == VALUE_NEGATIVE && field->type == FIELD_INT && v->negative >= field->min)
		*out = (uint64_t)v->negative;
	else if (v->type == VALUE_UINT && v->number <= field->max &&
	    (field->min <= 0 || v->number >= (uint64_t)field->min))
		*out = v->number;
	else if (v->type == VALUE_UINT) {
		snprintf(f->argument, sizeof(f->argument), "%s", field->name);
		return fail(f, 400, "argument", "%s must be %s, not %llu", field->name, want,
		    (unsigned long long)v->number);
	} else
		return refuse(f, field, want, v);
	return 0;
}

/* "0x" and 1 … 16 hexadecimal digits. */
static bool parse_word(const char *text, size_t length, uint64_t *out)
{
	*out = 0;
	if (length < 3 || length > 18 || text[0] != '0' || text[1] != 'x')
		return false;
	for (size_t i = 2; i < length; i++) {
		const char *digits = "0123456789abcdef0123456789ABCDEF", *at = strchr(digits, text[i]);

		if (at == NULL || *at == '\0')
			return false;
		*out = *out << 4 | (uint64_t)((at - digits) & 15);
	}
	return true;
}

static int check_address(const struct field *field, const struct value *v, uint64_t *out, struct failure *f)
{
	if (v->type == VALUE_UINT) {
		*out = v->number;
		return 0;
	}
	if (v->type == VALUE_TEXT && parse_word(v->text, v->length, out))
		return 0;
	return refuse(f, field, "an address: \"0x\" and up to 16 hexadecimal digits", v);
}

static int check_choice(const struct field *field, const struct value *v, unsigned *out, struct failure *f)
{
	char want[128];
	const char *word = field->words;

	snprintf(want, sizeof(want), "one of %s", field->words);
	if (v->type != VALUE_TEXT)
		return refuse(f, field, want, v);
	for (unsigned index = 0; *word != '\0'; index++) {
		size_t length = strcspn(word, "|");

		if (length == v->length && memcmp(word, v->text, length) == 0) {
			*out = index;
			return 0;
		}
		word += length + (word[length] == '|');
	}
	snprintf(f->argument, sizeof(f->argument), "%s", field->name);
	return fail(f, 400, "argument", "%s must be %s, not \"%.64s\"", field->name, want, v->text);
}

static void *own(struct args *args, void *memory)
{
	if (memory != NULL)
		args->owned[args->owned_count++] = memory;
	return memory;
}

static bool decode_base64(const struct value *v, uint8_t *out, size_t *length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n = v->length;
	uint32_t bits = 0;

	*length = 0;
	if (n % 4 != 0)
		return false;
	while (n > 0 && n + 2 > v->length && v->text[n - 1] == '=')
		n--;
	for (size_t i = 0; i < n; i++) {
		const char *at = strchr(digits, v->text[i]);

		if (at == NULL || *at == '\0')
			return false;
		bits = bits << 6 | (uint32_t)(at - digits);
		if (i % 4 > 0)
			out[(*length)++] = bits >> (6 - 2 * (i % 4));
	}
	return true;
}

static int check_bytes(struct args *args, const struct field *field, const struct value *v, void *at,
    struct failure *f)
{
	const uint8_t **out = at;
	size_t *length = (size_t *)((char *)at + sizeof(*out));
	uint8_t *decoded;

	if (v->type == VALUE_BYTES) {
		*out = (const uint8_t *)v->text;
		*length = v->length;
	} else {
		decoded = v->type == VALUE_TEXT ? own(args, malloc(v->length / 4 * 3 + 1)) : NULL;
		if (decoded == NULL || !decode_base64(v, decoded, length))
			return refuse(f, field, "base64 (JSON) or bytes (msgpack)", v);
		*out = decoded;
	}
	if (*length <= field->max)
		return 0;
	snprintf(f->argument, sizeof(f->argument), "%s", field->name);
	return fail(f, 400, "argument", "%s may have %llu bytes, not %zu", field->name,
	    (unsigned long long)field->max, *length);
}

static int check_text(const struct field *field, const struct value *v, void *at, struct failure *f)
{
	char want[64];

	snprintf(want, sizeof(want), "text of at most %llu bytes", (unsigned long long)field->max);
	if (v->type != VALUE_TEXT)
		return refuse(f, field, want, v);
	if (v->length > field->max) {
		snprintf(f->argument, sizeof(f->argument), "%s", field->name);
		return fail(f, 400, "argument", "%s must be %s, not of %zu", field->name, want, v->length);
	}
	*(const char **)at = v->text;
	*(size_t *)((char *)at + sizeof(const char *)) = v->length;
	return 0;
}

/* -- one struct -------------------------------------------------------------- */

static int check_map(struct args *args, const struct field *rows, const struct value *map, void *base,
    struct failure *f);

static int check_list(struct args *args, const struct field *field, const struct value *v, void *at,
    struct failure *f)
{
	char want[64], *records;
	size_t i = 0;

	snprintf(want, sizeof(want), "a list of at most %llu", (unsigned long long)field->max);
	if (v->type != VALUE_LIST || v->length > field->max)
		return refuse(f, field, want, v);
	records = own(args, calloc(v->length + 1, field->record_size));
	if (records == NULL)
		return fail(f, 503, "memory", "no memory for this list");
	for (const struct value *member = v->first; member != NULL; member = member->next, i++) {
		if (member->type != VALUE_MAP)
			return refuse(f, field, "a list of maps", member);
		if (check_map(args, field->record(), member, records + i * field->record_size, f) < 0)
			return -1;
	}
	*(void **)at = records;
	*(size_t *)((char *)at + sizeof(void *)) = v->length;
	return 0;
}

static int check_words(const struct field *field, const struct value *v, void *at, struct failure *f)
{
	unsigned *bits = at, one;

	*bits = 0;
	if (v->type != VALUE_LIST)
		return refuse(f, field, "a list of words", v);
	for (const struct value *word = v->first; word != NULL; word = word->next) {
		if (check_choice(field, word, &one, f) < 0)
			return -1;
		*bits |= 1u << one;
	}
	return 0;
}

static int check_with(const struct field *field, const struct value *v, void *at, struct failure *f)
{
	char want[96];

	snprintf(want, sizeof(want), "a list of at most %llu maps {command, arguments}",
	    (unsigned long long)field->max);
	if (v->type != VALUE_LIST || v->length > field->max)
		return refuse(f, field, want, v);
	for (const struct value *one = v->first; one != NULL; one = one->next) {
		const struct value *command = one->type == VALUE_MAP ? value_member(one, "command") : NULL;
		const struct value *arguments = one->type == VALUE_MAP ? value_member(one, "arguments") : NULL;

		if (command == NULL || command->type != VALUE_TEXT || command->length > 64 ||
		    (arguments != NULL && arguments->type != VALUE_MAP) ||
		    one->length != 1u + (arguments != NULL))
			return refuse(f, field, want, one);
	}
	*(const struct value **)at = v;
	*(size_t *)((char *)at + sizeof(void *)) = v->length;
	return 0;
}

static int check_value(struct args *args, const struct field *field, const struct value *v, void *at,
    struct failure *f)
{
	switch (field->type) {
	case FIELD_UINT:
	case FIELD_INT:
		return check_number(field, v, at, f);
	case FIELD_BOOL:
		if (v->type != VALUE_BOOL)
			return refuse(f, field, "true or false", v);
		*(bool *)at = v->boolean;
		return 0;
	case FIELD_ADDRESS:
		return check_address(field, v, at, f);
	case FIELD_TEXT:
		return check_text(field, v, at, f);
	case FIELD_BYTES:
		return check_bytes(args, field, v, at, f);
	case FIELD_CHOICE:
		return check_choice(field, v, at, f);
	case FIELD_LIST:
		return check_list(args, field, v, at, f);
	case FIELD_WORDS:
		return check_words(field, v, at, f);
	case FIELD_WITH:
		return check_with(field, v, at, f);
	}
	return -1;
}

static void set_default(const struct field *field, void *at)
{
	const struct value word = { .type = VALUE_TEXT, .text = field->def_word,
		.length = field->def_word != NULL ? strlen(field->def_word) : 0 };
	struct failure ignored;

	switch (field->type) {
	case FIELD_UINT:
	case FIELD_INT:
		*(uint64_t *)at = (uint64_t)field->def;
		break;
	case FIELD_BOOL:
		*(bool *)at = field->def != 0;
		break;
	case FIELD_CHOICE:
		check_choice(field, &word, at, &ignored);
		break;
	default:
		break;
	}
}

static int check_field(struct args *args, const struct field *field, const struct value *map, void *base,
    struct failure *f)
{
	const struct value *v = map != NULL ? value_member(map, field->name) : NULL;
	char *at = (char *)base + field->offset;

	set_default(field, at);
	if (v != NULL) {
		*((bool *)((char *)base + field->has_offset)) = true;
		return check_value(args, field, v, at, f);
	}
	if (field->need == OPTIONAL)
		return 0;
	snprintf(f->argument, sizeof(f->argument), "%s", field->name);
	return fail(f, 400, "argument", "%s is required", field->name);
}

static bool knows(const struct field *rows, const char *name)
{
	for (; rows->name != NULL; rows++)
		if (strcmp(rows->name, name) == 0)
			return true;
	return false;
}

static int unknown(const struct value *v, const struct field *rows, struct failure *f)
{
	char names[256] = "nothing";
	size_t used = 0;

	for (; rows->name != NULL && used < sizeof(names); rows++)
		used += snprintf(names + used, sizeof(names) - used, "%s%s", used > 0 ? ", " : "", rows->name);
	snprintf(f->argument, sizeof(f->argument), "%.60s", v->key);
	return fail(f, 400, "argument", "there is no argument \"%.60s\" here; known: %s", v->key, names);
}

static int check_map(struct args *args, const struct field *rows, const struct value *map, void *base,
    struct failure *f)
{
	for (const struct value *v = map->first; v != NULL; v = v->next)
		if (!knows(rows, v->key))
			return unknown(v, rows, f);
	for (const struct field *field = rows; field->name != NULL; field++)
		if (check_field(args, field, map, base, f) < 0)
			return -1;
	return 0;
}

/* -- a command ---------------------------------------------------------------- */

static bool known_to_group(unsigned kind, const char *name)
{
	for (unsigned g = 0; args_groups[g].rows != NULL; g++)
		if ((args_groups[g].kinds & kind) != 0 && knows(args_groups[g].rows(), name))
			return true;
	return false;
}

static int check_groups(struct args *args, enum command command, const struct value *map, struct failure *f)
{
	for (unsigned g = 0; args_groups[g].rows != NULL; g++)
		for (const struct field *field = args_groups[g].rows(); field->name != NULL; field++) {
			/* The command's own of that name was meant, or it is not for this kind. */
			bool meant = (args_groups[g].kinds & command_table[command].kind) != 0 &&
			    !knows(args_rows[command](), field->name);

			if (check_field(args, field, meant ? map : NULL, (char *)args + args_groups[g].offset, f) < 0)
				return -1;
		}
	return 0;
}

int args_check(struct args *args, enum command command, const struct value *map, struct failure *f)
{
	const struct field *rows;

	memset(args, 0, sizeof(*args));
	if (command_table[command].reserved)
		return fail(f, 501, "not_available", "%s is in the protocol but not available in this version",
		    command_table[command].name);
	rows = args_rows[command]();
	for (const struct value *v = map != NULL ? map->first : NULL; v != NULL; v = v->next)
		if (!knows(rows, v->key) && !known_to_group(command_table[command].kind, v->key))
			return unknown(v, rows, f);
	for (const struct field *field = rows; field->name != NULL; field++)
		if (check_field(args, field, map, (char *)args + ARGS_OWN_OFFSET, f) < 0)
			return -1;
	return check_groups(args, command, map, f);
}

void args_free(struct args *args)
{
	for (unsigned i = 0; i < args->owned_count; i++)
		free(args->owned[i]);
	args->owned_count = 0;
}
