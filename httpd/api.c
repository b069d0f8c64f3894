/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "httpd/answer.h"
#include "httpd/api.h"
#include "httpd/guard.h"
#include "httpd/identity.h"
#include "httpd/socket.h"

enum {
	OPEN = 1 << 0,		/* for everybody: it tells nothing of anybody */
	ANY_HOST = 1 << 1,	/* a probe names us as it likes */
	CHANGES = 1 << 2,	/* another site's page must not cause it */
	BODY = 1 << 3,		/* takes one */
};

/* The last serves every path that no other has.  A segment that begins with ':' takes any text of the characters that a
 * session's id or a command's name has. */
static const struct route {
	enum method method;	/* GET serves HEAD as well */
	const char *path;
	unsigned flags;
	void (*handle)(struct conn *, const struct head *);
} routes[] = {
	{ METHOD_POST, "/api/v1/sessions/:session/:command", CHANGES | BODY, api_command },
	{ METHOD_GET, "/api/v1/sessions/:session/events", 0, api_events },
	{ METHOD_GET, "/api/v1/sessions/:session/socket", CHANGES, socket_request },
	{ METHOD_GET, "/api/v1/sessions/:session/program", 0, api_program },
	{ METHOD_GET, "/api/v1/sessions/:session", 0, api_show },
	{ METHOD_DELETE, "/api/v1/sessions/:session", CHANGES, api_end },
	{ METHOD_POST, "/api/v1/sessions", CHANGES | BODY, api_create },
	{ METHOD_GET, "/api/v1/sessions", 0, api_list },
	{ METHOD_GET, "/api/v1/info", 0, api_info },
	{ METHOD_GET, "/healthz", OPEN | ANY_HOST, api_healthz },
	{ METHOD_GET, "/readyz", OPEN | ANY_HOST, api_readyz },
	{ METHOD_GET, "/metrics", 0, api_metrics },
	{ METHOD_GET, "/", OPEN, api_page },	/* asks for the token itself */
	{ METHOD_GET, NULL, OPEN, api_asset },
};

static const char *const method_names[] = {
	[METHOD_GET] = "GET", [METHOD_POST] = "POST", [METHOD_DELETE] = "DELETE",
};

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define ID_CHARACTERS NAME_CHARACTERS "0123456789-_."

/* One segment of the path into what the route's segment names. */
static bool take_segment(struct exchange *x, const char *pattern, const char *text, size_t length)
{
	bool is_session = strncmp(pattern, ":session", 8) == 0;
	const char *allowed = is_session ? ID_CHARACTERS : NAME_CHARACTERS;
	char *to = is_session ? x->session : x->command;
	size_t max = is_session ? SESSION_ID_MAX : sizeof x->command - 1;

	if (length == 0 || length > max || strspn(text, allowed) < length)
		return false;
	memcpy(to, text, length);
	to[length] = '\0';
	return true;
}

static bool matches(struct exchange *x, const char *pattern, const char *path)
{
	while (*pattern == '/' && *path == '/') {
		size_t wanted = strcspn(++pattern, "/"), length = strcspn(++path, "/");

		if (*pattern == ':' ? !take_segment(x, pattern, path, length) :
		    wanted != length || strncmp(pattern, path, length) != 0)
			return false;
		pattern += wanted;
		path += length;
	}
	return *pattern == '\0' && *path == '\0';
}

/* NULL: answered.  The paths that other methods have are named in the answer. */
static const struct route *find_route(struct conn *c, const struct head *head)
{
	enum method method = head->method == METHOD_HEAD ? METHOD_GET : head->method;
	char allow[64] = "";

	for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
		const struct route *r = &routes[i];
		size_t used = strlen(allow);

		if (r->path == NULL ? used > 0 : !matches(&c->x, r->path, head->path))
			continue;
		if (r->method == method)
			return r;
		if (r->path == NULL)
			continue;
		snprintf(allow + used, sizeof allow - used, "%s%s", used > 0 ? ", " : "",
		    r->method == METHOD_GET ? "GET, HEAD" : method_names[r->method]);
	}
	if (allow[0] != '\0')
		answer_not_allowed(c, allow);
	else
		answer_error(c, 404, "path", "there is nothing at this path");
	return NULL;
}

/* What every request must be before its handler sees it. */
static bool check(struct conn *c, const struct route *r, const struct head *head)
{
	const struct conf *conf = &c->httpd->conf;

	if ((r->flags & ANY_HOST) == 0 && !guard_host(head_field(head, "host"), conf->hosts))
		answer_error(c, 421, "host", "this service is not known by the name in the Host header; "
		    "open it by its address, or name it in the setting hosts");
	else if ((r->flags & CHANGES) != 0 && !guard_origin(head, conf->hosts))
		answer_error(c, 403, "origin", "another site's page may not do this; "
		    "if it is this service's own name, put it into the setting hosts");
	else if (!identity_owner(conf, &c->peer, head, c->x.owner) && (r->flags & OPEN) == 0)
		answer_error(c, 401, "identity", strcmp(conf->identity, "proxy") == 0 ?
		    "the proxy in front of this service must name the user" :
		    "open the address that penguintrace printed at its start (it carries the token), "
		    "or send Authorization: Bearer TOKEN");
	else if ((r->flags & BODY) == 0 && head->length > 0)
		answer_error(c, 400, "request", "this request takes no body");
	else
		return true;
	return false;
}

void api_request(struct conn *c, const struct head *head)
{
	const struct route *r;

	if (head->method == METHOD_OTHER) {
		answer_error(c, 501, "method", "the methods here are GET, HEAD, POST and DELETE");
		return;
	}
	r = find_route(c, head);
	if (r != NULL && check(c, r, head))
		r->handle(c, head);
}
