/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Signals in words.  Apart from the rest because <signal.h> and registers.h
 * both want the names REG_…. */
#ifndef PT_SIGNALS_H
#define PT_SIGNALS_H

#include <stddef.h>

/* "SIGSEGV", "signal 40". */
void signal_name(int number, char *name, size_t size);
/* "SIGUSR1", "USR1", "SIGRTMIN+2" → its number, -1: none. */
int signal_number(const char *name);
/* "Segmentation fault". */
const char *signal_description(int number);

#endif
