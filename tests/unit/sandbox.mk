# SPDX-License-Identifier: AGPL-3.0-or-later
check_PROGRAMS += tests/unit/test-sandbox
TESTS += tests/unit/test-sandbox

tests_unit_test_sandbox_SOURCES = tests/unit/test-sandbox.c \
	tests/unit/sandbox-inside.h tests/unit/sandbox-inside.c tests/unit/sandbox-attempts.c
tests_unit_test_sandbox_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sandbox_LDADD = libsandboxspawn.a libsandbox.a libshared.a \
	$(SECCOMP_LIBS) $(CAP_LIBS) $(CMOCKA_LIBS) -lpthread -lutil
