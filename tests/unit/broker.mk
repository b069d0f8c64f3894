# SPDX-License-Identifier: AGPL-3.0-or-later
check_PROGRAMS += tests/unit/test-broker-table tests/unit/test-broker-cache
TESTS += tests/unit/test-broker-table tests/unit/test-broker-cache

broker_test_flags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
broker_test_libs = libbroker.a libshared.a $(CMOCKA_LIBS) $(EVENT_LIBS) $(MSGPACK_LIBS)

tests_unit_test_broker_table_SOURCES = tests/unit/test-broker-table.c
tests_unit_test_broker_table_CFLAGS = $(broker_test_flags)
tests_unit_test_broker_table_LDADD = $(broker_test_libs)
tests_unit_test_broker_cache_SOURCES = tests/unit/test-broker-cache.c
tests_unit_test_broker_cache_CFLAGS = $(broker_test_flags)
tests_unit_test_broker_cache_LDADD = $(broker_test_libs)
