/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The launcher up to its first child: everything that can stop the start does so here. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "src/launcher.h"
#include "src/log.h"

/* 128 bits, base64url: as long as a session's id. */
static void make_token(struct conf *conf)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t random[16 + 1] = { 0 };

	if (strcmp(conf->identity, "token") != 0 || conf->token[0] != '\0')
		return;
	if (getrandom(random, 16, 0) != 16)
		die("getrandom: %s", strerror(errno));
	for (int i = 0; i < 22; i++) {
		unsigned bit = (unsigned)i * 6, pair = random[bit / 8] << 8 | random[bit / 8 + 1];

		conf->token[i] = digits[pair >> (10 - bit % 8) & 63];
	}
	conf->token[22] = '\0';
}

/* What the machine has to give before anything is served.  What is missing is
 * said with its cure; the level is never lowered. */
static void require_level(struct launcher *launcher)
{
	struct sandbox_finding found[SANDBOX_FINDINGS_MAX];
	enum isolation best;
	size_t count = sandbox_probe(launcher->policy, found, &best);

	if (best >= launcher->level)
		return;
	for (size_t i = 0; i < count; i++)
		if (!found[i].ok && !found[i].optional && found[i].needed_for <= launcher->level)
			log_error("%s: %s. %s", found[i].name, found[i].detail, found[i].cure);
	die("this machine gives isolation %s, and %s is asked for; penguintrace doctor says more, "
	    "--isolation %s starts with less", sandbox_level_name(best), sandbox_level_name(launcher->level),
	    sandbox_level_name(best));
}

static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

void launcher_prepare(struct launcher *launcher)
{
	struct sandbox_error error;
	char why[CONF_WHY_MAX];

	LIST_INIT(&launcher->children);
	STAILQ_INIT(&launcher->reports);
	launcher->channel = -1;
	launcher->level = (enum isolation)sandbox_level(launcher->conf.isolation);
	if (!sandbox_uid_range(&launcher->uid_first, &launcher->uid_count))
		launcher->uid_count = 0;
	raise_descriptors();
	signal(SIGPIPE, SIG_IGN);
	make_token(&launcher->conf);
	if (listen_open(launcher, why) < 0 || children_prepare(launcher, why) < 0)
		die("%s", why);
	if (sandbox_launcher(&error) < 0)
		die("%s", error.what);
	launcher->policy = sandbox_policy(&error);
	if (launcher->policy < 0)
		die("%s", error.what);
	require_level(launcher);
	if (launcher_events(launcher) < 0)
		die("cannot make the event loop");
	if (children_directory(launcher, why) < 0)
		die("%s", why);
}
