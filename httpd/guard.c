/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <string.h>
#include <strings.h>

#include "httpd/address.h"
#include "httpd/guard.h"

#define NAME_MAX_BYTES 253

struct authority {
	char name[NAME_MAX_BYTES + 1];	/* without brackets and port */
	bool bracketed;
};

static bool all_of(const char *text, size_t length, const char *allowed)
{
	return strspn(text, allowed) >= length;
}

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool parse_port(const char *p)
{
	size_t digits = strspn(p, DIGITS);

	return digits >= 1 && digits <= 5 && p[digits] == '\0';
}

/* "name", "name:port", "192.0.2.1:port", "[2001:db8::1]:port"; no other
 * character: the text goes into a response header as well. */
static bool parse_authority(const char *text, struct authority *a)
{
	const char *name = text, *rest;
	size_t length;

	a->bracketed = *text == '[';
	if (a->bracketed) {
		name++;
		length = strcspn(name, "]");
		rest = name[length] == ']' ? name + length + 1 : NULL;
	} else {
		length = strcspn(name, ":");
		rest = name + length;
	}
	if (rest == NULL || length == 0 || length > NAME_MAX_BYTES)
		return false;
	if (!all_of(name, length, a->bracketed ? DIGITS "abcdefABCDEF:." : DIGITS LETTERS "-._"))
		return false;
	memcpy(a->name, name, length);
	a->name[length] = '\0';
	return *rest == '\0' || (*rest == ':' && parse_port(rest + 1));
}

static bool in_words(const char *words, const char *name)
{
	size_t wanted = strlen(name), length;

	for (const char *p = words; *(p += strspn(p, " ")) != '\0'; p += length) {
		length = strcspn(p, " ");
		if (length == wanted && strncasecmp(p, name, length) == 0)
			return true;
	}
	return false;
}

bool guard_host(const char *host, const char *hosts)
{
	struct authority a;
	struct address ignored;

	if (!parse_authority(host, &a))
		return false;
	if (address_parse(a.name, &ignored))
		return true;
	return !a.bracketed && (strcasecmp(a.name, "localhost") == 0 || in_words(hosts, a.name));
}

/* A TLS proxy that changes Host on its way still leaves Origin: its name
 * counts when the settings name it. */
static bool is_own_origin(const char *origin, const char *host, const char *hosts)
{
	const char *authority = strstr(origin, "://");
	struct authority a;

	if (strncasecmp(origin, "http://", 7) != 0 && strncasecmp(origin, "https://", 8) != 0)
		return false;
	authority += 3;
	if (!parse_authority(authority, &a))
		return false;
	return strcasecmp(authority, host) == 0 || (!a.bracketed && in_words(hosts, a.name));
}

bool guard_origin(const struct head *head, const char *hosts)
{
	const char *origin = head_field(head, "origin");
	const char *site = head_field(head, "sec-fetch-site");

	if (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
		return false;
	return origin == NULL || is_own_origin(origin, head_field(head, "host"), hosts);
}
