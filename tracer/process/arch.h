/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Small questions whose answers depend on the architecture; arch/ARCH/ answers
 * them, a file for a kind of question. */
#ifndef PT_ARCH_H
#define PT_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tracer/effect.h"
#include "tracer/registers.h"
#include "tracer/vector.h"

/* -- decode.c: what is the instruction at pc, and what will it write? -------- */
enum instruction_class {
	CLASS_PLAIN,
	CLASS_CALL,
	CLASS_SYSCALL,		/* enters the kernel: may block, may write anywhere */
	CLASS_TRAP,		/* the program's own breakpoint instruction */
	CLASS_RUN_TO,		/* one step that ends at run_to (rep; LDXR … STXR) */
};

/* Instructions whose whole effect is known beforehand (transfer.c). */
enum transfer_kind {
	TRANSFER_NONE,
	TRANSFER_CALL,		/* pushes where it returns to, and goes on at target */
	TRANSFER_THROUGH,	/* goes on where the word at target says */
};

enum write_kind { WRITE_NOTHING, WRITE_OPERAND, WRITE_PUSH, WRITE_STRING };
enum value_kind { VALUE_UNKNOWN, VALUE_REGISTER, VALUE_CONSTANT };

#if defined(__x86_64__)
#define DECODE_BYTES 30		/* the longest instruction, twice */
#else
#define DECODE_BYTES 64		/* an instruction, and where a sequence that is one step ends */
#endif

struct decoded {
	uint64_t pc;
	uint64_t run_to;
	uint64_t constant;	/* VALUE_CONSTANT */
	uint64_t target;	/* of a transfer */
	int64_t displacement;
	uint16_t length;	/* of the write, in bytes */
	uint8_t size;		/* of the instruction */
	uint8_t class, write, value, transfer;
	int8_t base, index, segment;	/* registers of the address, -1: none */
	int8_t source;		/* VALUE_REGISTER */
	uint8_t scale, shift;	/* of index; of source, in bits */
	bool anywhere;		/* it may write what is not told here */
	bool vector;		/* it may change vector registers, or what does so is not told here */
	bool pushes_flags;	/* it stores flags, the tracer's trap flag among them */
};

struct arch_decoder;
struct arch_decoder *arch_decoder_new(void);	/* NULL: no memory */
void arch_decoder_free(struct arch_decoder *);
/* What cannot be decoded is a plain instruction that may write anywhere. */
void arch_decode(struct arch_decoder *, uint64_t pc, const uint8_t *bytes, size_t length,
    struct decoded *);
void arch_effect(const struct decoded *, const struct registers *before,
    const struct registers *after, struct effect *);

/* Not surely one that leaves the vector registers alone. */
bool arch_touches_vector(const uint8_t *instruction, size_t size);

/* -- step.c: quirks of the single step --------------------------------------- */
/* Take out what stepping has put into the program's state (flags on the stack or in
 * a register).  Brings *registers up to date.  0 or -errno. */
int arch_after_step(pid_t, const struct decoded *, struct registers *);
/* Bits that the kernel or the tracer sets and that are no state of the program.  true:
 * they have to be taken out of the thread, too. */
bool arch_tidy(struct registers *);
/* si_code of a SIGTRAP: the end of a step, or a breakpoint instruction. */
bool arch_trap_is_step(int si_code);
bool arch_trap_is_breakpoint(int si_code);
/* Where the function that is being entered will go back to; 0: not known.  stack:
 * the word at the stack pointer. */
extern const unsigned arch_frame_slot;	/* from a frame's CFA down to the stack pointer after the call */
uint64_t arch_return_address(const struct registers *, uint64_t stack);

/* -- transfer.c: calls and jumps that are made without the processor ---------------- */
/* What the instruction does to the stopped thread's memory is done, and *registers say what
 * it does to those.  false: nothing is done, it has to be stepped. */
bool arch_transfer(pid_t, const struct decoded *, struct registers *);

/* -- vector.c: the registers beside the general ones ----------------------------- */
/* Of a stopped thread.  0 or -errno; set: -EINVAL for what the machine cannot hold. */
int arch_vector_get(pid_t, struct vector_state *);
int arch_vector_set(pid_t, const struct vector_state *);

/* -- breakpoint.c ------------------------------------------------------------- */
extern const uint8_t arch_breakpoint[];
extern const size_t arch_breakpoint_size;
/* How far behind the breakpoint's address the pc stands when it has hit. */
extern const unsigned arch_breakpoint_advance;

/* -- read.c: what does the instruction read? ---------------------------------- */
#define READS_MAX 3
struct read_operand {
	int8_t base, index, segment;	/* registers of the address, -1: none */
	uint8_t scale;
	bool string;			/* base moves over what is read */
	uint16_t length;
	int64_t displacement;
};
struct reads {
	uint8_t count;
	struct read_operand operand[READS_MAX];
};
/* Not the instruction itself, nor what a system call reads; gathers are left out. */
void arch_reads(struct arch_decoder *, uint64_t pc, const uint8_t *bytes, size_t length, struct reads *);
/* The range that an operand comes to; *length 0: nothing was read. */
void arch_read_range(const struct read_operand *, const struct registers *before,
    const struct registers *after, uint64_t *address, uint64_t *length);

/* -- displace.c: an instruction done elsewhere than where it stands ------------- */
#define DISPLACED_BYTES 48
#define DISPLACED_EXITS 2
struct displaced {
	uint8_t size;			/* of the instruction */
	uint8_t code[DISPLACED_BYTES], length;
	/* Behind the instruction's work the program counts as standing at pc; at offset 0
	 * it has done nothing yet; anywhere else it is half done. */
	struct { uint8_t offset; uint64_t pc; } exits[DISPLACED_EXITS];
	uint8_t exit_count;
};
/* Code that at address `at' does what the instruction at pc does at pc; it leads out
 * by itself.  false: this one cannot be displaced, or not that far. */
bool arch_displace(struct arch_decoder *, uint64_t pc, const uint8_t *bytes, size_t length,
    uint64_t at, struct displaced *out);

/* -- watch.c: the registers that watch memory --------------------------------- */
#define WATCH_SLOTS 4		/* used of the machine's: x86-64 has these */
struct watch_slot {
	uint64_t address;	/* a multiple of length */
	uint8_t length;		/* 1, 2, 4 or 8 */
	bool reads;		/* stops for reading, too */
};
/* The stop comes before the access is made. */
extern const bool arch_watch_before;
/* Have the stopped thread's registers watch these and nothing else.  0 or -errno. */
int arch_watch_set(pid_t, const struct watch_slot *, size_t count);
/* Which of the slots made it stop, a bit each, and forget it; address: si_addr. */
unsigned arch_watch_hit(pid_t, uint64_t address, const struct watch_slot *, size_t count);

/* -- syscall.c: the system-call ABI (syscall(2)) ------------------------------- */
extern const uint8_t arch_syscall_instruction[];
extern const size_t arch_syscall_instruction_size;
struct arch_call { long number; uint64_t arguments[6]; };
/* At the entry of a system call. */
void arch_call_get(const struct registers *, struct arch_call *);
/* At its instruction. */
void arch_call_next(const struct registers *, struct arch_call *);
/* Registers that will make this call at the syscall instruction at pc, and keep the
 * kernel from restarting an interrupted one. */
void arch_call_set(struct registers *, uint64_t pc, const struct arch_call *);
/* Stopped within a system call, which the kernel will restart? */
bool arch_in_call(const struct registers *);
int64_t arch_call_result(const struct registers *);
/* Interrupted within a call that is to be restarted: stand before it instead.  false:
 * what the call was made with is not known any more. */
bool arch_call_again(struct registers *);
/* At the entry: have the kernel skip the call and answer result.  The number may
 * need its own request (AArch64).  0 or -errno. */
int arch_call_skip(pid_t, struct registers *, int64_t result);
/* At the entry: have the kernel make another call, with the same arguments. */
int arch_call_replace(pid_t, struct registers *, long number);
/* At the end of that one: registers as they were before the instruction of this one. */
void arch_call_back(struct registers *, const struct arch_call *);

#endif
