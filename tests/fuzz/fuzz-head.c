/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Heads of HTTP requests: httpd/head.c and all that looks a head over. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "httpd/guard.h"
#include "httpd/handshake.h"
#include "httpd/identity.h"

static void look_over(const struct head *head)
{
	struct address peer = { 0 };
	struct conf conf;
	char owner[OWNER_MAX + 1], line[512], accept[ACCEPT_LENGTH + 1];
	const char *key = head_field(head, "sec-websocket-key");
	bool right;

	conf_defaults(&conf);
	strcpy(conf.token, "0123456789abcdef");
	strcpy(conf.hosts, "trace.example");
	guard_host(head_field(head, "host"), conf.hosts);
	guard_origin(head, conf.hosts);
	identity_owner(&conf, &peer, head, owner);
	identity_login(&conf, head, &right);
	identity_cookie(&conf, head, line, sizeof line);
	head_lists(head, "accept-encoding", "gzip");
	if (key != NULL)
		handshake_accept(key, accept);
	strcpy(conf.identity, "proxy");
	strcpy(conf.proxy_peers, "::/0");
	if (identity_owner(&conf, &peer, head, owner) && strlen(owner) > OWNER_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct head head;
	const char *why = NULL;
	char *text;
	int status;

	if (size > HEAD_BYTES_MAX)
		return 0;
	text = malloc(size + 1);	/* as http.c has it: with a NUL behind it */
	memcpy(text, data, size);
	text[size] = '\0';
	status = head_parse(text, size, &head, &why);
	if (status == 0)
		look_over(&head);
	else if (status < 400 || status > 599 || why == NULL)
		abort();
	free(text);
	return 0;
}
