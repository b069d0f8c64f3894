/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "httpd/answer.h"
#include "httpd/api.h"
#include "httpd/assets.h"
#include "httpd/identity.h"

#define NONCE_MARK "__NONCE__"
#define NONCE_LENGTH 22		/* 128 bits, base64url */

static const struct asset *find(const char *path)
{
	for (const struct asset *a = asset_table; a->path != NULL; a++)
		if (strcmp(a->path, path) == 0)
			return a;
	return NULL;
}

/* -- the page ------------------------------------------------------------------------ */

static bool make_nonce(char nonce[NONCE_LENGTH + 1])
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t bytes[NONCE_LENGTH];

	if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
		return false;
	for (size_t i = 0; i < sizeof bytes; i++)
		nonce[i] = alphabet[bytes[i] & 63];
	nonce[NONCE_LENGTH] = '\0';
	return true;
}

/* 'self' does not reach to WebSockets in older browsers, so they are named; the
 * Host field has been checked to hold an authority and nothing else. */
static void write_policy(char *policy, size_t size, const char *host, const char *nonce)
{
	snprintf(policy, size, "default-src 'none'; script-src 'self'; style-src 'self'%s%s%s; "
	    "img-src 'self' data:; connect-src 'self' ws://%s wss://%s; font-src 'self'; "
	    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	    nonce != NULL ? " 'nonce-" : "", nonce != NULL ? nonce : "", nonce != NULL ? "'" : "",
	    host, host);
}

/* The page with each mark replaced. */
static void add_page(struct evbuffer *out, const struct asset *a, const char *nonce)
{
	const uint8_t *p = a->plain, *mark;

	while ((mark = memmem(p, (size_t)(a->plain_end - p), NONCE_MARK, strlen(NONCE_MARK))) != NULL) {
		evbuffer_add_reference(out, p, (size_t)(mark - p), NULL, NULL);
		evbuffer_add(out, nonce, NONCE_LENGTH);
		p = mark + strlen(NONCE_MARK);
	}
	evbuffer_add_reference(out, p, (size_t)(a->plain_end - p), NULL, NULL);
}

static void answer_page(struct conn *c, const struct asset *a, const char *host)
{
	char nonce[NONCE_LENGTH + 1], policy[1200];
	struct evbuffer *out = evbuffer_new();

	if (out == NULL || !make_nonce(nonce)) {
		answer_error(c, 503, "full", "the service is short of memory; try again");
	} else {
		write_policy(policy, sizeof policy, host, nonce);
		add_page(out, a, nonce);
		answer_buffer(c, &(struct answer){ .status = 200, .type = a->type, .policy = policy,
		    .cache = "no-cache" }, out);
	}
	if (out != NULL)
		evbuffer_free(out);
}

static void answer_no_token(struct conn *c, bool wrong)
{
	static const char page[] =
		"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>penguintrace</title>"
		"<h1>This address needs its token</h1>"
		"<p>penguintrace printed an address when it started, such as "
		"<code>http://127.0.0.1:8080/?token=…</code>. Open that one: it lets this browser in.</p>";
	static const char again[] =
		"<p>The token in this address is not the one of the penguintrace that runs here: "
		"perhaps it has been started again since.</p>";
	char text[sizeof page + sizeof again];

	snprintf(text, sizeof text, "%s%s", page, wrong ? again : "");
	answer_bytes(c, &(struct answer){ .status = 401, .type = "text/html; charset=utf-8",
		.extra = "WWW-Authenticate: Bearer\r\n" }, text, strlen(text));
}

static void answer_login(struct conn *c, const struct head *head)
{
	char extra[512];
	int used = snprintf(extra, sizeof extra, "Location: /\r\n");

	identity_cookie(&c->httpd->conf, head, extra + used, sizeof extra - (size_t)used);
	answer_bytes(c, &(struct answer){ .status = 303, .extra = extra }, NULL, 0);
}

void api_page(struct conn *c, const struct head *head)
{
	const struct asset *a = find("/index.html");
	bool right = false;
	bool login = identity_login(&c->httpd->conf, head, &right);

	if (login && right)
		answer_login(c, head);
	else if (login || c->x.owner[0] == '\0')
		answer_no_token(c, login);
	else if (a == NULL)
		answer_error(c, 404, "page", "this penguintrace was built without its page; the API is at /api/v1/");
	else
		answer_page(c, a, head_field(head, "host"));
}

/* -- everything else ------------------------------------------------------------------- */

static bool is_fresh(const struct head *head, const struct asset *a)
{
	const char *known = head_field(head, "if-none-match");

	return known != NULL && strstr(known, a->etag) != NULL;
}

static void answer_asset(struct conn *c, const struct head *head, const struct asset *a)
{
	bool gzip = a->gzip != NULL && head_lists(head, "accept-encoding", "gzip");
	const uint8_t *data = gzip ? a->gzip : a->plain, *end = gzip ? a->gzip_end : a->plain_end;
	struct evbuffer *out = evbuffer_new();
	char extra[256];

	if (out == NULL || evbuffer_add_reference(out, data, (size_t)(end - data), NULL, NULL) < 0) {
		answer_error(c, 503, "full", "the service is short of memory; try again");
	} else {
		snprintf(extra, sizeof extra, "ETag: %s\r\nVary: Accept-Encoding\r\n%s", a->etag,
		    gzip ? "Content-Encoding: gzip\r\n" : "");
		answer_buffer(c, &(struct answer){ .status = 200, .type = a->type, .cache = "no-cache",
		    .extra = extra }, out);
	}
	if (out != NULL)
		evbuffer_free(out);
}

void api_asset(struct conn *c, const struct head *head)
{
	const struct asset *a = find(head->path);
	char extra[128];

	if (a == NULL || strcmp(a->path, "/index.html") == 0) {
		answer_error(c, 404, "path", "there is nothing at this path");
	} else if (is_fresh(head, a)) {
		snprintf(extra, sizeof extra, "ETag: %s\r\nVary: Accept-Encoding\r\n", a->etag);
		answer_bytes(c, &(struct answer){ .status = 304, .cache = "no-cache", .extra = extra }, NULL, 0);
	} else {
		answer_asset(c, head, a);
	}
}
