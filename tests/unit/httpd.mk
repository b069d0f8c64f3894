# SPDX-License-Identifier: AGPL-3.0-or-later
check_PROGRAMS += tests/unit/test-httpd-head tests/unit/test-httpd-guard
TESTS += tests/unit/test-httpd-head tests/unit/test-httpd-guard

tests_unit_test_httpd_head_SOURCES = tests/unit/test-httpd-head.c
tests_unit_test_httpd_head_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_httpd_head_LDADD = libhttpd.a $(CMOCKA_LIBS)

tests_unit_test_httpd_guard_SOURCES = tests/unit/test-httpd-guard.c
tests_unit_test_httpd_guard_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_httpd_guard_LDADD = libhttpd.a libshared.a $(CMOCKA_LIBS) $(EVENT_LIBS) $(MSGPACK_LIBS)
