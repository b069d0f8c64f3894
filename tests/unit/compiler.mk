# SPDX-License-Identifier: AGPL-3.0-or-later
check_PROGRAMS += tests/unit/test-request
tests_unit_test_request_SOURCES = tests/unit/test-request.c
tests_unit_test_request_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_request_LDADD = librequest.a $(JANSSON_LIBS) $(CMOCKA_LIBS)
TESTS += tests/unit/test-request
