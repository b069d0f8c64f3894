/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Build-time only: the table of settings as a sample configuration, or put into
 * the man page in place of its @SETTINGS@ line; the table of messages for
 * doc/ARCHITECTURE.md.
 */
#include <stdio.h>
#include <string.h>

#include "src/cleanup.h"
#include "src/conf.h"
#include "src/msg.h"

static int print_page(const char *path)
{
	cleanup_fclose FILE *file = fopen(path, "re");
	char line[1024];

	if (file == NULL) {
		perror(path);
		return 1;
	}
	while (fgets(line, sizeof line, file) != NULL) {
		if (strcmp(line, "@SETTINGS@\n") == 0)
			conf_print_man(stdout);
		else
			fputs(line, stdout);
	}
	return 0;
}

static void print_line(void *arg, const char *text)
{
	(void)arg;
	printf("| %s |\n", text);
}

static int print_messages(void)
{
	puts("| message | from → to | receiver's state | fields |\n|---|---|---|---|");
	msg_describe(print_line, NULL);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "sample") == 0) {
		conf_print_sample(stdout);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "messages") == 0)
		return print_messages();
	if (argc == 3 && strcmp(argv[1], "man") == 0)
		return print_page(argv[2]);
	fprintf(stderr, "usage: tables sample | messages | man PAGE.in\n");
	return 2;
}
