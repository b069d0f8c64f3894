# SPDX-License-Identifier: AGPL-3.0-or-later
# Fuzz targets: `make fuzz-NAME' with CC=clang; run ./fuzz-NAME CORPUS.  contrib/check
# builds them and runs each for a bounded number of inputs.
fuzz_cflags = $(AM_CFLAGS) -fsanitize=fuzzer,address,undefined
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer,address,undefined

EXTRA_PROGRAMS += fuzz-msg
fuzz_msg_SOURCES = tests/fuzz/fuzz-msg.c src/msg.c src/mpread.c
fuzz_msg_CFLAGS = $(fuzz_cflags) $(MSGPACK_CFLAGS)
fuzz_msg_LDFLAGS = $(fuzz_ldflags)
fuzz_msg_LDADD = $(MSGPACK_LIBS)
