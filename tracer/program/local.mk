# SPDX-License-Identifier: AGPL-3.0-or-later
# What the program's bytes mean, over a view.
noinst_LIBRARIES += libprogram.a
libprogram_a_CPPFLAGS = $(AM_CPPFLAGS)
libprogram_a_CFLAGS = $(AM_CFLAGS) $(DW_CFLAGS) $(ELF_CFLAGS) $(CAPSTONE_CFLAGS)
libprogram_a_SOURCES = tracer/registers.h tracer/registers.c
if ARCH_X86_64
libprogram_a_SOURCES += tracer/registers-x86_64.c
endif
if ARCH_AARCH64
libprogram_a_SOURCES += tracer/registers-aarch64.c
endif
