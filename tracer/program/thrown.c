/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/program/thrown.h"

#include <stdio.h>
#include <string.h>

#include "tracer/program/demangle.h"

enum {
	NAME_MAX_BYTES = 512,
	TYPE_BEFORE_UNWIND = 80,	/* __cxa_exception: exceptionType … unwindHeader */
	TYPE_BEFORE_OBJECT = 112,	/* … and the object behind it */
	DEPENDENT = 1,			/* exception_class, lowest byte: of std::rethrow_exception */
};

#if defined(__x86_64__)
static const int argument[] = { X86_RDI, X86_RSI };
#else
static const int argument[] = { REG_X0, REG_X0 + 1 };
#endif

static uint64_t word_at(const struct view *view, uint64_t address)
{
	uint64_t word = 0;

	return view_read(view, address, &word, sizeof word) == sizeof word ? word : 0;
}

/* The exception's std::type_info. */
static uint64_t type_of(const struct view *view, const char *function)
{
	uint64_t first = view->registers.word[argument[0]], object;

	if (strcmp(function, "__cxa_throw") == 0)
		return view->registers.word[argument[1]];
	if (strcmp(function, "__cxa_begin_catch") == 0) {
		object = word_at(view, first - TYPE_BEFORE_UNWIND);	/* or the type, already */
		return (word_at(view, first) & 0xff) == DEPENDENT ?
		    word_at(view, object - TYPE_BEFORE_OBJECT) : object;
	}
	if (strncmp(function, "_ZSt17rethrow_exception", strlen("_ZSt17rethrow_exception")) == 0)
		return word_at(view, word_at(view, first) - TYPE_BEFORE_OBJECT);
	return 0;	/* __cxa_rethrow takes no argument */
}

/* std::type_info: its table of functions, then its name; '*': only this module's. */
static bool name_of(const struct view *view, uint64_t type, char *mangled, size_t size)
{
	uint64_t at = type != 0 ? word_at(view, type + sizeof type) : 0;
	size_t n = at != 0 ? view_read(view, at, mangled, size - 1) : 0;

	mangled[n] = '\0';
	if (mangled[0] == '*')
		memmove(mangled, mangled + 1, n);
	for (size_t i = 0; mangled[i] != '\0'; i++)
		if (mangled[i] < ' ' || mangled[i] > '~')
			return false;
	return mangled[0] != '\0' && strlen(mangled) < size - 1;
}

bool thrown_type(const struct view *view, const char *function, char *name, size_t size)
{
	static const char told[] = "typeinfo name for ";
	char mangled[NAME_MAX_BYTES], symbol[NAME_MAX_BYTES + 8], plain[NAME_MAX_BYTES];

	if (!name_of(view, type_of(view, function), mangled, sizeof mangled))
		return false;
	snprintf(symbol, sizeof symbol, "_ZTS%s", mangled);
	demangle(symbol, plain, sizeof plain);
	snprintf(name, size, "%s", strncmp(plain, told, sizeof told - 1) == 0 ?
	    plain + sizeof told - 1 : mangled);
	return true;
}
