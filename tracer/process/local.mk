# SPDX-License-Identifier: AGPL-3.0-or-later
# The live process and what drives it.  Who links libengine.a links libprogram.a,
# libtimeline.a, $(CAPSTONE_LIBS) and $(EVENT_LIBS).
noinst_LIBRARIES += libengine.a
libengine_a_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS) $(CAPSTONE_CFLAGS)
libengine_a_SOURCES = \
	tracer/control-ahead.c \
	tracer/control-back.c \
	tracer/control-break.c \
	tracer/control-break.h \
	tracer/control-calls.c \
	tracer/control-catch-calls.c \
	tracer/control-catch.c \
	tracer/control-catch.h \
	tracer/control-command.c \
	tracer/control-effects.c \
	tracer/control-end.c \
	tracer/control-frames.c \
	tracer/control-goal.c \
	tracer/control-goal.h \
	tracer/control-guard.c \
	tracer/control-kept.c \
	tracer/control-limits.c \
	tracer/control-live.c \
	tracer/control-over.c \
	tracer/control-private.h \
	tracer/control-reads.c \
	tracer/control-record.c \
	tracer/control-remake.c \
	tracer/control-regions.c \
	tracer/control-restore.c \
	tracer/control-rewind.c \
	tracer/control-rewind.h \
	tracer/control-runtime.c \
	tracer/control-signal.c \
	tracer/control-search.c \
	tracer/control-targets.c \
	tracer/control-start.c \
	tracer/control-step.c \
	tracer/control-stop.c \
	tracer/control-stretch.c \
	tracer/control-stretch.h \
	tracer/control-terminal.c \
	tracer/control-turn.c \
	tracer/control-watch.c \
	tracer/control-watch.h \
	tracer/control-write.c \
	tracer/control.c \
	tracer/control.h \
	tracer/effect.h \
	tracer/effects.def \
	tracer/process/affinity.c \
	tracer/process/affinity.h \
	tracer/process/arch.h \
	tracer/process/auxv.c \
	tracer/process/breakpoint.c \
	tracer/process/displaced.c \
	tracer/process/leave.c \
	tracer/process/memory.c \
	tracer/process/private.h \
	tracer/process/process.c \
	tracer/process/process.h \
	tracer/process/pty.c \
	tracer/process/pty.h \
	tracer/process/restore.c \
	tracer/process/signal.c \
	tracer/process/syscall.c \
	tracer/process/tracee.c \
	tracer/process/trap.c \
	tracer/process/watchpoint.c
if ARCH_X86_64
libengine_a_SOURCES += \
	tracer/process/arch/x86_64/breakpoint.c tracer/process/arch/x86_64/decode.c \
	tracer/process/arch/x86_64/decoder.h tracer/process/arch/x86_64/displace.c \
	tracer/process/arch/x86_64/read.c tracer/process/arch/x86_64/step.c tracer/process/arch/x86_64/syscall.c \
	tracer/process/arch/x86_64/touch.c tracer/process/arch/x86_64/transfer.c \
	tracer/process/arch/x86_64/vector.c tracer/process/arch/x86_64/watch.c
endif
if ARCH_AARCH64
libengine_a_SOURCES += \
	tracer/process/arch/aarch64/breakpoint.c tracer/process/arch/aarch64/decode.c \
	tracer/process/arch/aarch64/displace.c \
	tracer/process/arch/aarch64/read.c tracer/process/arch/aarch64/step.c tracer/process/arch/aarch64/syscall.c \
	tracer/process/arch/aarch64/transfer.c tracer/process/arch/aarch64/vector.c \
	tracer/process/arch/aarch64/watch.c
endif
