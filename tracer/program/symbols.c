/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The symbols of one module that name code: .symtab, else .dynsym, and a name
 * for each PLT stub, found by the GOT slot through which it jumps.
 */
#include "tracer/program/module.h"

#include <stdlib.h>
#include <string.h>

struct table {
	struct symbol *symbol;
	size_t count, room;
};

static bool add(struct table *t, struct symbol s)
{
	if (t->count == SYMBOLS_MAX)
		return false;
	if (t->count == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		struct symbol *grown = reallocarray(t->symbol, room, sizeof(*grown));

		if (!grown)
			return false;
		t->symbol = grown;
		t->room = room;
	}
	t->symbol[t->count++] = s;
	return true;
}

/* Labels that assemblers write for themselves ($x and $d on AArch64) are no names. */
static bool names_code(const GElf_Sym *sym, const GElf_Shdr *in, const char *name)
{
	int type = GELF_ST_TYPE(sym->st_info);

	if (!name || !*name || *name == '$' || *name == '.')
		return false;
	if (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE)
		return false;
	return (in->sh_flags & SHF_EXECINSTR) && sym->st_value >= in->sh_addr &&
	    sym->st_value - in->sh_addr < in->sh_size;
}

static void add_symbols(const struct module *m, struct table *t, Elf_Scn *section,
    const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t count = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;

	for (size_t i = 1; data && i < count && i < SYMBOLS_MAX; i++) {
		GElf_Sym sym;
		GElf_Shdr in;
		Elf_Scn *home;
		const char *name;
		uint64_t end;

		if (!gelf_getsym(data, (int)i, &sym))
			break;
		if (sym.st_shndx == SHN_UNDEF || sym.st_shndx >= SHN_LORESERVE)
			continue;
		home = elf_getscn(m->elf, sym.st_shndx);
		if (!home || !gelf_getshdr(home, &in))
			continue;
		name = elf_strptr(m->elf, header->sh_link, sym.st_name);
		if (!names_code(&sym, &in, name))
			continue;
		end = in.sh_addr + in.sh_size;
		if (sym.st_size != 0 && sym.st_size < end - sym.st_value)
			end = sym.st_value + sym.st_size;
		if (!add(t, (struct symbol){ .start = sym.st_value, .end = end, .name = name,
		    .sized = sym.st_size != 0 }))
			return;
	}
}

static Elf_Scn *section_of_type(const struct module *m, unsigned type, GElf_Shdr *header)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(m->elf, section)))
		if (gelf_getshdr(section, header) && header->sh_type == type)
			return section;
	return NULL;
}

/* -- stubs of the procedure linkage table -------------------------------- */

#if defined(__x86_64__)
#define INDIRECT	R_X86_64_IRELATIVE
#else
#define INDIRECT	R_AARCH64_IRELATIVE
#endif

struct slot {
	uint64_t address;	/* of the GOT entry */
	const char *name;
};

struct slots {
	struct slot *slot;
	size_t count;
};

static int compare_slots(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

static int compare_starts(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* The name of the function that a static program's slot is filled by. */
static const char *resolver_name(const struct table *sorted, uint64_t address)
{
	struct symbol key = { .start = address };
	const struct symbol *found = sorted->count == 0 ? NULL :
	    bsearch(&key, sorted->symbol, sorted->count, sizeof(key), compare_starts);

	while (found && found > sorted->symbol && found[-1].start == address)
		found--;	/* of aliases the best */
	return found ? found->name : NULL;
}

static const char *slot_symbol(const struct module *m, const struct table *sorted,
    const GElf_Shdr *rela, const GElf_Rela *r)
{
	Elf_Scn *section = elf_getscn(m->elf, rela->sh_link);
	uint64_t index = GELF_R_SYM(r->r_info);
	GElf_Shdr header;
	GElf_Sym sym;
	Elf_Data *data;

	if (GELF_R_TYPE(r->r_info) == INDIRECT)
		return resolver_name(sorted, (uint64_t)r->r_addend);
	if (index == 0 || !section || !gelf_getshdr(section, &header))
		return NULL;
	data = elf_getdata(section, NULL);
	if (!data || !gelf_getsym(data, (int)index, &sym))
		return NULL;
	return elf_strptr(m->elf, header.sh_link, sym.st_name);
}

static void add_slots(const struct module *m, const struct table *sorted, struct slots *slots,
    Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t count = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
	struct slot *grown;

	if (!data || count == 0 || count > SYMBOLS_MAX)
		return;
	grown = reallocarray(slots->slot, slots->count + count, sizeof(*grown));
	if (!grown)
		return;
	slots->slot = grown;
	for (size_t i = 0; i < count; i++) {
		GElf_Rela rela;
		const char *name;

		if (!gelf_getrela(data, (int)i, &rela))
			break;
		name = slot_symbol(m, sorted, header, &rela);
		if (name && *name)
			slots->slot[slots->count++] = (struct slot){ rela.r_offset, name };
	}
}

static struct slots load_slots(const struct module *m, const struct table *sorted)
{
	struct slots slots = { 0 };
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(m->elf, section)))
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_RELA)
			add_slots(m, sorted, &slots, section, &header);
	if (slots.count)
		qsort(slots.slot, slots.count, sizeof(*slots.slot), compare_slots);
	return slots;
}

static const char *slot_name(const struct slots *slots, uint64_t address)
{
	struct slot key = { .address = address };
	const struct slot *found = slots->count == 0 ? NULL :
	    bsearch(&key, slots->slot, slots->count, sizeof(key), compare_slots);

	return found ? found->name : NULL;
}

/* The GOT slot that the stub at bytes[0 … length) jumps through; 0: none. */
#if defined(__x86_64__)
static uint64_t stub_slot(const uint8_t *bytes, size_t length, uint64_t address)
{
	for (size_t i = 0; i + 6 <= length; i++) {	/* jmp *disp32(%rip) */
		int32_t displacement;

		if (bytes[i] != 0xff || bytes[i + 1] != 0x25)
			continue;
		memcpy(&displacement, bytes + i + 2, sizeof(displacement));
		return address + i + 6 + (uint64_t)(int64_t)displacement;
	}
	return 0;
}
#else
static uint64_t stub_slot(const uint8_t *bytes, size_t length, uint64_t address)
{
	uint32_t adrp, ldr;

	for (size_t i = 0; i + 8 <= length; i += 4) {	/* adrp x16, page; ldr x17, [x16, #n] */
		int64_t page;

		memcpy(&adrp, bytes + i, sizeof(adrp));
		memcpy(&ldr, bytes + i + 4, sizeof(ldr));
		if ((adrp & 0x9f00001f) != 0x90000010 || (ldr & 0xffc003ff) != 0xf9400211)
			continue;
		page = (int64_t)(((uint64_t)(adrp >> 5 & 0x7ffff) << 2 | (adrp >> 29 & 3)) << 43) >> 31;
		return ((address + i) & ~0xfffULL) + (uint64_t)page + (ldr >> 10 & 0xfff) * 8;
	}
	return 0;
}
#endif

/* Only some linkers say how large a stub is. */
static size_t stub_size(const GElf_Shdr *header, const Elf_Data *data, size_t usual)
{
	const uint8_t *b = data->d_buf;

	if (header->sh_entsize == 8 || header->sh_entsize == 16)
		return header->sh_entsize;
#if defined(__x86_64__)
	/* A static program's: a jump each, and no more. */
	if (data->d_size >= 16 && b[0] == 0xff && b[1] == 0x25 && b[8] == 0xff && b[9] == 0x25)
		return 8;
#else
	(void)b;
#endif
	return usual;
}

static void add_stubs(const struct module *m, struct table *t, const struct slots *slots,
    const char *name, size_t usual)
{
	GElf_Shdr header;
	Elf_Scn *section = module_section(m, name, &header);
	Elf_Data *data;
	size_t stub;

	if (!section || header.sh_type != SHT_PROGBITS)
		return;
	data = elf_getdata(section, NULL);
	if (!data || !data->d_buf)
		return;
	stub = stub_size(&header, data, usual);
	for (size_t i = 0; i + stub <= data->d_size; i += stub) {
		uint64_t address = header.sh_addr + i;
		const char *target = slot_name(slots,
		    stub_slot((const uint8_t *)data->d_buf + i, stub, address));

		if (target && !add(t, (struct symbol){ .start = address, .end = address + stub,
		    .name = target, .plt = true, .sized = true }))
			return;
	}
}

static void add_plt(const struct module *m, struct table *t)
{
	struct slots slots = load_slots(m, t);

	if (slots.count) {
		add_stubs(m, t, &slots, ".plt", 16);
		add_stubs(m, t, &slots, ".plt.sec", 16);
		add_stubs(m, t, &slots, ".plt.got", 8);
	}
	free(slots.slot);
}

/* -- in order ------------------------------------------------------------ */

static size_t underscores(const char *name)
{
	return strspn(name, "_");
}

/* By address; of aliases the one that a person would write first: `puts'
 * before `_IO_puts', a function before a label. */
static int compare(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;
	size_t left, right;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->sized != y->sized)
		return x->sized ? -1 : 1;
	left = underscores(x->name);
	right = underscores(y->name);
	if (left != right)
		return left < right ? -1 : 1;
	left = strlen(x->name);
	right = strlen(y->name);
	return left != right ? (left < right ? -1 : 1) : strcmp(x->name, y->name);
}

static void sort(struct table *t)
{
	if (t->count)
		qsort(t->symbol, t->count, sizeof(*t->symbol), compare);
}

/* A label without a size reaches to the next one; inside a function that has
 * one it is a place in that function, not a function. */
static void settle(struct table *t)
{
	uint64_t inside = 0;	/* end of the last sized function */
	size_t kept = 0;

	for (size_t i = 0; i < t->count; i++) {
		struct symbol s = t->symbol[i];
		size_t next = i + 1;

		if (!s.sized && s.start < inside)
			continue;
		while (next < t->count && t->symbol[next].start == s.start)
			next++;
		if (!s.sized && next < t->count && t->symbol[next].start < s.end)
			s.end = t->symbol[next].start;
		if (s.sized && s.end > inside)
			inside = s.end;
		t->symbol[kept++] = s;
	}
	t->count = kept;
}

void module_load_symbols(struct module *m)
{
	struct table t = { 0 };
	GElf_Shdr header;
	Elf_Scn *section;

	if (m->symbols_tried)
		return;
	m->symbols_tried = true;
	section = section_of_type(m, SHT_SYMTAB, &header);
	if (!section)
		section = section_of_type(m, SHT_DYNSYM, &header);
	if (section)
		add_symbols(m, &t, section, &header);
	sort(&t);
	add_plt(m, &t);
	sort(&t);
	settle(&t);
	m->symbols = t.symbol;
	m->symbol_count = t.count;
}
