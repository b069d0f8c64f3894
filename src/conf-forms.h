/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a text setting must look like, where not every text will do.  Checked as
 * a setting is set, so that what is wrong is said with its line.
 */
#ifndef PT_CONF_FORMS_H
#define PT_CONF_FORMS_H

#include <stdbool.h>

struct conf_form {
	const char *setting;
	bool (*holds)(const char *value);
	const char *allowed;	/* "it takes …"; the bound on its length is said beside it */
};

/* NULL: any text will do. */
const struct conf_form *conf_form_of(const char *setting);

/* "127.0.0.1:8080", "[::1]:0", "localhost:8080" (as 127.0.0.1) into host and port;
 * false if it is none of these. */
bool conf_split_address(const char *word, char host[64], char port[8]);

#endif
