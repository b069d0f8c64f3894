/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The listening sockets: opened here, before anything is started, so that httpd
 * can live in an empty network namespace, and kept across its death.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "src/conf-forms.h"
#include "src/launcher.h"

#define BACKLOG 511

static bool is_loopback(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
	return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* Whoever reaches the service could be anybody: then it must know who, and what
 * they run must be in a sandbox. */
static bool may_listen(const struct conf *conf, const struct sockaddr *address, const char *word, char *why)
{
	const char *setting = strcmp(conf->identity, "none") == 0 ? "identity" :
	    strcmp(conf->isolation, "none") == 0 ? "isolation" : NULL;

	if (setting == NULL || is_loopback(address))
		return true;
	snprintf(why, CONF_WHY_MAX, "listen: %s is no loopback address; %s = none is for 127.0.0.1 and [::1] only",
	    word, setting);
	return false;
}

static int open_socket(const struct addrinfo *address)
{
	const int on = 1;
	cleanup_close int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -1;
	if (address->ai_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		return -1;
	if (bind(fd, address->ai_addr, address->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0)
		return -1;
	return steal_fd(&fd);
}

static int open_word(struct launcher *launcher, const char *word, char *why)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *address = NULL;
	char host[64], port[8];
	int fd = -1;

	if (launcher->listener_count == LISTENERS_MAX) {
		snprintf(why, CONF_WHY_MAX, "listen: more than %d addresses", LISTENERS_MAX);
		return -1;
	}
	if (!conf_split_address(word, host, port) || getaddrinfo(host, port, &hints, &address) != 0) {
		snprintf(why, CONF_WHY_MAX, "listen: \"%s\" is not ADDR:PORT with a numeric address; "
		    "[::1]:8080 for IPv6, port 0 … 65535", word);
		return -1;
	}
	if (may_listen(&launcher->conf, address->ai_addr, word, why)) {
		fd = open_socket(address);
		if (fd < 0)
			snprintf(why, CONF_WHY_MAX, "listen: %s: %s%s", word, strerror(errno),
			    errno == EADDRINUSE ? " (another service is there; --listen 127.0.0.1:0 takes a free port)" : "");
	}
	freeaddrinfo(address);
	if (fd < 0)
		return -1;
	launcher->listeners[launcher->listener_count++] = fd;
	return 0;
}

int listen_open(struct launcher *launcher, char *why)
{
	char words[sizeof(launcher->conf.listen)], *rest = words;

	snprintf(words, sizeof(words), "%s", launcher->conf.listen);
	for (char *word; (word = strsep(&rest, " \t")) != NULL; )
		if (*word != '\0' && open_word(launcher, word, why) < 0)
			return -1;
	if (launcher->listener_count == 0) {
		snprintf(why, CONF_WHY_MAX, "listen: no address");
		return -1;
	}
	return 0;
}

static void announce(const struct launcher *launcher, int fd)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	char host[INET6_ADDRSTRLEN], port[8];
	bool token = strcmp(launcher->conf.identity, "token") == 0;
	bool six;

	if (getsockname(fd, (struct sockaddr *)&address, &length) < 0 ||
	    getnameinfo((struct sockaddr *)&address, length, host, sizeof(host), port, sizeof(port),
	    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return;
	six = address.ss_family == AF_INET6;
	printf("penguintrace: serving on http://%s%s%s:%s/%s%s\n", six ? "[" : "", host, six ? "]" : "", port,
	    token ? "?token=" : "", token ? launcher->conf.token : "");
}

void listen_announce(const struct launcher *launcher)
{
	for (size_t i = 0; i < launcher->listener_count; i++)
		announce(launcher, launcher->listeners[i]);
	fflush(stdout);
}
