/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Functions of the runtimes that something is to be known of when they are called,
 * by their names: there is no other sign of a longjmp(3) or of an exception until
 * control is where it has led.
 */
#include <string.h>

#include "tracer/control-private.h"
#include "tracer/program/functions.h"

static const struct runtime_function functions[RUNTIME_FUNCTIONS] = {
	/* Itanium C++ ABI: Exception Handling, 2.4 and 2.5 */
	{ "__cxa_throw", CATCH_THROW }, { "__cxa_rethrow", CATCH_THROW },
	{ "_ZSt17rethrow_exceptionNSt15__exception_ptr13exception_ptrE", CATCH_THROW },
	{ "__cxa_begin_catch", CATCH_CATCH },
	/* and 1.3: from here it goes to a landing pad; so do thread ends, pthread_exit(3) */
	{ "_Unwind_RaiseException", RUNTIME_LEAVES }, { "_Unwind_Resume", RUNTIME_LEAVES },
	{ "_Unwind_Resume_or_Rethrow", RUNTIME_LEAVES }, { "_Unwind_ForcedUnwind", RUNTIME_LEAVES },
	/* The C library calls them all so: glibc, musl. */
	{ "longjmp", RUNTIME_LEAVES }, { "_longjmp", RUNTIME_LEAVES }, { "siglongjmp", RUNTIME_LEAVES },
	{ "__libc_siglongjmp", RUNTIME_LEAVES }, { "__longjmp_chk", RUNTIME_LEAVES },
	{ "setcontext", RUNTIME_LEAVES }, { "swapcontext", RUNTIME_LEAVES },
	{ "_dl_debug_state", RUNTIME_LOADER },
};

/* Libraries come and go, and a program can have a runtime of its own beside another's. */
static void find_sites(struct control *c)
{
	struct runtime *r = &c->runtime;
	uint64_t layout = image_layout(c->setup.image), starts[RUNTIME_SITES];

	if (r->layout == layout)
		return;
	r->layout = layout;
	r->count = 0;
	for (size_t i = 0; i < RUNTIME_FUNCTIONS; i++) {
		size_t n = functions_by_symbol(c->setup.image, functions[i].name, starts,
		    RUNTIME_SITES - r->count);

		for (size_t k = 0; k < n; k++)
			r->sites[r->count++] = (struct runtime_site){ starts[k], &functions[i] };
	}
}

static bool is_one(const struct runtime_site *s, unsigned kinds)
{
	return (kinds >> s->of->kind & 1) != 0;
}

const struct runtime_site *runtime_at(struct control *c, uint64_t pc, unsigned kinds)
{
	const struct runtime *r = &c->runtime;

	find_sites(c);
	for (size_t i = 0; i < r->count; i++)
		if (r->sites[i].address == pc && is_one(&r->sites[i], kinds))
			return &r->sites[i];
	return NULL;
}

void runtime_plant(struct control *c, unsigned kinds)
{
	uint64_t addresses[RUNTIME_SITES];
	size_t count = kinds != 0 ? runtime_addresses(c, kinds, addresses) : 0;

	for (size_t i = 0; i < count; i++)
		process_plant(c->process, addresses[i]);
}

size_t runtime_addresses(struct control *c, unsigned kinds, uint64_t addresses[RUNTIME_SITES])
{
	size_t count = 0;

	find_sites(c);
	for (size_t i = 0; i < c->runtime.count; i++)
		if (is_one(&c->runtime.sites[i], kinds))
			addresses[count++] = c->runtime.sites[i].address;
	return count;
}

const struct runtime_function *runtime_named(const char *name, unsigned kinds)
{
	for (size_t i = 0; i < RUNTIME_FUNCTIONS; i++)
		if ((kinds >> functions[i].kind & 1) && strcmp(functions[i].name, name) == 0)
			return &functions[i];
	return NULL;
}
