# SPDX-License-Identifier: AGPL-3.0-or-later
compiler_tests = tests/unit/test-request tests/unit/test-flags tests/unit/test-diagnostics \
	tests/unit/test-command tests/unit/test-workdir tests/unit/test-run tests/unit/test-compiler
check_PROGRAMS += $(compiler_tests)
TESTS += $(compiler_tests)

compiler_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
compiler_test_libs = libcompiler.a librequest.a libshared.a $(JANSSON_LIBS) $(CMOCKA_LIBS)

tests_unit_test_request_SOURCES = tests/unit/test-request.c
tests_unit_test_request_CFLAGS = $(compiler_test_cflags)
tests_unit_test_request_LDADD = librequest.a $(JANSSON_LIBS) $(CMOCKA_LIBS)
tests_unit_test_flags_SOURCES = tests/unit/test-flags.c
tests_unit_test_flags_CFLAGS = $(compiler_test_cflags)
tests_unit_test_flags_LDADD = $(compiler_test_libs)
tests_unit_test_diagnostics_SOURCES = tests/unit/test-diagnostics.c
tests_unit_test_diagnostics_CFLAGS = $(compiler_test_cflags)
tests_unit_test_diagnostics_LDADD = $(compiler_test_libs)
tests_unit_test_command_SOURCES = tests/unit/test-command.c
tests_unit_test_command_CFLAGS = $(compiler_test_cflags)
tests_unit_test_command_LDADD = $(compiler_test_libs)
tests_unit_test_workdir_SOURCES = tests/unit/test-workdir.c
tests_unit_test_workdir_CFLAGS = $(compiler_test_cflags)
tests_unit_test_workdir_LDADD = $(compiler_test_libs)
tests_unit_test_run_SOURCES = tests/unit/test-run.c
tests_unit_test_run_CFLAGS = $(compiler_test_cflags)
tests_unit_test_run_LDADD = $(compiler_test_libs)

# The real worker, in its sandbox.
tests_unit_test_compiler_SOURCES = tests/unit/test-compiler.c tests/unit/worker.c tests/unit/worker.h
tests_unit_test_compiler_CFLAGS = $(compiler_test_cflags) $(EVENT_CFLAGS) $(MSGPACK_CFLAGS)
tests_unit_test_compiler_LDADD = libsandboxspawn.a libsandbox.a libshared.a \
	$(SECCOMP_LIBS) $(CAP_LIBS) $(EVENT_LIBS) $(MSGPACK_LIBS) $(JANSSON_LIBS) $(CMOCKA_LIBS)
