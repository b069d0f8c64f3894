/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "src/cleanup.h"
#include "src/conf-forms.h"
#include "src/conf.h"
#include "src/fdutil.h"

#define ENVIRONMENT_PREFIX "PENGUINTRACE_"
#define FILE_MAX_BYTES (64u << 10)

enum kind { KIND_TEXT, KIND_CHOICE, KIND_NUMBER, KIND_BYTES };

struct setting {
	enum kind kind;
	const char *name;
	size_t offset;
	const char *text;		/* default of TEXT and CHOICE */
	uint64_t number;		/* default of NUMBER and BYTES */
	uint64_t min, max;		/* max: of TEXT its length */
	const char *words, *unit, *help;
};

static const struct setting table[] = {
#define TEXT(n, d, length, h) { .kind = KIND_TEXT, .name = #n, \
	.offset = offsetof(struct conf, n), .text = d, .max = length, .help = h },
#define CHOICE(n, d, w, h) { .kind = KIND_CHOICE, .name = #n, \
	.offset = offsetof(struct conf, n), .text = d, .words = w, .help = h },
#define NUMBER(n, d, lo, hi, u, h) { .kind = KIND_NUMBER, .name = #n, \
	.offset = offsetof(struct conf, n), .number = d, .min = lo, .max = hi, .unit = u, .help = h },
#define BYTES(n, d, lo, hi, h) { .kind = KIND_BYTES, .name = #n, \
	.offset = offsetof(struct conf, n), .number = d, .min = lo, .max = hi, .unit = "bytes", .help = h },
#include "src/settings.def"
};

#define SETTING_COUNT (sizeof table / sizeof *table)

static const struct setting *find(const char *name)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

static char *text_of(struct conf *c, const struct setting *s)
{
	return (char *)c + s->offset;
}

static uint64_t *number_of(struct conf *c, const struct setting *s)
{
	return (void *)((char *)c + s->offset);
}

void conf_defaults(struct conf *c)
{
	memset(c, 0, sizeof *c);
	for (const struct setting *s = table; s < table + SETTING_COUNT; s++) {
		if (s->text != NULL)
			strcpy(text_of(c, s), s->text);
		else
			*number_of(c, s) = s->number;
	}
}

/* "4194304" as "4M" where nothing is lost. */
static const char *format_number(const struct setting *s, uint64_t value, char text[24])
{
	static const char suffixes[] = { 'G', 'M', 'K' };

	for (size_t i = 0; s->kind == KIND_BYTES && i < 3; i++) {
		uint64_t unit = 1ull << (30 - 10 * i);

		if (value >= unit && value % unit == 0) {
			snprintf(text, 24, "%" PRIu64 "%c", value / unit, suffixes[i]);
			return text;
		}
	}
	snprintf(text, 24, "%" PRIu64, value);
	return text;
}

static void describe_allowed(const struct setting *s, char *text, size_t size)
{
	const struct conf_form *form = conf_form_of(s->name);
	char low[24], high[24];

	switch (s->kind) {
	case KIND_TEXT:
		snprintf(text, size, "%s (at most %" PRIu64 " bytes)",
		    form != NULL ? form->allowed : "a text without control characters", s->max);
		break;
	case KIND_CHOICE:
		snprintf(text, size, "one of %s", s->words);
		break;
	case KIND_NUMBER:
	case KIND_BYTES:
		snprintf(text, size, "a number from %s to %s (%s%s)", format_number(s, s->min, low),
		    format_number(s, s->max, high), s->unit,
		    s->kind == KIND_BYTES ? ", with K, M or G for powers of 1024" : "");
		break;
	}
}

static int refuse(const struct setting *s, const char *where, const char *value, char *why)
{
	char allowed[256];

	describe_allowed(s, allowed, sizeof allowed);
	snprintf(why, CONF_WHY_MAX, "%s: setting %s cannot be '%.80s': it takes %s",
	    where, s->name, value, allowed);
	return -1;
}

static bool is_word(const char *words, const char *value)
{
	size_t length = strlen(value);

	for (const char *w = words; w != NULL; w = strchr(w, '|'), w = w != NULL ? w + 1 : NULL)
		if (strncmp(w, value, length) == 0 && (w[length] == '|' || w[length] == '\0'))
			return length > 0;
	return false;
}

static bool is_text(const struct setting *s, const char *value)
{
	const struct conf_form *form = conf_form_of(s->name);

	for (const char *p = value; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	return strlen(value) <= s->max && (form == NULL || form->holds(value));
}

static bool parse_number(const struct setting *s, const char *value, uint64_t *number)
{
	unsigned shift = 0;
	char *end;

	if (!isdigit((unsigned char)value[0]))
		return false;
	errno = 0;
	*number = strtoull(value, &end, 10);
	if (s->kind == KIND_BYTES && *end != '\0') {
		const char *suffix = strchr("KMG", *end);

		if (suffix == NULL)
			return false;
		shift = 10 * (unsigned)(suffix - "KMG" + 1);
		end++;
	}
	if (errno != 0 || *end != '\0' || *number > UINT64_MAX >> shift)
		return false;
	*number <<= shift;
	return *number >= s->min && *number <= s->max;
}

int conf_set(struct conf *c, const char *where, const char *name, const char *value, char *why)
{
	const struct setting *s = find(name);
	uint64_t number;

	if (s == NULL) {
		snprintf(why, CONF_WHY_MAX, "%s: there is no setting '%.60s'; penguintrace --help lists them",
		    where, name);
		return -1;
	}
	if (s->kind == KIND_NUMBER || s->kind == KIND_BYTES) {
		if (!parse_number(s, value, &number))
			return refuse(s, where, value, why);
		*number_of(c, s) = number;
		return 0;
	}
	if (s->kind == KIND_CHOICE ? !is_word(s->words, value) : !is_text(s, value))
		return refuse(s, where, value, why);
	strcpy(text_of(c, s), value);
	return 0;
}

/* -- files ---------------------------------------------------------------- */

static char *trim(char *text)
{
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return text;
}

static int read_line(struct conf *c, const char *where, char *line, char *why)
{
	char *text = trim(line), *equals;

	if (*text == '\0' || *text == '#')
		return 0;
	equals = strchr(text, '=');
	if (equals == NULL) {
		snprintf(why, CONF_WHY_MAX, "%s: '%.80s' is no setting; a line is: name = value", where, text);
		return -1;
	}
	*equals = '\0';
	return conf_set(c, where, trim(text), trim(equals + 1), why);
}

static int read_lines(struct conf *c, const char *name, FILE *file, char *why)
{
	cleanup_free char *line = NULL;
	char where[256];
	size_t size = 0;
	ssize_t length;

	for (unsigned number = 1; (length = getline(&line, &size, file)) >= 0; number++) {
		snprintf(where, sizeof where, "%s:%u", name, number);
		if (strlen(line) != (size_t)length) {
			snprintf(why, CONF_WHY_MAX, "%s: a NUL byte; this is no text file", where);
			return -1;
		}
		if (read_line(c, where, line, why) < 0)
			return -1;
	}
	return 0;
}

int conf_read_file(struct conf *c, const char *path, char *why)
{
	cleanup_fclose FILE *file = fopen(path, "re");

	if (file == NULL) {
		snprintf(why, CONF_WHY_MAX, "%s: %s", path, strerror(errno));
		return -1;
	}
	return read_lines(c, path, file, why);
}

int conf_read_fd(struct conf *c, int fd, char *why)
{
	cleanup_free char *text = NULL;
	cleanup_fclose FILE *file = NULL;
	size_t length;

	conf_defaults(c);
	text = fd_read_all(fd, FILE_MAX_BYTES, &length);
	file = text != NULL && length > 0 ? fmemopen(text, length, "r") : NULL;
	if (file == NULL) {
		snprintf(why, CONF_WHY_MAX, "the launcher's settings: %s (penguintrace starts this program, nobody else)",
		    strerror(errno));
		return -1;
	}
	return read_lines(c, "the launcher's settings", file, why);
}

/* -- environment ------------------------------------------------------------ */

static int read_variable(struct conf *c, const char *variable, char *why)
{
	const char *equals = strchr(variable, '=');
	char where[128], name[64];
	size_t prefix = strlen(ENVIRONMENT_PREFIX), length, i;

	if (strncmp(variable, ENVIRONMENT_PREFIX, prefix) != 0 || equals == NULL)
		return 0;
	length = (size_t)(equals - variable) - prefix;
	for (i = 0; i < length && i < sizeof name - 1; i++)
		name[i] = (char)tolower((unsigned char)variable[prefix + i]);
	name[i] = '\0';
	snprintf(where, sizeof where, "%.*s", (int)(equals - variable), variable);
	return conf_set(c, where, name, equals + 1, why);
}

int conf_read_environment(struct conf *c, char *const *environment, char *why)
{
	for (; *environment != NULL; environment++)
		if (read_variable(c, *environment, why) < 0)
			return -1;
	return 0;
}

/* -- the table as text -------------------------------------------------------- */

static const char *value_text(const struct conf *c, const struct setting *s, char text[24])
{
	const char *at = (const char *)c + s->offset;

	if (s->kind == KIND_TEXT || s->kind == KIND_CHOICE)
		return at;
	return format_number(s, *(const uint64_t *)(const void *)at, text);
}

static void print_values(const struct conf *c, FILE *file)
{
	char text[24];

	for (const struct setting *s = table; s < table + SETTING_COUNT; s++)
		fprintf(file, "%s = %s\n", s->name, value_text(c, s, text));
}

int conf_to_fd(const struct conf *c)
{
	cleanup_free char *text = NULL;
	size_t length = 0;
	FILE *file = open_memstream(&text, &length);

	if (file == NULL)
		return -errno;
	print_values(c, file);
	if (fclose(file) != 0)
		return -errno;
	return fd_sealed("settings", text, length);
}

void conf_print_sample(FILE *file)
{
	struct conf defaults;
	char allowed[256], text[24];

	conf_defaults(&defaults);
	fprintf(file, "# penguintrace.conf: every setting with its default.\n"
	    "# Over it stand the environment (%s<NAME>) and the command line.\n",
	    ENVIRONMENT_PREFIX);
	for (const struct setting *s = table; s < table + SETTING_COUNT; s++) {
		describe_allowed(s, allowed, sizeof allowed);
		fprintf(file, "\n# %s\n# Takes %s.\n#%s = %s\n", s->help, allowed, s->name,
		    value_text(&defaults, s, text));
	}
}

/* mdoc wants each sentence on a line of its own. */
static void print_sentences(const char *text, FILE *file)
{
	for (; *text != '\0'; text++) {
		putc(*text, file);
		if (*text == '.' && text[1] == ' ') {
			putc('\n', file);
			text++;
		}
	}
}

void conf_print_man(FILE *file)
{
	struct conf defaults;
	char allowed[256], text[24];

	conf_defaults(&defaults);
	for (const struct setting *s = table; s < table + SETTING_COUNT; s++) {
		const char *value = value_text(&defaults, s, text);

		describe_allowed(s, allowed, sizeof allowed);
		fprintf(file, ".It Ic %s\n", s->name);
		print_sentences(s->help, file);
		fprintf(file, "\nTakes %s.\n", allowed);
		if (*value != '\0')
			fprintf(file, "Default:\n.Ql %s .\n", value);
	}
}

void conf_print_help(FILE *file)
{
	struct conf defaults;
	char text[24];

	conf_defaults(&defaults);
	for (const struct setting *s = table; s < table + SETTING_COUNT; s++)
		fprintf(file, "  %-24s %s\n  %-24s (%s, default: %s)\n", s->name, s->help, "",
		    s->words != NULL ? s->words : s->unit != NULL ? s->unit : "text",
		    *value_text(&defaults, s, text) != '\0' ? value_text(&defaults, s, text) : "none");
}
