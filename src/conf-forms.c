/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/conf-forms.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define TOKEN_MIN 16

static bool only(const char *value, const char *these)
{
	return value[strspn(value, these)] == '\0';
}

/* Digits only: strtoul() would take a sign and spaces. */
static bool is_number(const char *text, unsigned long max)
{
	return *text != '\0' && strlen(text) <= 5 && only(text, DIGITS) && strtoul(text, NULL, 10) <= max;
}

static bool is_address(const char *text, int *family)
{
	unsigned char bytes[16];

	*family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	return inet_pton(*family, text, bytes) == 1;
}

bool conf_split_address(const char *word, char host[64], char port[8])
{
	const char *colon = strrchr(word, ':'), *start = word, *end = colon;
	int family;

	/* getaddrinfo() takes 99999 for a port, and the kernel 34463. */
	if (colon == NULL || !is_number(colon + 1, UINT16_MAX))
		return false;
	if (word[0] == '[') {
		start = word + 1;
		end = colon - 1;
		if (end < start || *end != ']')
			return false;
	}
	if (end - start >= 64)
		return false;
	snprintf(host, 64, "%.*s", (int)(end - start), start);
	snprintf(port, 8, "%s", colon + 1);
	if (strcmp(host, "localhost") == 0)
		strcpy(host, "127.0.0.1");
	return is_address(host, &family) && (family == AF_INET6) == (start != word);
}

static bool is_listener(const char *word)
{
	char host[64], port[8];

	return conf_split_address(word, host, port);
}

/* ADDR or ADDR/BITS */
static bool is_network(const char *word)
{
	char address[64];
	const char *slash = strchrnul(word, '/');
	int family;

	if (slash - word >= 64)
		return false;
	snprintf(address, sizeof(address), "%.*s", (int)(slash - word), word);
	return is_address(address, &family) &&
	    (*slash == '\0' || is_number(slash + 1, family == AF_INET6 ? 128 : 32));
}

static bool is_host(const char *word)
{
	return only(word, LETTERS DIGITS "-._:[]");
}

/* Each word between spaces; no setting is longer than 1023. */
static bool each(const char *value, bool (*holds)(const char *))
{
	char copy[1024], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", value);
	while ((word = strsep(&rest, " ")) != NULL)
		if (*word != '\0' && !holds(word))
			return false;
	return true;
}

static bool is_listen(const char *value)
{
	return !only(value, " ") && each(value, is_listener);
}

static bool is_peers(const char *value)
{
	return each(value, is_network);
}

static bool is_hosts(const char *value)
{
	return each(value, is_host);
}

static bool is_token(const char *value)
{
	return *value == '\0' || (strlen(value) >= TOKEN_MIN && only(value, LETTERS DIGITS "-_.~"));
}

/* RFC 9110, 5.6.2: token */
static bool is_field_name(const char *value)
{
	return *value != '\0' && only(value, LETTERS DIGITS "!#$%&'*+-.^_`|~");
}

/* It stands in paths and in a proxy's rules; a '.' ends it. */
static bool is_node(const char *value)
{
	return only(value, LETTERS DIGITS "-");
}

static const struct conf_form forms[] = {
	{ "listen", is_listen, "ADDR:PORT with a numeric address, [::1]:8080 for IPv6, port 0 to 65535; "
	    "more of them separated by spaces" },
	{ "token", is_token, "16 or more of A-Z a-z 0-9 - _ . ~, or nothing" },
	{ "proxy_header", is_field_name, "the name of a header field" },
	{ "proxy_peers", is_peers, "addresses such as 192.0.2.1 or 10.0.0.0/8, separated by spaces" },
	{ "hosts", is_hosts, "names of hosts, separated by spaces" },
	{ "node", is_node, "letters, digits and -" },
};

const struct conf_form *conf_form_of(const char *setting)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(forms[i].setting, setting) == 0)
			return &forms[i];
	return NULL;
}
