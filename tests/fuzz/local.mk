# SPDX-License-Identifier: AGPL-3.0-or-later
# Fuzz targets: `make fuzz' with CC=clang; run ./fuzz-NAME CORPUS.  tests/fuzz/test-fuzz.sh
# runs each for a bounded number of inputs.
fuzz_cflags = $(AM_CFLAGS) -fsanitize=fuzzer,address,undefined
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer,address,undefined

fuzzers = fuzz-msg
fuzz_msg_SOURCES = tests/fuzz/fuzz-msg.c src/msg.c src/mpread.c
fuzz_msg_CFLAGS = $(fuzz_cflags) $(MSGPACK_CFLAGS)
fuzz_msg_LDFLAGS = $(fuzz_ldflags)
fuzz_msg_LDADD = $(MSGPACK_LIBS)

fuzzers += fuzz-args
fuzz_args_SOURCES = tests/fuzz/fuzz-args.c tracer/args.c tracer/args-table.c tracer/value.c \
	tracer/failure.c tracer/writer.c tracer/writer-text.c tracer/utf8.c src/mpread.c
fuzz_args_CFLAGS = $(fuzz_cflags) $(JANSSON_CFLAGS)
fuzz_args_LDFLAGS = $(fuzz_ldflags)
fuzz_args_LDADD = $(JANSSON_LIBS)

fuzzers += fuzz-request fuzz-diagnostics
fuzz_request_SOURCES = tests/fuzz/fuzz-request.c src/request.c src/request-files.c
fuzz_request_CFLAGS = $(fuzz_cflags) $(JANSSON_CFLAGS)
fuzz_request_LDFLAGS = $(fuzz_ldflags)
fuzz_request_LDADD = $(JANSSON_LIBS)
fuzz_diagnostics_SOURCES = tests/fuzz/fuzz-diagnostics.c compiler/diagnostics.c compiler/render.c \
	compiler/names.c compiler/assembly.c
fuzz_diagnostics_CFLAGS = $(fuzz_cflags) $(JANSSON_CFLAGS)
fuzz_diagnostics_LDFLAGS = $(fuzz_ldflags)
fuzz_diagnostics_LDADD = $(JANSSON_LIBS)

fuzzers += fuzz-head
fuzz_head_SOURCES = tests/fuzz/fuzz-head.c httpd/head.c httpd/guard.c httpd/address.c \
	httpd/identity.c httpd/handshake.c src/conf.c src/conf-forms.c src/fdutil.c
fuzz_head_CFLAGS = $(fuzz_cflags)
fuzz_head_LDFLAGS = $(fuzz_ldflags)

EXTRA_PROGRAMS += $(fuzzers)
fuzz: $(fuzzers)
.PHONY: fuzz
CLEANFILES += $(fuzzers)
