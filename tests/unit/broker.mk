# SPDX-License-Identifier: AGPL-3.0-or-later
check_PROGRAMS += tests/unit/test-broker-table
TESTS += tests/unit/test-broker-table
tests_unit_test_broker_table_SOURCES = tests/unit/test-broker-table.c
tests_unit_test_broker_table_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_broker_table_LDADD = libbroker.a libshared.a $(CMOCKA_LIBS) $(EVENT_LIBS) $(MSGPACK_LIBS)
