/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "httpd/identity.h"

#define COOKIE "penguintrace"
#define TOKEN_MIN 16
#define TOKEN_SAFE "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"

static bool is_token_identity(const struct conf *conf)
{
	return strcmp(conf->identity, "token") == 0;
}

const char *identity_check(const struct conf *conf)
{
	if (!address_check_list(conf->proxy_peers))
		return "setting proxy_peers takes addresses such as 192.0.2.1 or 10.0.0.0/8, separated by spaces";
	if (strcmp(conf->identity, "proxy") == 0 && *conf->proxy_peers == '\0')
		return "identity = proxy needs proxy_peers: the addresses whose header counts";
	if (!is_token_identity(conf))
		return NULL;
	if (strlen(conf->token) < TOKEN_MIN || conf->token[strspn(conf->token, TOKEN_SAFE)] != '\0')
		return "setting token takes 16 characters or more, of A-Z a-z 0-9 - _ . ~";
	return NULL;
}

/* In a time that does not tell how much of it is right. */
static bool is_token(const struct conf *conf, const char *text, size_t length)
{
	uint8_t differs = 0;

	if (length != strlen(conf->token))
		return false;
	for (size_t i = 0; i < length; i++)
		differs |= (uint8_t)(text[i] ^ conf->token[i]);
	return differs == 0;
}

static bool has_bearer(const struct conf *conf, const struct head *head)
{
	const char *value = head_field(head, "authorization");

	if (value == NULL || strncasecmp(value, "Bearer ", 7) != 0)
		return false;
	value += 7;
	value += strspn(value, " ");
	return is_token(conf, value, strlen(value));
}

/* One `name=value' of a Cookie field: penguintrace, or penguintrace-PORT. */
static bool is_cookie(const struct conf *conf, const char *pair, size_t length)
{
	const char *equals = memchr(pair, '=', length);
	size_t name = equals != NULL ? (size_t)(equals - pair) : 0;

	if (name < strlen(COOKIE) || strncmp(pair, COOKIE, strlen(COOKIE)) != 0)
		return false;
	return is_token(conf, equals + 1, length - name - 1);
}

static bool has_cookie(const struct conf *conf, const struct head *head)
{
	for (size_t i = 0; i < head->field_count; i++) {
		const char *p = head->fields[i].value;

		if (strcasecmp(head->fields[i].name, "cookie") != 0)
			continue;
		for (size_t length; *(p += strspn(p, "; ")) != '\0'; p += length) {
			length = strcspn(p, "; ");
			if (is_cookie(conf, p, length))
				return true;
		}
	}
	return false;
}

/* The proxy's word.  Two such headers: one came from the client, through a
 * proxy that adds instead of replacing; neither is believed. */
static const char *proxy_owner(const struct conf *conf, const struct address *peer,
    const struct head *head)
{
	const char *value = head_field(head, conf->proxy_header);

	if (!address_in_list(peer, conf->proxy_peers) || head_count(head, conf->proxy_header) != 1)
		return NULL;
	if (*value == '\0' || strlen(value) > OWNER_MAX)
		return NULL;
	for (const char *p = value; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20)
			return NULL;
	return value;
}

bool identity_owner(const struct conf *conf, const struct address *peer, const struct head *head,
    char owner[OWNER_MAX + 1])
{
	const char *name = "local";

	if (strcmp(conf->identity, "proxy") == 0)
		name = proxy_owner(conf, peer, head);
	else if (is_token_identity(conf) && !has_bearer(conf, head) && !has_cookie(conf, head))
		name = NULL;
	if (name != NULL)
		snprintf(owner, OWNER_MAX + 1, "%s", name);
	return name != NULL;
}

bool identity_login(const struct conf *conf, const struct head *head, bool *right)
{
	char token[sizeof conf->token];

	if (!is_token_identity(conf) || !head_query(head, "token", token, sizeof token))
		return false;
	*right = is_token(conf, token, strlen(token));
	return true;
}

void identity_cookie(const struct conf *conf, const struct head *head, char *line, size_t size)
{
	const char *host = head_field(head, "host");
	const char *colon = strrchr(host, ':'), *bracket = strrchr(host, ']');
	bool has_port = colon != NULL && (bracket == NULL || colon > bracket);

	snprintf(line, size, "Set-Cookie: " COOKIE "%s%s=%s; HttpOnly; SameSite=Strict; Path=/\r\n",
	    has_port ? "-" : "", has_port ? colon + 1 : "", conf->token);
}
