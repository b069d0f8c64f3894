# SPDX-License-Identifier: AGPL-3.0-or-later
program_tests = tests/unit/test-disasm tests/unit/test-expr tests/unit/test-hostile tests/unit/test-image \
	tests/unit/test-unwind tests/unit/test-variables
check_PROGRAMS += $(program_tests)
TESTS += $(program_tests)

program_test_flags = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
program_test_libs = libprogram.a $(CMOCKA_LIBS) $(DW_LIBS) $(ELF_LIBS) $(CAPSTONE_LIBS) $(DEMANGLE_LIBS)
program_live = tests/unit/live.c tests/unit/live.h tests/unit/unit.h

tests_unit_test_disasm_SOURCES = tests/unit/test-disasm.c tests/unit/unit.h
tests_unit_test_disasm_CFLAGS = $(program_test_flags)
tests_unit_test_disasm_LDADD = $(program_test_libs)
tests_unit_test_expr_SOURCES = tests/unit/test-expr.c $(program_live)
tests_unit_test_expr_CFLAGS = $(program_test_flags)
tests_unit_test_expr_LDADD = $(program_test_libs)
tests_unit_test_hostile_SOURCES = tests/unit/test-hostile.c $(program_live)
tests_unit_test_hostile_CFLAGS = $(program_test_flags)
tests_unit_test_hostile_LDADD = $(program_test_libs)
tests_unit_test_image_SOURCES = tests/unit/test-image.c $(program_live)
tests_unit_test_image_CFLAGS = $(program_test_flags)
tests_unit_test_image_LDADD = $(program_test_libs)
tests_unit_test_unwind_SOURCES = tests/unit/test-unwind.c $(program_live)
tests_unit_test_unwind_CFLAGS = $(program_test_flags)
tests_unit_test_unwind_LDADD = $(program_test_libs)
tests_unit_test_variables_SOURCES = tests/unit/test-variables.c $(program_live)
tests_unit_test_variables_CFLAGS = $(program_test_flags)
tests_unit_test_variables_LDADD = $(program_test_libs)
