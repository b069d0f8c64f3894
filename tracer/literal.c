/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/literal.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MOST_NEGATIVE	(1ull << 63)

/* -- reading ------------------------------------------------------------------- */

/* C17 6.4.4.4: what stands between the quotes, for a character of one byte. */
static bool read_character(const char *text, uint64_t *value)
{
	static const char escapes[] = "abefnrtv\\'\"?", meant[] = "\a\b\033\f\n\r\t\v\\'\"?";
	const char *found;
	char *end;

	if (*text++ != '\'')
		return false;
	if (*text != '\\') {
		*value = (unsigned char)*text;
		return *text != '\0' && *text != '\'' && strcmp(text + 1, "'") == 0;
	}
	text++;
	if (*text != '\0' && (found = strchr(escapes, *text)) != NULL) {
		*value = (unsigned char)meant[found - escapes];
		return strcmp(text + 1, "'") == 0;
	}
	if (*text == 'x' ? !isxdigit((unsigned char)text[1]) : *text < '0' || *text > '7')
		return false;
	*value = *text == 'x' ? strtoul(text + 1, &end, 16) : strtoul(text, &end, 8);
	return *value <= UINT8_MAX && strcmp(end, "'") == 0;
}

static bool read_word(const char *text, uint64_t *value)
{
	static const struct { const char *text; uint64_t value; } words[] = {
		{ "true", 1 }, { "false", 0 }, { "NULL", 0 }, { "nullptr", 0 },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(text, words[i].text) == 0) {
			*value = words[i].value;
			return true;
		}
	return read_character(text, value);
}

static bool read_real(const char *text, long double *value)
{
	char *end;

	*value = strtold(text, &end);
	return end != text && *end == '\0';
}

/* strtoull(3) takes spaces and a second sign, which are no part of a number here. */
bool literal_read(const char *text, struct literal *out)
{
	const char *number = text + (*text == '-' || *text == '+');
	char *end;

	*out = (struct literal){ .negative = *text == '-' };
	if (number == text && read_word(text, &out->magnitude))
		return true;
	if (!isalnum((unsigned char)*number) && *number != '.')
		return false;
	errno = 0;
	out->magnitude = strtoull(number, &end, 0);
	if (end != number && end[strspn(end, "uUlL")] == '\0')
		return errno == 0;
	out->is_real = read_real(text, &out->real);
	return out->is_real;
}

/* -- as bytes ------------------------------------------------------------------- */

bool literal_word(const struct literal *l, uint64_t *word)
{
	if (l->is_real || (l->negative && l->magnitude > MOST_NEGATIVE))
		return false;
	*word = l->negative ? -l->magnitude : l->magnitude;
	return true;
}

static const char *encode_real(const struct literal *l, uint64_t size, uint8_t *bytes)
{
	long double value = l->is_real ? l->real :
	    l->negative ? -(long double)l->magnitude : (long double)l->magnitude;
	double as_double = (double)value;
	float as_float = (float)value;

	if (size == sizeof(as_float))
		memcpy(bytes, &as_float, sizeof(as_float));
	else if (size == sizeof(as_double))
		memcpy(bytes, &as_double, sizeof(as_double));
	else if (size == sizeof(value))
		memcpy(bytes, &value, sizeof(value));
	else
		return "numbers of this size cannot be set";
	return NULL;
}

/* The least and the greatest of its kind: an enumeration has those of both. */
bool literal_fits(const struct literal *l, enum variable_kind kind, unsigned bits)
{
	uint64_t half = 1ull << (bits - 1), most = half - 1 + half;

	switch (kind) {
	case VARIABLE_BOOLEAN:
		return l->magnitude <= (l->negative ? 0 : 1);
	case VARIABLE_SIGNED:
		return l->magnitude <= (l->negative ? half : half - 1);
	case VARIABLE_ENUMERATION:
		return l->magnitude <= (l->negative ? half : most);
	default:
		return l->magnitude <= (l->negative ? 0 : most);
	}
}

const char *literal_encode(const struct literal *l, enum variable_kind kind, uint64_t size,
    uint8_t bytes[16])
{
	uint64_t word;

	memset(bytes, 0, 16);
	if (kind == VARIABLE_OTHER)
		return "only numbers, characters, truth values and pointers can be set: set its members' memory";
	if (kind == VARIABLE_FLOAT)
		return encode_real(l, size, bytes);
	if (size == 0 || size > sizeof(word))
		return "numbers of this size cannot be set";
	if (l->is_real)
		return "its type takes a whole number";
	if (!literal_fits(l, kind, (unsigned)size * 8) || !literal_word(l, &word))
		return "the value is out of its type's range";
	memcpy(bytes, &word, size);
	return NULL;
}

bool literal_hexadecimal(const char *text, uint8_t *bytes, size_t size)
{
	size_t digits;

	if (text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
		return false;
	text += 2;
	digits = strspn(text, "0123456789abcdefABCDEF");
	if (digits == 0 || text[digits] != '\0' || digits > 2 * size)
		return false;
	memset(bytes, 0, size);
	for (size_t i = 0; i < digits; i++) {
		char c = text[digits - 1 - i];
		unsigned value = c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);

		bytes[i / 2] |= (uint8_t)(value << (i % 2 * 4));
	}
	return true;
}
