# SPDX-License-Identifier: AGPL-3.0-or-later
check_PROGRAMS += tests/unit/test-writer tests/unit/test-session tests/unit/test-session-clients tests/unit/test-session-control tests/unit/test-literal tests/unit/test-syscalls
TESTS += tests/unit/test-writer tests/unit/test-session tests/unit/test-session-clients tests/unit/test-session-control tests/unit/test-literal tests/unit/test-syscalls

session_test_flags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(MSGPACK_CFLAGS)
session_test_libs = libsession.a librequest.a libshared.a \
	$(CMOCKA_LIBS) $(EVENT_LIBS) $(JANSSON_LIBS) $(MSGPACK_LIBS)

tests_unit_test_writer_SOURCES = tests/unit/test-writer.c tests/unit/unit.h
tests_unit_test_writer_CFLAGS = $(session_test_flags)
tests_unit_test_writer_LDADD = $(session_test_libs)
session_host = tests/unit/session-host.c tests/unit/session-host.h tests/unit/unit.h \
	tests/unit/fake-control.c tests/unit/fake-control.h \
	tests/unit/fake-record.c tests/unit/fake-program.c
# libprogram.a for the register table only: what it means is the fake's.
session_host_libs = libsession.a libprogram.a $(session_test_libs) $(DEMANGLE_LIBS)
tests_unit_test_session_SOURCES = tests/unit/test-session.c $(session_host)
tests_unit_test_session_CFLAGS = $(session_test_flags)
tests_unit_test_session_LDADD = $(session_host_libs)
tests_unit_test_session_clients_SOURCES = tests/unit/test-session-clients.c $(session_host)
tests_unit_test_session_clients_CFLAGS = $(session_test_flags)
tests_unit_test_session_clients_LDADD = $(session_host_libs)
tests_unit_test_session_control_SOURCES = tests/unit/test-session-control.c $(session_host)
tests_unit_test_session_control_CFLAGS = $(session_test_flags)
tests_unit_test_session_control_LDADD = $(session_host_libs)
tests_unit_test_literal_SOURCES = tests/unit/test-literal.c tests/unit/unit.h
tests_unit_test_literal_CFLAGS = $(session_test_flags)
tests_unit_test_literal_LDADD = $(session_test_libs)
tests_unit_test_syscalls_SOURCES = tests/unit/test-syscalls.c tests/unit/unit.h
tests_unit_test_syscalls_CFLAGS = $(session_test_flags)
tests_unit_test_syscalls_LDADD = $(session_test_libs)
