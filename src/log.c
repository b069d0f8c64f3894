/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/log.h"

#define LINE_MAX_BYTES 1024

static const char *process_name = "penguintrace";
static enum log_level threshold = LOG_LEVEL_INFO;

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info", [LOG_LEVEL_DEBUG] = "debug",
};

void log_init(const char *name, enum log_level level)
{
	process_name = name;
	threshold = level;
}

enum log_level log_level_of(const char *word)
{
	for (size_t i = 0; i < sizeof level_names / sizeof *level_names; i++)
		if (strcmp(word, level_names[i]) == 0)
			return (enum log_level)i;
	return LOG_LEVEL_INFO;
}

static size_t append_text(char *line, size_t used, const char *text)
{
	for (; *text != '\0' && used < LINE_MAX_BYTES - 6; text++) {
		unsigned char c = (unsigned char)*text;

		/* A stranger's text must not forge lines or steer a terminal. */
		if (c < 0x20 || c == 0x7f)
			used += (size_t)sprintf(line + used, "\\x%02x", c);
		else
			line[used++] = (char)c;
	}
	return used;
}

__attribute__((format(printf, 2, 0)))
static void write_line(enum log_level level, const char *format, va_list args)
{
	char text[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
	int error = errno;
	struct timespec now;
	struct tm utc;
	size_t used;

	if (level > threshold)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	used = strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%S", &utc);
	used += (size_t)snprintf(line + used, sizeof line - used, ".%03ldZ %s[%d] %s: ",
	    now.tv_nsec / 1000000, process_name, (int)getpid(), level_names[level]);
	vsnprintf(text, sizeof text, format, args);
	used = append_text(line, used, text);
	line[used++] = '\n';
	(void)!write(STDERR_FILENO, line, used);	/* nowhere to say that it failed */
	errno = error;
}

#define LEVEL(function, level)					\
void function(const char *format, ...)				\
{								\
	va_list args;						\
								\
	va_start(args, format);					\
	write_line(level, format, args);			\
	va_end(args);						\
}

LEVEL(log_error, LOG_LEVEL_ERROR)
LEVEL(log_warning, LOG_LEVEL_WARNING)
LEVEL(log_info, LOG_LEVEL_INFO)
LEVEL(log_debug, LOG_LEVEL_DEBUG)

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(LOG_LEVEL_ERROR, format, args);
	va_end(args);
	exit(1);
}
