/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The command line: options, and the verbs that are not serving. */
#ifndef PT_CLI_H
#define PT_CLI_H

#include "src/conf.h"

enum cli_verb {
	CLI_SERVE,
	CLI_DOCTOR,
	CLI_PROBE,	/* started by the probe itself, by name, inside a sandbox */
	CLI_DONE,	/* --help or --version has been answered */
	CLI_WRONG,	/* standard error says what: exit status 2 */
};

/* Settings from file, environment and options, the later over the earlier, and
 * what is to be done.  *conf is filled for CLI_SERVE only. */
enum cli_verb cli_parse(int argc, char **argv, struct conf *conf);

/* What this machine offers, level by level, on standard output.  Exit status:
 * 0 when the level `namespaces' is to be had, else 1. */
int cli_doctor(void);

#endif
