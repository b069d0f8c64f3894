# SPDX-License-Identifier: AGPL-3.0-or-later
# Unit tests (cmocka), run by `make check'.  Each process's own tests stand in
# the folder's file included here.
if HAVE_CMOCKA
include tests/unit/src.mk
include tests/unit/sandbox.mk
include tests/unit/broker.mk
include tests/unit/compiler.mk
include tests/unit/tracer.mk
include tests/unit/program.mk
include tests/unit/httpd.mk
include tests/bench/local.mk
include tests/unit/session.mk
endif
include tests/fuzz/local.mk
include tests/lib/local.mk
