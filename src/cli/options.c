/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "config.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/cli/cli.h"
#include "src/log.h"
#include "src/sandbox/sandbox.h"

#define STANDARD_CONFIG SYSCONFDIR "/penguintrace.conf"
#define SETS_MAX 64

/* Options that are a setting's other name: value is the setting. */
enum { OPTION_HELP = 1, OPTION_VERSION, OPTION_CONFIG, OPTION_SET, OPTION_SETTING };

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "set", required_argument, NULL, OPTION_SET },
	{ "listen", required_argument, NULL, OPTION_SETTING },
	{ "isolation", required_argument, NULL, OPTION_SETTING },
	{ "identity", required_argument, NULL, OPTION_SETTING },
	{ 0 },
};

struct options {
	const char *config;
	struct { const char *option, *name, *value; } sets[SETS_MAX];	/* in their order */
	size_t set_count;
};

static void print_help(void)
{
	printf("Usage: penguintrace [OPTION…]\n"
	    "       penguintrace doctor\n"
	    "\n"
	    "Serve a page in which C, C++ and assembly are compiled and stepped, forwards and\n"
	    "backwards, and print its address.  doctor says what this machine offers.\n"
	    "\n"
	    "  --listen ADDR:PORT      serve there; port 0 takes a free one\n"
	    "  --config FILE           read settings from FILE (otherwise %s, if there)\n"
	    "  --isolation LEVEL       namespaces, restricted or none\n"
	    "  --identity WHO          token, none or proxy: who may ask; the holder of the printed token,\n"
	    "                          anybody on this machine, or whom a proxy names\n"
	    "  --set NAME=VALUE        any setting below\n"
	    "  --help                  print this\n"
	    "  --version               print version and licence\n"
	    "\n"
	    "Settings, also as NAME = VALUE in the file and as PENGUINTRACE_NAME in the environment:\n",
	    STANDARD_CONFIG);
	conf_print_help(stdout);
}

static void print_version(void)
{
	printf("penguintrace %s\n"
	    "Licence AGPL-3.0-or-later: <https://gnu.org/licenses/agpl.html>; its source is served at /source.tar.gz.\n"
	    "There is NO WARRANTY, to the extent permitted by law.\n", PACKAGE_VERSION);
}

static bool add_set(struct options *options, const char *option, const char *name, const char *value)
{
	if (options->set_count == SETS_MAX) {
		fprintf(stderr, "penguintrace: more than %d settings on the command line\n", SETS_MAX);
		return false;
	}
	options->sets[options->set_count].option = option;
	options->sets[options->set_count].name = name;
	options->sets[options->set_count++].value = value;
	return true;
}

/* NAME=VALUE, cut in place. */
static bool add_assignment(struct options *options, char *assignment)
{
	char *equals = strchr(assignment, '=');

	if (equals == NULL || equals == assignment) {
		fprintf(stderr, "penguintrace: --set %s: NAME=VALUE is expected\n", assignment);
		return false;
	}
	*equals = '\0';
	return add_set(options, "--set", assignment, equals + 1);
}

/* CLI_SERVE: go on. */
static enum cli_verb take_option(struct options *options, int which, int index)
{
	static const char *const dashed[] = { "--listen", "--isolation", "--identity" };
	const char *name = long_options[index].name;

	switch (which) {
	case OPTION_HELP:
		print_help();
		return CLI_DONE;
	case OPTION_VERSION:
		print_version();
		return CLI_DONE;
	case OPTION_CONFIG:
		options->config = optarg;
		return CLI_SERVE;
	case OPTION_SET:
		return add_assignment(options, optarg) ? CLI_SERVE : CLI_WRONG;
	case OPTION_SETTING:
		for (size_t i = 0; i < sizeof(dashed) / sizeof(dashed[0]); i++)
			if (strcmp(dashed[i] + 2, name) == 0)
				return add_set(options, dashed[i], name, optarg) ? CLI_SERVE : CLI_WRONG;
		return CLI_WRONG;
	default:
		fprintf(stderr, "Try penguintrace --help.\n");
		return CLI_WRONG;
	}
}

static bool read_settings(const struct options *options, struct conf *conf)
{
	char why[CONF_WHY_MAX] = "";
	const char *file = options->config;

	conf_defaults(conf);
	if (file == NULL && access(STANDARD_CONFIG, F_OK) == 0)
		file = STANDARD_CONFIG;
	if (file != NULL && conf_read_file(conf, file, why) < 0)
		goto wrong;
	if (conf_read_environment(conf, environ, why) < 0)
		goto wrong;
	for (size_t i = 0; i < options->set_count; i++)
		if (conf_set(conf, options->sets[i].option, options->sets[i].name, options->sets[i].value, why) < 0)
			goto wrong;
	return true;
wrong:
	fprintf(stderr, "penguintrace: %s\n", why);
	return false;
}

/* What no single setting's own check can see. */
static bool settings_agree(const struct conf *conf)
{
	if (strcmp(conf->identity, "proxy") != 0 || conf->proxy_peers[0] != '\0')
		return true;
	fprintf(stderr, "penguintrace: identity = proxy needs proxy_peers: the addresses whose header counts\n");
	return false;
}

static enum cli_verb take_verb(int argc, char **argv)
{
	if (optind == argc)
		return CLI_SERVE;
	if (strcmp(argv[optind], "doctor") == 0 && optind + 1 == argc)
		return CLI_DOCTOR;
	fprintf(stderr, "penguintrace: \"%s\" is no command of mine.  Try penguintrace --help.\n", argv[optind]);
	return CLI_WRONG;
}

enum cli_verb cli_parse(int argc, char **argv, struct conf *conf)
{
	struct options options = { 0 };
	enum cli_verb verb;
	int which, index = 0;

	if (strcmp(argv[0], SANDBOX_PROBE_NAME) == 0)
		return CLI_PROBE;
	while ((which = getopt_long(argc, argv, "", long_options, &index)) != -1)
		if ((verb = take_option(&options, which, index)) != CLI_SERVE)
			return verb;
	verb = take_verb(argc, argv);
	if (verb != CLI_SERVE)
		return verb;
	if (!read_settings(&options, conf) || !settings_agree(conf))
		return CLI_WRONG;
	log_init("penguintrace", log_level_of(conf->log_level));
	return CLI_SERVE;
}
