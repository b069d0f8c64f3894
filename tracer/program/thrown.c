/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/program/thrown.h"

#include <stdio.h>
#include <string.h>

#include "tracer/program/demangle.h"

enum {
	NAME_MAX_BYTES = 512,
	TYPE_BEFORE_UNWIND = 80,	/* __cxa_exception: exceptionType … unwindHeader */
	HANDLERS_BEFORE_UNWIND = 40,	/* int handlerCount */
	TYPE_BEFORE_OBJECT = 112,	/* … and the object behind it */
	TLS_LOOKED_AT = 8192,
	UNCAUGHT_MAX = 1 << 16,
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

/* Of one that is unwound for, by its _Unwind_Exception. */
static uint64_t type_of_exception(const struct view *view, uint64_t exception)
{
	uint64_t object = word_at(view, exception - TYPE_BEFORE_UNWIND);	/* or the type, already */

	return (word_at(view, exception) & 0xff) == DEPENDENT ?
	    word_at(view, object - TYPE_BEFORE_OBJECT) : object;
}

/* Is it a __cxa_exception that is being handled?  Its class is GNU's, in memory order. */
static bool is_handled(const struct view *view, uint64_t header)
{
	static const uint64_t gnu = 0x474e5543432b2b00;	/* "GNUCC++", then the lowest byte */
	uint64_t exception = header + TYPE_BEFORE_UNWIND;

	return header != 0 && header % 16 == 0 && (word_at(view, exception) & ~(uint64_t)0xff) == gnu &&
	    (int32_t)word_at(view, exception - HANDLERS_BEFORE_UNWIND) > 0;
}

/*
 * What is being handled, innermost: libsupc++ keeps __cxa_eh_globals (the first header, and
 * how many are uncaught) in the thread's static TLS, which on x86-64 is below the thread
 * pointer.  Where in there only its symbols say, which are stripped: what is such a
 * pointer cannot well be another thing.
 */
static uint64_t type_of_handled(const struct view *view)
{
#if defined(__x86_64__)
	uint64_t words[TLS_LOOKED_AT / 8], end = view->registers.word[X86_FS_BASE];
	size_t n = sizeof words;

	if (end < n)
		return 0;
	while (n > 0 && !view_read_all(view, end - n, words, n))
		n /= 2;
	for (size_t i = 0; i + 1 < n / 8; i++)
		if ((uint32_t)words[i + 1] < UNCAUGHT_MAX && is_handled(view, words[i]))
			return type_of_exception(view, words[i] + TYPE_BEFORE_UNWIND);
#else
	(void)view;
	(void)is_handled;
#endif
	return 0;
}

/* The exception's std::type_info. */
static uint64_t type_of(const struct view *view, const char *function)
{
	uint64_t first = view->registers.word[argument[0]];

	if (strcmp(function, "__cxa_throw") == 0)
		return view->registers.word[argument[1]];
	if (strcmp(function, "__cxa_begin_catch") == 0)
		return type_of_exception(view, first);
	if (strncmp(function, "_ZSt17rethrow_exception", strlen("_ZSt17rethrow_exception")) == 0)
		return word_at(view, word_at(view, first) - TYPE_BEFORE_OBJECT);
	return strcmp(function, "__cxa_rethrow") == 0 ? type_of_handled(view) : 0;
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

static bool write_type(const struct view *view, uint64_t type, char *name, size_t size)
{
	static const char told[] = "typeinfo name for ";
	char mangled[NAME_MAX_BYTES], symbol[NAME_MAX_BYTES + 8], plain[NAME_MAX_BYTES];

	if (!name_of(view, type, mangled, sizeof mangled))
		return false;
	snprintf(symbol, sizeof symbol, "_ZTS%s", mangled);
	demangle(symbol, plain, sizeof plain);
	snprintf(name, size, "%s", strncmp(plain, told, sizeof told - 1) == 0 ?
	    plain + sizeof told - 1 : mangled);
	return true;
}

bool thrown_type(const struct view *view, const char *function, char *name, size_t size)
{
	return write_type(view, type_of(view, function), name, size);
}
