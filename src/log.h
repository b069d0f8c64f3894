/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Log lines on standard error: time, process, level, text; one write(2) a
 * line, control characters escaped, 1 KiB at the most (text that a stranger
 * wrote may be in it).  errno stays what it was.  Libraries return codes; processes log and decide.
 */
#ifndef PT_LOG_H
#define PT_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* name is kept, not copied.  Before this, lines say "penguintrace" and level INFO. */
void log_init(const char *name, enum log_level);

/* Of the setting log_level: "error", "warning", "info" or "debug"; INFO for another word. */
enum log_level log_level_of(const char *word);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A broken invariant: log and exit with status 1.  Never for what a stranger
 * can cause. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
