/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What every cmocka test includes, in the order that cmocka wants; TAP output. */
#ifndef PT_UNIT_H
#define PT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define RUN_TESTS(tests) \
	(cmocka_set_message_output(CM_OUTPUT_TAP), \
	 cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL))

#endif
