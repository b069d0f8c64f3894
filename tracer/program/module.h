/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One ELF file (the session's own, a library, the vDSO) and where it is
 * mapped.  Private to program/.  Addresses in here are the file's; add `bias'
 * for the program's.
 */
#ifndef PT_MODULE_H
#define PT_MODULE_H

#include <elfutils/libdw.h>
#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODULE_UNPACKED_MAX	(128ULL << 20)	/* of compressed sections, together */
#define MODULE_FILE_MAX	(512ULL << 20)	/* bytes; it is mapped, not read */
#define MODULE_SEGMENTS	64		/* PT_LOADs that are looked at */
#define SYMBOLS_MAX	(1U << 20)	/* of one module */

struct symbol {
	uint64_t start, end;	/* [start, end) */
	const char *name;	/* as the linker sees it (mangled) */
	bool plt;		/* the stub that leads to `name' */
	bool sized;		/* the file says where it ends */
};

struct segment {
	uint64_t start, end;	/* [start, end), file addresses */
	uint64_t offset;	/* in the file */
	bool exec;
};

struct module {
	char *path;		/* NULL: the session's own ELF */
	void *memory;		/* the vDSO's bytes, else NULL */
	Elf *elf;
	GElf_Ehdr header;
	struct segment segments[MODULE_SEGMENTS];
	size_t segment_count;
	uint64_t tls_size;	/* of PT_TLS, rounded to its alignment */
	uint64_t bias;
	bool mapped;		/* at the last image_update() */

	/* Made when first asked for. */
	bool symbols_tried, dwarf_tried, eh_tried, debug_tried;
	struct symbol *symbols;	/* ascending by start */
	size_t symbol_count;
	Dwarf *dwarf;
	Dwarf_CFI *eh_frame, *debug_frame;
};

/* From a regular file of at most MODULE_FILE_MAX bytes; fd is borrowed.  NULL
 * with why[why_size] in words. */
struct module *module_open(int fd, char *why, size_t why_size);
/* From memory that this takes over (malloc), also when it fails. */
struct module *module_from_memory(void *bytes, size_t length);
void module_free(struct module *);

/* Does a segment cover it; one that can be executed? */
bool module_covers(const struct module *, uint64_t file_address);
bool module_executable(const struct module *, uint64_t file_address);

/* The section with this name; NULL when there is none. */
Elf_Scn *module_section(const struct module *, const char *name, GElf_Shdr *);

/* Debug information, or NULL. */
Dwarf *module_dwarf(struct module *);
/* Call-frame information of .eh_frame and of .debug_frame, or NULL. */
Dwarf_CFI *module_eh_frame(struct module *);
Dwarf_CFI *module_debug_frame(struct module *);

/* The symbol that covers the address, NULL: none.  Borrowed. */
const struct symbol *module_symbol(struct module *, uint64_t file_address);
/* Fills symbols and symbol_count (symbols.c); module_symbol() calls it. */
void module_load_symbols(struct module *);

#endif
