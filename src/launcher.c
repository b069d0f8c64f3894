/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * penguintrace, the launcher: the one process that may have privileges.
 *
 * Who starts me:	a person, a service manager, a container.
 * What I hold:		the listeners, the filters, the programs of the others as
 *			sealed copies; as root, the right to give uids away.
 * What I never do:	parse what a stranger wrote; accept a connection; open a
 *			file after the start, but in /proc.
 * Whom I trust:	the broker, for two requests of fixed size.  If it breaks
 *			that contract or dies, everything ends and starts afresh.
 *
 * When I die, by SIGKILL too, all my children die (PR_SET_PDEATHSIG), and with
 * each of them its pid namespace.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "src/cli/cli.h"
#include "src/launcher.h"
#include "src/log.h"

#define DIED_YOUNG_MS 3000	/* a death before this age counts for the back-off */
#define DEATHS_MAX 8		/* so many in a row: it will not get better */
#define BACKOFF_MIN_MS 50
#define BACKOFF_MAX_MS 5000

/* -- the children's deaths ------------------------------------------------- */

static void after(struct event *timer, unsigned milliseconds)
{
	const struct timeval delay = { milliseconds / 1000, milliseconds % 1000 * 1000 };

	event_add(timer, &delay);
}

static void end_everything(struct launcher *launcher, int exit_status)
{
	launcher->state = ENDING;
	launcher->exit_status = exit_status;
	broker_close(launcher);
	children_kill(launcher);
	if (launcher->child_count == 0)
		launcher_all_gone(launcher);
}

/* Start it again soon; later each time that it dies young. */
static void start_again(struct launcher *launcher, struct backoff *backoff, const char *name, uint64_t started)
{
	unsigned delay = 1;

	backoff->deaths = milliseconds_now() - started < DIED_YOUNG_MS ? backoff->deaths + 1 : 0;
	if (backoff->deaths >= DEATHS_MAX) {
		log_error("%s died %u times in a row right after its start: giving up", name, backoff->deaths);
		end_everything(launcher, EXIT_FAILURE);
		return;
	}
	if (backoff->deaths > 0)
		delay = BACKOFF_MIN_MS << (backoff->deaths - 1);
	after(backoff->timer, delay < BACKOFF_MAX_MS ? delay : BACKOFF_MAX_MS);
}

static const char *describe(int status, char text[64])
{
	if (WIFSIGNALED(status))
		snprintf(text, 64, "killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(text, 64, "exit status %d", WEXITSTATUS(status));
	return text;
}

/* The machine's count of kills for memory since the last look. */
static bool killed_for_memory(struct launcher *launcher, const struct child *child, int status)
{
	cleanup_fclose FILE *file = NULL;
	unsigned long long value, before = launcher->out_of_memory;
	char name[64];

	if (child->killed || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		return false;
	file = fopen("/proc/vmstat", "re");
	while (file != NULL && fscanf(file, "%63s %llu", name, &value) == 2)
		if (strcmp(name, "oom_kill") == 0)
			launcher->out_of_memory = value;
	return launcher->out_of_memory > before;
}

void launcher_restart(struct launcher *launcher, const char *why)
{
	if (launcher->state == ENDING || launcher->state == RESTARTING)
		return;
	log_error("%s: ending every session and starting afresh", why);
	if (launcher->state == DRAINING) {
		end_everything(launcher, EXIT_SUCCESS);
		return;
	}
	launcher->state = RESTARTING;
	/* An httpd that was about to be started again comes with the new broker. */
	event_del(launcher->httpd_backoff.timer);
	broker_close(launcher);
	children_kill(launcher);
}

void launcher_child_gone(struct launcher *launcher, struct child *child, int status, const struct rusage *usage)
{
	char text[64];

	switch (child->kind) {
	case CHILD_BROKER:
		if (launcher->state == DRAINING) {
			end_everything(launcher, EXIT_SUCCESS);
		} else if (launcher->state != ENDING) {
			log_error("the broker has ended (%s)", describe(status, text));
			launcher_restart(launcher, "without the broker");
			start_again(launcher, &launcher->broker_backoff, "the broker", child->started);
		}
		break;
	case CHILD_HTTPD:
		if (launcher->state == SERVING || launcher->state == DRAINING) {
			log_error("httpd has died (%s): starting another", describe(status, text));
			start_again(launcher, &launcher->httpd_backoff, "httpd", child->started);
		}
		break;
	case CHILD_CLEANER:
		break;
	default:
		report_exit(launcher, child, status, usage, killed_for_memory(launcher, child, status));
		break;
	}
}

void launcher_all_gone(struct launcher *launcher)
{
	if (launcher->state == ENDING)
		event_base_loopbreak(launcher->base);
}

/* -- start and end --------------------------------------------------------- */

static void start_httpd(struct launcher *launcher)
{
	struct sandbox_error error;

	if (httpd_start(launcher, &error) == 0)
		return;
	log_error("cannot start httpd: %s", error.what);
	start_again(launcher, &launcher->httpd_backoff, "httpd", milliseconds_now());
}

/* After the broker's death: wait until the last of its sessions is gone. */
static void on_broker_timer(evutil_socket_t fd, short what, void *arg)
{
	struct launcher *launcher = arg;
	struct sandbox_error error;

	(void)fd;
	(void)what;
	if (launcher->state != RESTARTING)
		return;
	if (launcher->child_count > 0) {
		after(launcher->broker_backoff.timer, 1);
		return;
	}
	launcher->state = SERVING;
	if (broker_start(launcher, &error) < 0) {
		log_error("cannot start the broker: %s", error.what);
		broker_close(launcher);
		launcher->state = RESTARTING;
		start_again(launcher, &launcher->broker_backoff, "the broker", milliseconds_now());
		return;
	}
	start_httpd(launcher);
}

static void on_httpd_timer(evutil_socket_t fd, short what, void *arg)
{
	struct launcher *launcher = arg;

	(void)fd;
	(void)what;
	if (launcher->state == SERVING || launcher->state == DRAINING)
		start_httpd(launcher);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	log_info("drain_timeout is over");
	end_everything(arg, EXIT_SUCCESS);
}

static void on_child(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	children_reap(arg);
}

/* The first asks, the second insists, the third no longer waits for the dead. */
static void on_end(evutil_socket_t number, short what, void *arg)
{
	struct launcher *launcher = arg;

	(void)what;
	if (launcher->state == ENDING)
		_exit(EXIT_FAILURE);
	if (launcher->conf.drain_timeout == 0 || launcher->state != SERVING) {
		log_info("%s: ending", strsignal((int)number));
		end_everything(launcher, EXIT_SUCCESS);
		return;
	}
	log_info("%s: ending when the sessions have, in %llu s at the latest", strsignal((int)number),
	    (unsigned long long)launcher->conf.drain_timeout);
	launcher->state = DRAINING;
	children_signal(launcher, CHILD_HTTPD, SIGTERM);
	children_signal(launcher, CHILD_BROKER, SIGTERM);
	event_add(launcher->deadline, &(struct timeval){ .tv_sec = (time_t)launcher->conf.drain_timeout });
}

int launcher_events(struct launcher *launcher)
{
	static const int endings[] = { SIGTERM, SIGINT, SIGHUP };

	launcher->base = event_base_new();
	if (launcher->base == NULL)
		return -1;
	launcher->signals[0] = evsignal_new(launcher->base, SIGCHLD, on_child, launcher);
	for (int i = 0; i < 3; i++)
		launcher->signals[1 + i] = evsignal_new(launcher->base, endings[i], on_end, launcher);
	launcher->deadline = evtimer_new(launcher->base, on_deadline, launcher);
	launcher->broker_backoff.timer = evtimer_new(launcher->base, on_broker_timer, launcher);
	launcher->httpd_backoff.timer = evtimer_new(launcher->base, on_httpd_timer, launcher);
	if (launcher->deadline == NULL || launcher->broker_backoff.timer == NULL ||
	    launcher->httpd_backoff.timer == NULL)
		return -1;
	for (int i = 0; i < 4; i++)
		if (launcher->signals[i] == NULL || event_add(launcher->signals[i], NULL) < 0)
			return -1;
	return 0;
}

static void free_events(struct launcher *launcher)
{
	for (int i = 0; i < 4; i++)
		event_free(launcher->signals[i]);
	event_free(launcher->deadline);
	event_free(launcher->broker_backoff.timer);
	event_free(launcher->httpd_backoff.timer);
	event_base_free(launcher->base);
}

int main(int argc, char **argv)
{
	struct launcher launcher = { 0 };
	struct sandbox_error error;

	switch (cli_parse(argc, argv, &launcher.conf)) {
	case CLI_DOCTOR:
		return cli_doctor();
	case CLI_PROBE:
		return sandbox_probe_inside();
	case CLI_DONE:
		return EXIT_SUCCESS;
	case CLI_WRONG:
		return 2;
	case CLI_SERVE:
		break;
	}
	launcher_prepare(&launcher);
	if (broker_start(&launcher, &error) < 0 || httpd_start(&launcher, &error) < 0)
		die("cannot start: %s", error.what);
	listen_announce(&launcher);
	event_base_dispatch(launcher.base);
	children_end(&launcher);
	free_events(&launcher);
	return launcher.exit_status;
}
