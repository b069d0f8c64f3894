/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * ELF files by libelf: opening, segments, and what is made from them on demand.
 * The bytes are a stranger's: libelf checks its own bounds, we check sizes.
 */
#include "tracer/program/module.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/bisect.h"

#if defined(__x86_64__)
#define HOST_MACHINE	EM_X86_64
#else
#define HOST_MACHINE	EM_AARCH64
#endif

static void add_segment(struct module *m, const GElf_Phdr *ph)
{
	uint64_t end;

	if (ph->p_type == PT_TLS && ph->p_align && ph->p_align <= 4096 &&
	    ph->p_memsz < UINT32_MAX)
		m->tls_size = (ph->p_memsz + ph->p_align - 1) & -ph->p_align;
	if (ph->p_type != PT_LOAD || ph->p_memsz == 0 || m->segment_count == MODULE_SEGMENTS)
		return;
	if (__builtin_add_overflow(ph->p_vaddr, ph->p_memsz, &end))
		return;
	m->segments[m->segment_count++] = (struct segment){ .start = ph->p_vaddr, .end = end,
		.offset = ph->p_offset, .exec = ph->p_flags & PF_X };
}

static const char *load_headers(struct module *m)
{
	size_t count;

	if (elf_kind(m->elf) != ELF_K_ELF || !gelf_getehdr(m->elf, &m->header))
		return "it is not an ELF file";
	if (m->header.e_ident[EI_CLASS] != ELFCLASS64 ||
	    m->header.e_ident[EI_DATA] != ELFDATA2LSB || m->header.e_machine != HOST_MACHINE)
		return "it is for another kind of processor";
	if (m->header.e_type != ET_EXEC && m->header.e_type != ET_DYN)
		return "it is not linked";
	if (elf_getphdrnum(m->elf, &count) != 0)
		return "its program headers are broken";
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr ph;

		if (gelf_getphdr(m->elf, (int)i, &ph))
			add_segment(m, &ph);
	}
	return m->segment_count ? NULL : "it has nothing to load";
}

/* What a compressed section says that it will be: libdw takes that much memory at
 * once.  ELF's own way (gelf_getchdr(3)), and GNU's older one, "ZLIB" and a size. */
static uint64_t unpacked_size(Elf *elf, Elf_Scn *section, size_t names)
{
	GElf_Shdr header;
	GElf_Chdr compressed;
	const char *name;
	Elf_Data *data;
	uint64_t size;

	if (!gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS)
		return 0;
	if (header.sh_flags & SHF_COMPRESSED)
		return gelf_getchdr(section, &compressed) ? compressed.ch_size : 0;
	name = names ? elf_strptr(elf, names, header.sh_name) : NULL;
	if (!name || strncmp(name, ".zdebug", 7) != 0)
		return 0;
	data = elf_rawdata(section, NULL);
	if (!data || data->d_size < 12 || memcmp(data->d_buf, "ZLIB", 4) != 0)
		return 0;
	memcpy(&size, (const char *)data->d_buf + 4, sizeof(size));
	return be64toh(size);
}

/* Names only once it is known that their own section is not a bomb. */
static bool unpacks_within(Elf *elf, uint64_t max)
{
	size_t names = 0;

	for (int pass = 0; pass < 2; pass++) {
		Elf_Scn *section = NULL;
		uint64_t sum = 0;

		while ((section = elf_nextscn(elf, section))) {
			uint64_t size = unpacked_size(elf, section, names);

			if (size > max || (sum += size) > max)
				return false;
		}
		if (elf_getshdrstrndx(elf, &names) != 0)
			return true;
	}
	return true;
}

static struct module *finish(struct module *m, char *why, size_t why_size)
{
	const char *problem = m->elf ? load_headers(m) : "it cannot be read";

	if (!problem && !unpacks_within(m->elf, MODULE_UNPACKED_MAX))
		problem = "its compressed sections are too large";
	if (!problem)
		return m;
	snprintf(why, why_size, "%s", problem);
	module_free(m);
	return NULL;
}

struct module *module_open(int fd, char *why, size_t why_size)
{
	struct module *m;
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    (uint64_t)st.st_size > MODULE_FILE_MAX) {
		snprintf(why, why_size, "it is empty or too large");
		return NULL;
	}
	m = calloc(1, sizeof(*m));
	if (!m) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	elf_version(EV_CURRENT);
	m->elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	/* After this libelf no longer needs the descriptor. */
	if (m->elf)
		elf_cntl(m->elf, ELF_C_FDREAD);
	return finish(m, why, why_size);
}

struct module *module_from_memory(void *bytes, size_t length)
{
	struct module *m = calloc(1, sizeof(*m));
	char why[64];

	if (!m) {
		free(bytes);
		return NULL;
	}
	elf_version(EV_CURRENT);
	m->memory = bytes;
	m->elf = elf_memory(bytes, length);
	return finish(m, why, sizeof(why));
}

void module_free(struct module *m)
{
	if (!m)
		return;
	if (m->eh_frame)
		dwarf_cfi_end(m->eh_frame);
	if (m->dwarf)	/* debug_frame belongs to it */
		dwarf_end(m->dwarf);
	if (m->elf)
		elf_end(m->elf);
	free(m->symbols);
	free(m->memory);
	free(m->path);
	free(m);
}

bool module_covers(const struct module *m, uint64_t address)
{
	for (size_t i = 0; i < m->segment_count; i++)
		if (address >= m->segments[i].start && address < m->segments[i].end)
			return true;
	return false;
}

bool module_executable(const struct module *m, uint64_t address)
{
	for (size_t i = 0; i < m->segment_count; i++)
		if (m->segments[i].exec && address >= m->segments[i].start &&
		    address < m->segments[i].end)
			return true;
	return false;
}

Elf_Scn *module_section(const struct module *m, const char *name, GElf_Shdr *header)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(m->elf, &names) != 0)
		return NULL;
	while ((section = elf_nextscn(m->elf, section))) {
		const char *is;

		if (!gelf_getshdr(section, header))
			continue;
		is = elf_strptr(m->elf, names, header->sh_name);
		if (is && strcmp(is, name) == 0)
			return section;
	}
	return NULL;
}

Dwarf *module_dwarf(struct module *m)
{
	if (!m->dwarf_tried) {
		m->dwarf_tried = true;
		m->dwarf = dwarf_begin_elf(m->elf, DWARF_C_READ, NULL);
	}
	return m->dwarf;
}

Dwarf_CFI *module_eh_frame(struct module *m)
{
	if (!m->eh_tried) {
		m->eh_tried = true;
		m->eh_frame = dwarf_getcfi_elf(m->elf);
	}
	return m->eh_frame;
}

Dwarf_CFI *module_debug_frame(struct module *m)
{
	if (!m->debug_tried) {
		Dwarf *dwarf = module_dwarf(m);

		m->debug_tried = true;
		m->debug_frame = dwarf ? dwarf_getcfi(dwarf) : NULL;
	}
	return m->debug_frame;
}

/* The last symbol that starts at or before address. */
static const struct symbol *symbol_before(const struct module *m, uint64_t address)
{
	size_t n = bisect(m->symbol_count, i, m->symbols[i].start <= address);

	return n ? &m->symbols[n - 1] : NULL;
}

const struct symbol *module_symbol(struct module *m, uint64_t address)
{
	const struct symbol *s;

	module_load_symbols(m);
	s = symbol_before(m, address);
	/* Of aliases the best stands first. */
	while (s && s > m->symbols && s[-1].start == s->start)
		s--;
	return s && address < s->end ? s : NULL;
}
