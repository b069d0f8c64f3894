/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the files of the session share among themselves; nobody else includes it. */
#ifndef PT_SESSION_PARTS_H
#define PT_SESSION_PARTS_H

#include <sys/queue.h>

#include "src/chan.h"
#include "tracer/args.h"
#include "tracer/breakpoints.h"
#include "tracer/session.h"
#include "tracer/watchpoints.h"
#include "tracer/program/disasm.h"
#include "tracer/program/unwind.h"

#define CALLS_WAITING_MAX	128	/* requests whose answer is yet to come */
#define SUBSCRIBERS_MAX		256	/* WebSockets of one channel */
#define EVENTS_KEPT		1024
#define OUTPUT_TEXT_MAX		16384	/* bytes of output in one state or event */
#define FRAMES_MAX		1024

struct session;

/* A channel to an httpd. */
struct link {
	LIST_ENTRY(link) entry;
	struct session *session;
	struct chan *chan;
	uint64_t subscribers[SUBSCRIBERS_MAX];
	unsigned subscriber_count;
	bool lagging;			/* events were left out: the state goes when it has drained */
};

TAILQ_HEAD(call_list, call);

/* One request, from its arrival to its answer. */
struct call {
	TAILQ_ENTRY(call) entry;
	struct call_list *list;		/* that it waits in */
	struct session *session;
	struct link *link;
	uint64_t client, id;		/* id: the client's, on a WebSocket */
	enum encoding encoding;
	bool framed;			/* on a WebSocket: {id, status, body} */
	enum command command;
	struct value_tree tree;
	struct args args;
	struct failure failure;
	struct event *timer;
	/* While it is answered: */
	uint64_t from, position;	/* `from' of its state; the moment it is about */
	int thread;
};

/* What happened, small enough to keep many: its text and state are found again
 * when it is told. */
enum session_event {
#define EVENT(n, fields, help) EVENT_##n,
#include "src/session.def"
	EVENT_COUNT,
};

struct past_event {
	enum session_event kind;
	uint64_t seq, epoch;
	uint64_t from, position;	/* of the moment; bytes of output; the frontier */
	int number;			/* thread; waiting or not; control_reason */
	struct control_limit limit;
	char *text;			/* of a log message or a limit, else NULL; freed when the event is forgotten */
};

#define BEFORE_CUT	UINT64_MAX

/* A control command under way, and who waits for it. */
struct run {
	bool active, announced;
	bool seeking;			/* to the position it is to start from */
	bool pause_wanted;		/* came while seeking: the command does not begin */
	bool to_goto;			/* temporary breakpoints are set */
	bool reached_goto;		/* the cursor stands where the last goto led */
	struct control_command command;
	uint64_t from;			/* where the command started */
	uint64_t before;		/* where the cursor was when it came; BEFORE_CUT: that is cut off since */
	uint64_t goto_addresses[BREAKPOINT_ADDRESSES];
	size_t goto_count;
	struct event *done, *announce;
};

/* What stops commands besides breakpoints. */
#define STOP_CALLS_MAX	128
struct stops {
	unsigned filters;		/* session.def's words, a bit each */
	struct control_signal_rule signals[CONTROL_SIGNALS];	/* by number */
	int calls[STOP_CALLS_MAX];	/* numbers of system calls */
	size_t call_count;
};

struct session {
	struct event_base *base;
	struct image *image;
	struct control *control;	/* NULL until session_begin() */
	struct disasm *disasm;
	const struct request *request;
	const chan_handler *handlers;
	void *owner;
	struct breakpoints *breakpoints;
	struct watchpoints watchpoints;
	struct stops stops;
	LIST_HEAD(, link) links;
	struct call_list waiting;	/* for the control command */
	struct call_list polling;	/* for events */
	struct call_list ending;	/* for the program's end, which they asked for */
	struct call_list halting;	/* for the recorder to stand, to change the program */
	unsigned waiting_count;
	struct run run;

	uint64_t seq;
	struct past_event past[EVENTS_KEPT];	/* [seq % EVENTS_KEPT] */
	uint64_t output_told;
	struct event *output_timer, *settle_timer, *frontier_timer;
	uint64_t frontier_told, frontier_told_at;	/* milliseconds, monotonic */
	uint64_t budget;		/* steps recorded ahead when nobody says how many */
	bool recording_told, waiting_told, terminating, end_told;
	int threads[64];
	size_t thread_count;

	/* The stack of one moment: with-queries of one answer share it. */
	struct frame *frames;
	size_t frame_count, frames_asked;
	uint64_t frames_position, frames_epoch, frames_frontier;
	unsigned frames_before;		/* inlined calls that are not begun: control_before_calls() */
	int frames_thread;
};

/* Where the clients' cursor is: while a control command is under way, where that
 * started, although control.c's moves on already. */
uint64_t session_cursor(const struct session *);

/* -- call.c ---------------------------------------------------------------- */

/* Read a request; NULL when it was answered already, because it was none. */
struct call *call_new(struct link *, const struct msg_request *);
void call_free(struct call *);

/* Writes the members of the answer's body, which is open; 0, or -1 with
 * call->failure. */
typedef int (*call_body)(struct call *, struct writer *);

/* Answer with a body and what rides along, or with its failure. */
void call_answer(struct call *, call_body);
/* Answer with call->failure. */
void call_refuse(struct call *);

/* Fill in position and thread from the arguments, checked; 0 or -1. */
int call_moment(struct call *);
/* The view at the call's moment; NULL with call->failure. */
struct view *call_view(struct call *);
/* Frames at the call's moment, max (FRAMES_MAX at the most) or all, maybe more; 0 with
 * call->failure. */
size_t call_frames(struct call *, const struct frame **, size_t max);
/* The frame that frameId names; NULL with call->failure. */
const struct frame *call_frame(struct call *, unsigned id);
/* An expression's value in the frame `frameId'; 0 or -1. */
int call_evaluate(struct call *, const char *text, struct variable *);
/* A stretch of the timeline: *to becomes the frontier when it is not named; false with
 * call->failure: it is none. */
bool call_stretch(struct call *, uint64_t from, bool has_to, uint64_t *to);
/* A file by name (NULL: the first); -1 with call->failure. */
int call_file(struct call *, const char *name);

/* A scope's reference is a pure function of frame and scope.  What is below a
 * variable is asked for by an expression. */
#define SCOPE_REFERENCE(frame, scope)	((uint64_t)(frame) << 2 | (scope))

/* -- queries-….c: call_body each ------------------------------------------- */
#define QUERY_FUNCTION(n) int query_##n(struct call *, struct writer *);
QUERY_FUNCTION(state)
QUERY_FUNCTION(registers)
QUERY_FUNCTION(stackTrace)
QUERY_FUNCTION(scopes)
QUERY_FUNCTION(variables)
QUERY_FUNCTION(evaluate)
QUERY_FUNCTION(disassemble)
QUERY_FUNCTION(readMemory)
QUERY_FUNCTION(source)
QUERY_FUNCTION(output)
QUERY_FUNCTION(threads)
QUERY_FUNCTION(exceptionInfo)
QUERY_FUNCTION(timeline)
QUERY_FUNCTION(window)
QUERY_FUNCTION(lastWrite)
QUERY_FUNCTION(hits)
QUERY_FUNCTION(syscalls)
QUERY_FUNCTION(breakpointLocations)
QUERY_FUNCTION(dataBreakpointInfo)
#undef QUERY_FUNCTION
/* The body of any query by its number, NULL for other commands. */
call_body query_body(enum command);

/* Members that several answers have: file and line of an address, or where a frame
 * stands (file?, line?); a signal (number, name, address?, access?); and a limit, as a map. */
void write_place(struct session *, struct writer *, uint64_t address);
void write_frame_place(struct session *, struct writer *, const struct frame *);
void write_signal(struct writer *, const struct control_signal *);
void write_limit(struct writer *, const struct control_limit *);
/* breakpoints[], all of them. */
void write_breakpoints(struct session *, struct writer *);

/* -- watchpoints.c ----------------------------------------------------------- */
int setting_setDataBreakpoints(struct call *, struct writer *);
/* Members of breakpoints[]. */
void write_watchpoints(struct session *, struct writer *);
/* dataBreakpoint{id, address, old, new}: what the step to the position has touched. */
void write_watch_hit(struct session *, struct writer *, uint64_t position);

/* -- session-stops.c ---------------------------------------------------------- */
int setting_setSyscallRules(struct call *, struct writer *);
int setting_setExceptionBreakpoints(struct call *, struct writer *);
/* stops{filters[], signals[], rules[]}: what the two have set. */
void write_stops(struct session *, struct writer *);

/* -- session-catch.c ---------------------------------------------------------- */
/* catch{kind, name?, within?}: what a command stops for at the position; signals[]:
 * those that came in the step to it. */
void write_catch(struct session *, struct writer *, uint64_t position);
/* control.h's on_refused. */
void notify_refused(void *session, const struct control_refusal *);

/* -- state.c ---------------------------------------------------------------- */

/* The members of the state at position, as seen by one who knows `from'; all
 * registers when they are the same. */
void state_write(struct session *, struct writer *, uint64_t from, uint64_t position, int thread);
/* Its member `live'; and policy, how it is recorded. */
void write_live(struct session *, struct writer *);
void write_policy(struct session *, struct writer *);

/* -- session-settings.c ------------------------------------------------------ */
call_body setting_body(enum command);

/* -- session-write.c, session-rewind.c: changes ----------------------------------- */
int change_setVariable(struct call *, struct writer *);
int change_setRegister(struct call *, struct writer *);
int change_writeMemory(struct call *, struct writer *);
call_body change_body(enum command);
/* Can the program be changed at the call's position?  0, or -1 with call->failure. */
int change_check(struct call *);
/* Have it stand there, newest, for the change that follows; 0 or -1. */
int change_reach(struct call *);
/* It is done: the state, and the other clients hear of it as of a step. */
int change_done(struct call *, struct writer *);
/* As fail(), of -errno of control.h. */
int change_refuse(struct call *, int error);
/* File and line that were run when what prevents it happened; NULL: none of the person's. */
const char *change_place(struct session *, const struct control_obstacle *, unsigned *line);

/* -- session-remake.c --------------------------------------------------------- */
/* control.h's on_cut and on_unheard. */
void notify_remade(void *session);
void notify_unheard(void *session, int error, const struct control_obstacle *, uint64_t position);
/* As fail(): control_failed() of the command that the call has begun. */
int run_failed(struct call *, int error, const struct control_obstacle *);

/* -- session-run.c ----------------------------------------------------------- */
int run_init(struct session *);
void run_free(struct session *);
/* A control command; takes the call. */
void run_command(struct call *);
/* control.h's on_done. */
void run_done(void *session);
/* control.h's on_images. */
void run_images(void *session);
/* control.h's stops. */
bool run_stops(void *session, uint64_t position, struct view *);
/* Set the breakpoints again. */
int run_apply_breakpoints(struct session *);

/* -- session-hits.c ----------------------------------------------------------- */
/* Whether any breakpoint where the view stands stops there, or something else does
 * anyway; tells the log messages of those that do not.  position: the view's, or one
 * behind the frontier: of the program as it runs; hits that are passed there are kept,
 * for no record has them. */
bool hits_stop(struct session *, uint64_t position, struct view *, bool anyway);
/* The timeline was cut there: forget what was passed behind it. */
void hits_cut(struct session *, uint64_t position);

/* -- session-waiting.c -------------------------------------------------------- */
/* The call waits for the command's end; over HTTP never for ever.  Takes it. */
void waiting_add(struct call *);
/* Answer with the state as it is: the moment arrived at, or `running' and the one before. */
void waiting_answer(struct call *);
/* Answer those who wait: the command is not finished and they should know. */
void waiting_tell(struct session *);
/* End the program; answers when it has ended.  Takes the call. */
void waiting_end(struct call *);
/* The program has ended: answer those who wait for it. */
void waiting_ended(struct session *);
/* The setting changes the program: is to be answered when that stands.  Takes the call. */
void waiting_halt(struct call *);
/* control.h's on_halted. */
void waiting_halted(void *session);
/* Answer them that it cannot be done: -errno of control.h. */
void waiting_refuse(struct session *, int error);
/* Give up waiting for one request of a client; false: there is none. */
bool waiting_cancel(struct link *, uint64_t client, uint64_t id);

/* -- clients.c --------------------------------------------------------------- */
/* Sends; a channel that takes no more is dropped. */
void link_reply(struct link *, uint64_t client, unsigned status, const struct writer *);
void link_subscribe(struct link *, uint64_t client);
void link_free(struct link *);
/* Forget what a client waits for. */
void link_forget(struct link *, uint64_t client);
/* To every WebSocket of every channel. */
void clients_tell(struct session *, const struct writer *);
bool clients_any(const struct session *);

/* -- session-events.c ----------------------------------------------------------------- */
int notify_init(struct session *);
void notify_free(struct session *);
/* A map: one event; with_state: with its whole state where it marks a moment. */
void event_write(struct session *, struct writer *, const struct past_event *, bool with_state);
/* files: with the text of the sources, as far as it fits. */
void notify_hello(struct link *, uint64_t client, bool files);
/* A long poll; takes the call. */
void notify_poll(struct call *);
/* Something happened. */
void notify_stopped(struct session *);
void notify_continued(struct session *);
void notify_breakpoints(struct session *);
/* The timeline was cut at its frontier. */
void notify_cut(struct session *);
void notify_log(struct session *, uint64_t position, const char *text);
void notify_threads(struct session *);
/* A limit that does not end a command; the text is copied. */
void notify_limit(struct session *, const struct control_limit *, uint64_t position, const char *text);
/* See whether the program waits for input, and let those know who should. */
void notify_waiting(struct session *);
/* control.h's on_output and on_live. */
void notify_output(void *session);
void notify_live(void *session);

#endif
