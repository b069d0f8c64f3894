# SPDX-License-Identifier: AGPL-3.0-or-later
# What tests/bench/run measures with; built with the tests, run by nobody but it.
check_PROGRAMS += tests/bench/bare-step tests/bench/record-steps tests/bench/search-log \
	tests/bench/step-over

tests_bench_bare_step_SOURCES = tests/bench/bare-step.c tests/bench/measure.h
tests_bench_record_steps_SOURCES = tests/bench/record-steps.c tests/bench/measure.h $(engine_host)
tests_bench_record_steps_CFLAGS = $(engine_flags)
tests_bench_record_steps_LDADD = $(engine_libs)
tests_bench_search_log_SOURCES = tests/bench/search-log.c tests/bench/measure.h $(engine_host)
tests_bench_search_log_CFLAGS = $(engine_flags)
tests_bench_search_log_LDADD = $(engine_libs)
tests_bench_step_over_SOURCES = tests/bench/step-over.c tests/bench/measure.h $(engine_host)
tests_bench_step_over_CFLAGS = $(engine_flags)
tests_bench_step_over_LDADD = $(engine_libs)
