/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Functions of the runtimes that something is to be known of when they are called,
 * by their names: there is no other sign of a longjmp(3) or of an exception until
 * control is where it has led.
 */
#include <string.h>

#include "tracer/control-private.h"
#include "tracer/program/functions.h"

static const struct runtime_function functions[RUNTIME_SITES] = {
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
};

/* Libraries come and go. */
static void find_sites(struct control *c)
{
	struct runtime *r = &c->runtime;
	uint64_t layout = image_layout(c->setup.image);
	struct function f;

	if (r->layout == layout)
		return;
	r->layout = layout;
	for (size_t i = 0; i < RUNTIME_SITES; i++) {
		bool found = function_by_symbol(c->setup.image, functions[i].name, &f);

		r->sites[i] = (struct runtime_site){ found ? f.start : 0, &functions[i] };
	}
}

static bool is_one(const struct runtime_site *s, unsigned kinds)
{
	return s->address != 0 && (kinds >> s->of->kind & 1) != 0;
}

const struct runtime_site *runtime_at(struct control *c, uint64_t pc, unsigned kinds)
{
	find_sites(c);
	for (size_t i = 0; i < RUNTIME_SITES; i++)
		if (c->runtime.sites[i].address == pc && is_one(&c->runtime.sites[i], kinds))
			return &c->runtime.sites[i];
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
	for (size_t i = 0; i < RUNTIME_SITES; i++)
		if (is_one(&c->runtime.sites[i], kinds))
			addresses[count++] = c->runtime.sites[i].address;
	return count;
}

const struct runtime_function *runtime_named(const char *name, unsigned kinds)
{
	for (size_t i = 0; i < RUNTIME_SITES; i++)
		if ((kinds >> functions[i].kind & 1) && strcmp(functions[i].name, name) == 0)
			return &functions[i];
	return NULL;
}
