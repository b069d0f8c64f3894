/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tokens of C expressions (C17 section 6.4). */
#include "tracer/program/expr-private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_letter(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* -- numbers --------------------------------------------------------------- */

/* "u", "ul", "LLU", …: how many l, whether u; false: no suffix of an integer. */
static bool integer_suffix(const char *s, unsigned *longs, bool *is_unsigned)
{
	*longs = 0;
	*is_unsigned = false;
	for (; *s; s++) {
		if ((*s == 'u' || *s == 'U') && !*is_unsigned)
			*is_unsigned = true;
		else if ((*s == 'l' || *s == 'L') && *longs == 0)
			*longs = s[1] == *s ? (s++, 2) : 1;
		else
			return false;
	}
	return true;
}

/* C17 6.4.4.1: the first type of a list that holds the value. */
static enum basic integer_type(uint64_t value, bool decimal, unsigned longs, bool is_unsigned)
{
	if (longs == 0 && !is_unsigned && value <= INT32_MAX)
		return BASIC_INT;
	if (longs == 0 && (is_unsigned || !decimal) && value <= UINT32_MAX)
		return BASIC_UINT;
	if (!is_unsigned && value <= INT64_MAX)
		return longs == 2 ? BASIC_LLONG : BASIC_LONG;
	return longs == 2 ? BASIC_ULLONG : BASIC_ULONG;
}

static bool floating(const char *text, struct number *out)
{
	char *end;
	long double value = strtold(text, &end);

	*out = (struct number){ .basic = BASIC_DOUBLE, .f = (long double)(double)value };
	if (*end == 'f' || *end == 'F')
		*out = (struct number){ .basic = BASIC_FLOAT, .f = (long double)strtof(text, NULL) };
	else if (*end == 'l' || *end == 'L')
		*out = (struct number){ .basic = BASIC_LONG_DOUBLE, .f = value };
	else if (*end)
		return false;
	return *end == '\0' || end[1] == '\0';
}

static bool digits(const char *text, int base, struct number *out)
{
	uint64_t value = 0;
	unsigned longs;
	bool is_unsigned;

	for (; *text; text++) {
		int digit = isdigit((unsigned char)*text) ? *text - '0' :
		    isxdigit((unsigned char)*text) ? tolower((unsigned char)*text) - 'a' + 10 : 99;

		if (digit >= base)
			break;
		if (__builtin_mul_overflow(value, (unsigned)base, &value) ||
		    __builtin_add_overflow(value, (unsigned)digit, &value))
			return false;
	}
	if (!integer_suffix(text, &longs, &is_unsigned))
		return false;
	*out = (struct number){ .basic = integer_type(value, base == 10, longs, is_unsigned), .i = value };
	return true;
}

/* C17 6.4.8: a preprocessing number, which then has to be one. */
static bool number(const char *text, size_t *at, struct token *t, struct expr_error *e)
{
	char word[NAME_LENGTH];
	size_t length = 0;
	bool hex = text[*at] == '0' && (text[*at + 1] | 0x20) == 'x';
	const char *exponent = hex ? "pP" : "eE";

	for (; is_word(text[*at]) || text[*at] == '.' || ((text[*at] == '+' || text[*at] == '-') &&
	    length > 0 && strchr(exponent, word[length - 1])); ++*at) {
		if (length == sizeof(word) - 1)
			return expr_fail(e, t->column, "this number is too long");
		word[length++] = text[*at];
	}
	word[length] = '\0';
	t->kind = TOKEN_NUMBER;
	if (strchr(word, '.') || strpbrk(word, exponent) ? floating(word, &t->number) :
	    hex ? word[2] && digits(word + 2, 16, &t->number) :
	    word[0] == '0' && (word[1] | 0x20) == 'b' ? word[2] && digits(word + 2, 2, &t->number) :
	    digits(word, word[0] == '0' ? 8 : 10, &t->number))
		return true;
	return expr_fail(e, t->column, "'%.40s' is no number of C, or too large", word);
}

/* -- characters --------------------------------------------------------------- */

static int escape(const char *text, size_t *at)
{
	static const char letters[] = "abefnrtv\\'\"?", codes[] = "\a\b\033\f\n\r\t\v\\'\"?";
	const char *letter = text[*at] ? strchr(letters, text[*at]) : NULL;
	int value = 0, count = 0;

	if (letter) {
		++*at;
		return codes[letter - letters];
	}
	if (text[*at] == 'x') {
		for (++*at; isxdigit((unsigned char)text[*at]) && count < 2; ++*at, count++)
			value = value * 16 + (isdigit((unsigned char)text[*at]) ? text[*at] - '0' :
			    tolower((unsigned char)text[*at]) - 'a' + 10);
		return count ? value : -1;
	}
	for (; text[*at] >= '0' && text[*at] <= '7' && count < 3; ++*at, count++)
		value = value * 8 + text[*at] - '0';
	return count && value < 256 ? value : -1;
}

/* Of type char, as debuggers show it, not int as in C. */
static bool character(const char *text, size_t *at, struct token *t, struct expr_error *e)
{
	int value = (unsigned char)text[++*at];

	++*at;
	if (value == '\\')
		value = escape(text, at);
	else if (value == '\0' || value == '\'' || value >= 0x80)
		value = -1;
	if (value < 0 || text[*at] != '\'')
		return expr_fail(e, t->column, "a character is one byte between two ', as 'a' or '\\n'");
	++*at;
	t->kind = TOKEN_NUMBER;
	t->number = (struct number){ .basic = BASIC_CHAR, .i = (wide)(int8_t)value };
	return true;
}

/* -- the rest -------------------------------------------------------------------- */

static bool word(const char *text, size_t *at, struct token *t, struct expr_error *e)
{
	size_t length = 0;

	for (;;) {
		bool qualified = text[*at] == ':' && text[*at + 1] == ':' &&
		    (is_letter(text[*at + 2]) || text[*at + 2] == '~') && t->kind == TOKEN_NAME;

		if (!is_word(text[*at]) && !qualified)
			break;
		for (int i = qualified ? 2 : 1; i > 0; i--) {
			if (length == sizeof(t->text) - 1)
				return expr_fail(e, t->column, "this name is too long");
			t->text[length++] = text[(*at)++];
		}
	}
	t->text[length] = '\0';
	return true;
}

static bool sign(const char *text, size_t *at, struct token *t, struct expr_error *e)
{
	static const char *const signs[] = {
		"<<=", ">>=", "->", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "++", "--",
		"+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "+", "-", "*", "/", "%", "<", ">",
		"!", "~", "&", "|", "^", "?", ":", "(", ")", "[", "]", ".", "=", ",",
	};

	t->kind = TOKEN_SIGN;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t length = strlen(signs[i]);

		if (strncmp(text + *at, signs[i], length) != 0)
			continue;
		memcpy(t->text, signs[i], length + 1);
		*at += length;
		return true;
	}
	if (text[*at] == '"')
		return expr_fail(e, t->column, "strings have no address here: compare characters, as name[0] == 'a'");
	return expr_fail(e, t->column, "nothing in C begins with byte 0x%02x", (unsigned char)text[*at]);
}

bool expr_token(const char *text, size_t *at, struct token *t, struct expr_error *e)
{
	while (isspace((unsigned char)text[*at]))
		++*at;
	t->column = (unsigned)*at + 1;
	t->text[0] = '\0';
	t->kind = TOKEN_END;
	if (text[*at] == '\0')
		return true;
	if (isdigit((unsigned char)text[*at]) || (text[*at] == '.' && isdigit((unsigned char)text[*at + 1])))
		return number(text, at, t, e);
	if (text[*at] == '\'')
		return character(text, at, t, e);
	if (text[*at] == ':' && text[*at + 1] == ':' && is_letter(text[*at + 2]))
		*at += 2;	/* the global one */
	if (is_letter(text[*at])) {
		t->kind = TOKEN_NAME;
		return word(text, at, t, e);
	}
	if (text[*at] == '$' && is_letter(text[*at + 1])) {
		++*at;
		t->kind = TOKEN_REGISTER;
		return word(text, at, t, e);
	}
	return sign(text, at, t, e);
}
