# SPDX-License-Identifier: AGPL-3.0-or-later
check_PROGRAMS += tests/unit/request-test
tests_unit_request_test_SOURCES = tests/unit/request-test.c
tests_unit_request_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_request_test_LDADD = librequest.a $(JANSSON_LIBS) $(CMOCKA_LIBS)
TESTS += tests/unit/request-test
