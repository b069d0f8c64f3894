/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Included once by each process, after
 *	#define HANDLE_HTTPD(n) HANDLE(n)	(its own name)
 * It declares on_NAME(struct chan *, struct msg_NAME *) for every message that
 * this process receives and makes `chan_handlers`, the array for chan_setup: a
 * handler that is missing fails to link.  A process whose handlers stand in
 * several files includes it there after `#define HANDLERS_DECLARED_ONLY', for
 * the declarations alone.
 */
#ifndef HANDLE_HTTPD
#define HANDLE_HTTPD(n)
#endif
#ifndef HANDLE_BROKER
#define HANDLE_BROKER(n)
#endif
#ifndef HANDLE_COMPILER
#define HANDLE_COMPILER(n)
#endif
#ifndef HANDLE_TRACER
#define HANDLE_TRACER(n)
#endif

#define MSG(n, from, to, states) HANDLE_##to(n)
#define HANDLE(n) void on_##n(struct chan *, struct msg_##n *);
#include "src/msg.def"
#undef HANDLE

#ifndef HANDLERS_DECLARED_ONLY
#define MSG(n, from, to, states) HANDLE_##to(n)
#define HANDLE(n) static void call_##n(struct chan *c, void *m) { on_##n(c, m); }
#include "src/msg.def"
#undef HANDLE

static const chan_handler chan_handlers[MSG_COUNT] = {
#define MSG(n, from, to, states) HANDLE_##to(n)
#define HANDLE(n) [MSG_##n] = call_##n,
#include "src/msg.def"
#undef HANDLE
};
#endif
