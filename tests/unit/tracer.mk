# SPDX-License-Identifier: AGPL-3.0-or-later
check_PROGRAMS += tests/unit/test-timeline
TESTS += tests/unit/test-timeline

tests_unit_test_timeline_SOURCES = tests/unit/test-timeline.c
tests_unit_test_timeline_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_timeline_LDADD = libtimeline.a $(CMOCKA_LIBS)
