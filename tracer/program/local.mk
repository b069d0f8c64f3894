# SPDX-License-Identifier: AGPL-3.0-or-later
# What the program's bytes mean, over a view.  Who links libprogram.a links
# $(DW_LIBS) $(ELF_LIBS) $(CAPSTONE_LIBS) $(DEMANGLE_LIBS).
noinst_LIBRARIES += libprogram.a
libprogram_a_CPPFLAGS = $(AM_CPPFLAGS)
libprogram_a_CFLAGS = $(AM_CFLAGS) $(DW_CFLAGS) $(ELF_CFLAGS) $(CAPSTONE_CFLAGS)
libprogram_a_SOURCES = \
	tracer/registers.h tracer/registers.c tracer/vector.h tracer/vector.c \
	tracer/timeline/view.h \
	tracer/program/context.c tracer/program/context.h \
	tracer/program/demangle.c tracer/program/demangle.h \
	tracer/program/die.c tracer/program/die.h \
	tracer/program/disasm.c tracer/program/disasm.h \
	tracer/program/expr.c tracer/program/expr.h tracer/program/expr-private.h \
	tracer/program/expr-arith.c tracer/program/expr-lex.c tracer/program/expr-member.c \
	tracer/program/expr-names.c tracer/program/expr-operand.c tracer/program/expr-print.c tracer/program/expr-type.c \
	tracer/program/expr-parse.c tracer/program/expr-parse-type.c \
	tracer/program/expr-parse-unary.c tracer/program/expr-parser.h \
	tracer/program/expr-evaluate.c tracer/program/expr-pointer.c tracer/program/expr-resolve.c \
	tracer/program/frames.c tracer/program/frames.h \
	tracer/program/functions.c tracer/program/functions.h \
	tracer/program/image.c tracer/program/image.h tracer/program/image-private.h \
	tracer/program/inlined.c tracer/program/inlined.h tracer/program/inlined-private.h \
	tracer/program/kind.c tracer/program/kind.h \
	tracer/program/libraries.c \
	tracer/program/line-table.c \
	tracer/program/lines.c tracer/program/lines.h \
	tracer/program/location.c tracer/program/location-read.c tracer/program/location.h \
	tracer/program/module.c tracer/program/module.h \
	tracer/program/printers.c \
	tracer/program/scope.c tracer/program/scope.h \
	tracer/program/subprogram.c tracer/program/subprogram.h \
	tracer/program/symbols.c \
	tracer/program/text.c tracer/program/text.h \
	tracer/program/thrown.c tracer/program/thrown.h \
	tracer/program/type.c tracer/program/type.h \
	tracer/program/unwind.c tracer/program/unwind.h \
	tracer/program/unwind-guess.c tracer/program/unwind-guess.h \
	tracer/program/value.c tracer/program/value.h tracer/program/value-private.h \
	tracer/program/value-aggregate.c tracer/program/value-number.c \
	tracer/program/variables.c tracer/program/variables.h
if ARCH_X86_64
libprogram_a_SOURCES += tracer/registers-x86_64.c tracer/vector-x86_64.c tracer/program/unwind-guess-x86_64.c
endif
if ARCH_AARCH64
libprogram_a_SOURCES += tracer/registers-aarch64.c tracer/vector-aarch64.c tracer/program/unwind-guess-aarch64.c
endif
