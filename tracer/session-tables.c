/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Build-time only: src/session.def as the tables of doc/PROTOCOL.md, or as
 * TypeScript (contrib/generate-types).
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum kind { CONTROL = 1, QUERY = 2, SETTING = 4, LINK = 8, CHANGE = 16 };
enum need { OPTIONAL, REQUIRED };

struct argument {
	enum need need;
	const char *name, *type;	/* as JSON and msgpack have it, in words */
	const char *typescript;
	char bounds[80], def[24];
	const char *help;
};

struct command {
	const char *name, *help, *answer;	/* answer NULL: reserved; "": not a command */
	unsigned kinds;
	const struct argument *arguments;	/* ends with name NULL */
};

#define COMMON(n, of) static const struct argument common_##n[] = {
#define END_COMMON(n) { .name = NULL } };
#define RECORD(n) static const struct argument record_##n[] = {
#define END_RECORD(n) { .name = NULL } };
#define COMMAND(n, of, text, body) static const struct argument of_##n[] = {
#define END(n) { .name = NULL } };
#define UINT(f, w, lo, hi, d, h) { .name = #f, .need = w, .type = "unsigned", .typescript = "number", \
	.bounds = #lo " … " #hi, .def = #d, .help = h },
#define INT(f, w, lo, hi, d, h) { .name = #f, .need = w, .type = "integer", .typescript = "number", \
	.bounds = #lo " … " #hi, .def = #d, .help = h },
#define BOOL(f, w, d, h) { .name = #f, .need = w, .type = "boolean", .typescript = "boolean", .def = #d, .help = h },
#define ADDRESS(f, w, h) { .name = #f, .need = w, .type = "address", .typescript = "bigint", .help = h },
#define TEXT(f, w, hi, h) { .name = #f, .need = w, .type = "text", .typescript = "string", \
	.bounds = "≤ " #hi " bytes", .help = h },
#define BYTES(f, w, hi, h) { .name = #f, .need = w, .type = "bytes", .typescript = "Uint8Array", \
	.bounds = "≤ " #hi, .help = h },
#define CHOICE(f, w, words, d, h) { .name = #f, .need = w, .type = words, .typescript = words, .def = d, .help = h },
#define LIST(f, w, record, hi, h) { .name = #f, .need = w, .type = "list of " #record, .typescript = #record "[]", \
	.bounds = "≤ " #hi, .help = h },
#define WORDS(f, w, words, h) { .name = #f, .need = w, .type = "list of " words, .typescript = words "[]", .help = h },
#define WITH(f, hi, h) { .name = #f, .type = "list of queries", \
	.typescript = "{ command: string; arguments?: Record<string, unknown> }[]", .bounds = "≤ " #hi, .help = h },
#include "src/session.def"

#define COMMAND(n, of, text, body) { #n, text, body, of, of_##n },
#define RESERVED(n, of, text) { #n, text, NULL, of, NULL },
static const struct command commands[] = {
#include "src/session.def"
};

#define COMMON(n, of) { #n, "", "", of, common_##n },
static const struct command groups[] = {
#include "src/session.def"
};

#define RECORD(n) { #n, "", "", 0, record_##n },
static const struct command records[] = {
#include "src/session.def"
};

#define EVENT(n, fields, text) { #n, text, fields, 0, NULL },
static const struct command events[] = {
#include "src/session.def"
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* -- doc/PROTOCOL.md ------------------------------------------------------------ */

/* Names of limits in words. */
static void print_bounds(const char *bounds)
{
	static const struct { const char *name, *words; } known[] = {
		{ "UINT64_MAX", "2⁶⁴−1" }, { "UINT32_MAX", "2³²−1" }, { "INT32_MAX", "2³¹−1" },
		{ "INT64_MIN", "−2⁶³" }, { "INT64_MAX", "2⁶³−1" },
	};

	while (*bounds != '\0') {
		size_t i, length = 1;

		for (i = 0; i < COUNT(known); i++)
			if (strncmp(bounds, known[i].name, strlen(known[i].name)) == 0)
				break;
		if (i < COUNT(known)) {
			length = strlen(known[i].name);
			fputs(known[i].words, stdout);
		} else {
			putchar(*bounds);
		}
		bounds += length;
	}
}

/* In a table's cell a bar must be escaped. */
static void print_cell(const char *text)
{
	for (; *text != '\0'; text++)
		printf(*text == '|' ? "\\%c" : "%c", *text);
}

static void print_argument(const char *owner, const struct argument *a)
{
	printf("| %s | `%s`%s | ", owner, a->name, a->need == REQUIRED ? " (required)" : "");
	print_cell(a->type);
	if (a->bounds[0] != '\0') {
		fputs(", ", stdout);
		print_bounds(a->bounds);
	}
	/* Where 0 is not what an absent one means, the help says what is. */
	printf(" | %s | %s |\n", a->need == REQUIRED || strcmp(a->def, "0") == 0 ? "" : a->def, a->help);
}

static void print_arguments(const char *owner, const struct argument *list)
{
	for (; list->name != NULL; list++)
		print_argument(owner, list);
}

static const char *kind_name(unsigned kind)
{
	switch (kind) {
	case CONTROL:
		return "control";
	case QUERY:
		return "query";
	case SETTING:
		return "setting";
	case CHANGE:
		return "change";
	case CONTROL | QUERY | CHANGE:
		return "control, query, change";
	default:
		return "connection";
	}
}

static void print_document(void)
{
	puts("| command | kind | what it does | answer |\n|---|---|---|---|");
	for (size_t i = 0; i < COUNT(commands); i++) {
		const struct command *c = &commands[i];

		printf("| `%s` | %s | %s | %s%s%s |\n", c->name, kind_name(c->kinds), c->help,
		    c->answer != NULL ? "`" : "", c->answer != NULL ? c->answer : "*not available in this version: 501*",
		    c->answer != NULL ? "`" : "");
	}
	puts("\n| of | argument | type | default | |\n|---|---|---|---|---|");
	for (size_t i = 0; i < COUNT(groups); i++) {
		char owner[48];

		snprintf(owner, sizeof(owner), "every %s", kind_name(groups[i].kinds));
		print_arguments(owner, groups[i].arguments);
	}
	for (size_t i = 0; i < COUNT(commands); i++) {
		char owner[48];

		snprintf(owner, sizeof(owner), "`%s`", commands[i].name);
		if (commands[i].arguments != NULL)
			print_arguments(owner, commands[i].arguments);
	}
	for (size_t i = 0; i < COUNT(records); i++)
		print_arguments(records[i].name, records[i].arguments);
	puts("\n| event | fields | |\n|---|---|---|");
	for (size_t i = 0; i < COUNT(events); i++)
		printf("| `%s` | `%s` | %s |\n", events[i].name, events[i].answer, events[i].help);
}

/* -- TypeScript --------------------------------------------------------------------- */

static void print_type(const char *type)
{
	if (strchr(type, '|') == NULL) {
		fputs(type, stdout);
		return;
	}
	putchar('"');
	for (; *type != '\0'; type++)
		fputs(*type == '|' ? "\" | \"" : (char[]){ *type, '\0' }, stdout);
	putchar('"');
}

static void print_interface(const char *name, const struct argument *list)
{
	printf("\nexport interface %s {\n", name);
	for (; list->name != NULL; list++) {
		printf("\t%s%s: ", list->name, list->need == REQUIRED ? "" : "?");
		print_type(list->typescript);
		puts(";");
	}
	puts("}");
}

static void print_types(void)
{
	puts("/* SPDX-License-Identifier: AGPL-3.0-or-later */\n"
	    "/* Made from src/session.def by contrib/generate-types. */");
	for (size_t i = 0; i < COUNT(records); i++)
		print_interface(records[i].name, records[i].arguments);
	for (size_t i = 0; i < COUNT(groups); i++)
		print_interface(groups[i].name, groups[i].arguments);
	puts("\n/** The arguments of each command. */\nexport interface Arguments {");
	for (size_t i = 0; i < COUNT(commands); i++) {
		const struct argument *a = commands[i].arguments;

		if (a == NULL)
			continue;
		printf("\t%s: {", commands[i].name);
		for (; a->name != NULL; a++) {
			printf(" %s%s: ", a->name, a->need == REQUIRED ? "" : "?");
			print_type(a->typescript);
			putchar(';');
		}
		fputs(" }", stdout);
		for (size_t g = 0; g < COUNT(groups); g++)
			if ((groups[g].kinds & commands[i].kinds) != 0)
				printf(" & %s", groups[g].name);
		puts(";");
	}
	puts("}\n");
	fputs("export type EventName =", stdout);
	for (size_t i = 0; i < COUNT(events); i++)
		printf("%s \"%s\"", i > 0 ? " |" : "", events[i].name);
	puts(";");
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "document") == 0)
		print_document();
	else if (argc == 2 && strcmp(argv[1], "types") == 0)
		print_types();
	else {
		fprintf(stderr, "usage: session-tables document | types\n");
		return 2;
	}
	return 0;
}
