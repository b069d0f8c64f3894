/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "httpd/address.h"

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static struct address map(const void *ipv4)
{
	struct address a;

	memcpy(a.bytes, mapped, sizeof mapped);
	memcpy(a.bytes + sizeof mapped, ipv4, 4);
	return a;
}

struct address address_of(const struct sockaddr *sa)
{
	struct address a = { 0 };

	if (sa->sa_family == AF_INET)
		return map(&((const struct sockaddr_in *)(const void *)sa)->sin_addr);
	if (sa->sa_family == AF_INET6)
		memcpy(a.bytes, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, sizeof a.bytes);
	return a;
}

static bool is_mapped(const struct address *a)
{
	return memcmp(a->bytes, mapped, sizeof mapped) == 0;
}

bool address_parse(const char *text, struct address *a)
{
	struct in_addr ipv4;

	if (inet_pton(AF_INET, text, &ipv4) == 1) {
		*a = map(&ipv4);
		return true;
	}
	return inet_pton(AF_INET6, text, a->bytes) == 1;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* ADDR or ADDR/BITS; bits counts in the 128. */
static bool parse_network(const char *word, size_t length, struct address *a, unsigned *bits)
{
	char text[INET6_ADDRSTRLEN + sizeof "/128" - 1], *slash, *end;
	unsigned long n;

	if (length >= sizeof text)
		return false;
	memcpy(text, word, length);
	text[length] = '\0';
	slash = strchr(text, '/');
	if (slash != NULL)
		*slash++ = '\0';
	if (!address_parse(text, a))
		return false;
	*bits = 128;
	if (slash == NULL)
		return true;
	n = strtoul(slash, &end, 10);
	if (*slash < '0' || *slash > '9' || *end != '\0' || n > (is_mapped(a) ? 32 : 128))
		return false;
	*bits = (unsigned)n + (is_mapped(a) ? 96 : 0);
	return true;
}

static bool same_network(const struct address *a, const struct address *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a->bytes, b->bytes, whole) != 0)
		return false;
	return rest == 0 || (a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest) == 0;
}

bool address_in_list(const struct address *a, const char *list)
{
	struct address network;
	unsigned bits;
	size_t length;

	for (const char *p = list; *(p += strspn(p, " ")) != '\0'; p += length) {
		length = strcspn(p, " ");
		if (parse_network(p, length, &network, &bits) && same_network(a, &network, bits))
			return true;
	}
	return false;
}

bool address_check_list(const char *list)
{
	struct address network;
	unsigned bits;
	size_t length;

	for (const char *p = list; *(p += strspn(p, " ")) != '\0'; p += length) {
		length = strcspn(p, " ");
		if (!parse_network(p, length, &network, &bits))
			return false;
	}
	return true;
}
