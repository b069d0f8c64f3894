# SPDX-License-Identifier: AGPL-3.0-or-later
# The record of the program's run.  No library, no process.
noinst_LIBRARIES += libtimeline.a
libtimeline_a_SOURCES = \
	tracer/timeline/block.h \
	tracer/timeline/callstack.h tracer/timeline/callstack.c \
	tracer/timeline/changes.c \
	tracer/timeline/codec.h tracer/timeline/codec.c tracer/timeline/codec-private.h \
	tracer/timeline/codec-vector.c tracer/timeline/codec-write.c tracer/timeline/varint.h \
	tracer/timeline/cut.c \
	tracer/timeline/events.h tracer/timeline/events.c \
	tracer/timeline/index.h tracer/timeline/index.c \
	tracer/timeline/moment.c \
	tracer/timeline/pages.h tracer/timeline/pages.c \
	tracer/timeline/recorder.h tracer/timeline/recorder.c tracer/effect.h \
	tracer/timeline/regions.h tracer/timeline/regions.c \
	tracer/timeline/search.c \
	tracer/timeline/seek.c \
	tracer/timeline/spans.h tracer/timeline/spans.c \
	tracer/timeline/timeline.h tracer/timeline/timeline.c \
	tracer/timeline/trail.h tracer/timeline/trail.c \
	tracer/timeline/view.h tracer/timeline/view.c \
	tracer/timeline/visits.h tracer/timeline/visits.c
