# SPDX-License-Identifier: AGPL-3.0-or-later
pkglibexec_PROGRAMS += penguintrace-broker

# All but main.c, so that unit tests link the same code.
noinst_LIBRARIES += libbroker.a
libbroker_a_SOURCES = \
	broker/broker.h \
	broker/answer.h broker/answer.c \
	broker/cache.h broker/cache.c \
	broker/deadline.h broker/deadline.c \
	broker/ended.h broker/ended.c \
	broker/front.h broker/front.c \
	broker/handlers.h \
	broker/launcher.h broker/launcher.c \
	broker/limits.h broker/limits.c \
	broker/probe.h broker/probe.c \
	broker/queue.h broker/queue.c \
	broker/requests.c \
	broker/session.h broker/session.c \
	broker/table.h broker/table.c \
	broker/worker-end.c \
	broker/workers.h broker/workers.c
libbroker_a_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS)

penguintrace_broker_SOURCES = broker/main.c
penguintrace_broker_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS)
penguintrace_broker_LDADD = libbroker.a libsandbox.a libshared.a $(EVENT_LIBS) $(MSGPACK_LIBS)
