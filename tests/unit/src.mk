# SPDX-License-Identifier: AGPL-3.0-or-later
check_PROGRAMS += tests/unit/test-mpread tests/unit/test-msg tests/unit/test-chan tests/unit/test-conf
TESTS += tests/unit/test-mpread tests/unit/test-msg tests/unit/test-chan tests/unit/test-conf

src_test_flags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS) $(MSGPACK_CFLAGS)
src_test_libs = libshared.a $(CMOCKA_LIBS) $(EVENT_LIBS) $(MSGPACK_LIBS)

tests_unit_test_mpread_SOURCES = tests/unit/test-mpread.c
tests_unit_test_mpread_CFLAGS = $(src_test_flags)
tests_unit_test_mpread_LDADD = $(src_test_libs)
tests_unit_test_msg_SOURCES = tests/unit/test-msg.c
tests_unit_test_msg_CFLAGS = $(src_test_flags)
tests_unit_test_msg_LDADD = $(src_test_libs)
tests_unit_test_chan_SOURCES = tests/unit/test-chan.c
tests_unit_test_chan_CFLAGS = $(src_test_flags)
tests_unit_test_chan_LDADD = $(src_test_libs)
tests_unit_test_conf_SOURCES = tests/unit/test-conf.c
tests_unit_test_conf_CFLAGS = $(src_test_flags)
tests_unit_test_conf_LDADD = $(src_test_libs)
