# SPDX-License-Identifier: AGPL-3.0-or-later
# One a line: each piece adds its own.
engine_tests = \
	tests/unit/test-affinity \
	tests/unit/test-ahead tests/unit/test-pace \
	tests/unit/test-timeline \
	tests/unit/test-index \
	tests/unit/test-cut tests/unit/test-rewind tests/unit/test-remake \
	tests/unit/test-engine \
	tests/unit/test-search \
	tests/unit/test-live \
	tests/unit/test-vector \
	tests/unit/test-fidelity tests/unit/test-stepping tests/unit/test-leaps tests/unit/test-turns \
	tests/unit/test-wandering \
	tests/unit/test-whatif \
	tests/unit/test-watch \
	tests/unit/test-break \
	tests/unit/test-calls \
	tests/unit/test-catch tests/unit/test-signals
check_PROGRAMS += $(engine_tests)
TESTS += $(engine_tests)

tests_unit_test_timeline_SOURCES = tests/unit/test-timeline.c
tests_unit_test_timeline_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_timeline_LDADD = libtimeline.a $(CMOCKA_LIBS)

tests_unit_test_cut_SOURCES = tests/unit/test-cut.c
tests_unit_test_cut_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_cut_LDADD = libtimeline.a $(CMOCKA_LIBS)
tests_unit_test_index_SOURCES = tests/unit/test-index.c tests/unit/unit.h
tests_unit_test_index_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_index_LDADD = libtimeline.a libprogram.a $(CMOCKA_LIBS)

# Real programs under control, in a sandbox that is none.
engine_host = tests/unit/engine-host.c tests/unit/engine-host.h
engine_flags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS)
engine_libs = libengine.a libtimeline.a libprogram.a libshared.a $(CMOCKA_LIBS) $(EVENT_LIBS) \
	$(DW_LIBS) $(ELF_LIBS) $(CAPSTONE_LIBS) $(DEMANGLE_LIBS)
tests_unit_test_engine_SOURCES = tests/unit/test-engine.c $(engine_host)
tests_unit_test_engine_CFLAGS = $(engine_flags)
tests_unit_test_engine_LDADD = $(engine_libs)
tests_unit_test_stepping_SOURCES = tests/unit/test-stepping.c tests/unit/stepping-programs.h $(engine_host)
tests_unit_test_stepping_CFLAGS = $(engine_flags)
tests_unit_test_stepping_LDADD = $(engine_libs)
tests_unit_test_leaps_SOURCES = tests/unit/test-leaps.c tests/unit/stepping-programs.h $(engine_host)
tests_unit_test_leaps_CFLAGS = $(engine_flags)
tests_unit_test_leaps_LDADD = $(engine_libs)
tests_unit_test_remake_SOURCES = tests/unit/test-remake.c $(engine_host)
tests_unit_test_remake_CFLAGS = $(engine_flags)
tests_unit_test_remake_LDADD = $(engine_libs)
tests_unit_test_rewind_SOURCES = tests/unit/test-rewind.c $(engine_host)
tests_unit_test_rewind_CFLAGS = $(engine_flags)
tests_unit_test_rewind_LDADD = $(engine_libs)
tests_unit_test_turns_SOURCES = tests/unit/test-turns.c $(engine_host)
tests_unit_test_turns_CFLAGS = $(engine_flags)
tests_unit_test_turns_LDADD = $(engine_libs)
tests_unit_test_search_SOURCES = tests/unit/test-search.c tests/unit/unit.h $(engine_host)
tests_unit_test_search_CFLAGS = $(engine_flags)
tests_unit_test_search_LDADD = $(engine_libs)
tests_unit_test_live_SOURCES = tests/unit/test-live.c $(engine_host)
tests_unit_test_live_CFLAGS = $(engine_flags)
tests_unit_test_live_LDADD = $(engine_libs)
tests_unit_test_watch_SOURCES = tests/unit/test-watch.c $(engine_host)
tests_unit_test_watch_CFLAGS = $(engine_flags)
tests_unit_test_watch_LDADD = $(engine_libs)
tests_unit_test_vector_SOURCES = tests/unit/test-vector.c $(engine_host)
tests_unit_test_vector_CFLAGS = $(engine_flags)
tests_unit_test_vector_LDADD = $(engine_libs)
tests_unit_test_break_SOURCES = tests/unit/test-break.c $(engine_host)
tests_unit_test_break_CFLAGS = $(engine_flags)
tests_unit_test_break_LDADD = $(engine_libs)
tests_unit_test_fidelity_SOURCES = tests/unit/test-fidelity.c tests/unit/fidelity.c tests/unit/fidelity.h \
	tests/unit/fidelity-programs.c tests/unit/fidelity-programs.h $(engine_host)
tests_unit_test_fidelity_CFLAGS = $(engine_flags)
tests_unit_test_fidelity_LDADD = $(engine_libs)
tests_unit_test_wandering_SOURCES = tests/unit/test-wandering.c tests/unit/fidelity.c tests/unit/fidelity.h $(engine_host)
tests_unit_test_wandering_CFLAGS = $(engine_flags)
tests_unit_test_wandering_LDADD = $(engine_libs)
tests_unit_test_whatif_SOURCES = tests/unit/test-whatif.c $(engine_host)
tests_unit_test_whatif_CFLAGS = $(engine_flags)
tests_unit_test_whatif_LDADD = $(engine_libs)
tests_unit_test_calls_SOURCES = tests/unit/test-calls.c $(engine_host)
tests_unit_test_calls_CFLAGS = $(engine_flags)
tests_unit_test_calls_LDADD = $(engine_libs)
tests_unit_test_catch_SOURCES = tests/unit/test-catch.c $(engine_host)
tests_unit_test_catch_CFLAGS = $(engine_flags)
tests_unit_test_catch_LDADD = $(engine_libs)
tests_unit_test_affinity_SOURCES = tests/unit/test-affinity.c tests/unit/unit.h $(engine_host)
tests_unit_test_affinity_CFLAGS = $(engine_flags)
tests_unit_test_affinity_LDADD = $(engine_libs)
tests_unit_test_pace_SOURCES = tests/unit/test-pace.c tests/unit/ahead-programs.h $(engine_host)
tests_unit_test_pace_CFLAGS = $(engine_flags)
tests_unit_test_pace_LDADD = $(engine_libs)
tests_unit_test_ahead_SOURCES = tests/unit/test-ahead.c tests/unit/ahead-programs.h $(engine_host)
tests_unit_test_ahead_CFLAGS = $(engine_flags)
tests_unit_test_ahead_LDADD = $(engine_libs)
tests_unit_test_signals_SOURCES = tests/unit/test-signals.c $(engine_host)
tests_unit_test_signals_CFLAGS = $(engine_flags)
tests_unit_test_signals_LDADD = $(engine_libs)
