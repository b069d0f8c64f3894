/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Types of the C++ library as what they contain, by the members that GNU
 * libstdc++ gives them.  A variable that is not yet constructed holds anything:
 * whatever does not fit together is left to be shown as a plain struct.
 */
#include <dwarf.h>
#include <string.h>

#include "tracer/program/die.h"
#include "tracer/program/value.h"

#define BASES_MAX	6		/* classes above one another */
#define LENGTH_MAX	(1ULL << 40)	/* bytes or elements; more is not constructed */
#define TREE_NODE_BASE	32		/* bytes: color, parent, left, right */
#define TREE_HEIGHT_MAX	128

/* A part of an object. */
struct part {
	Dwarf_Die type;
	const uint8_t *bytes;
	size_t size;
};

static bool sub_part(const struct printer *p, const struct part *whole, Dwarf_Die *member,
    struct part *out)
{
	uint64_t offset = 0, size;

	type_number(member, DW_AT_data_member_location, &offset);
	if (!type_of(member, &out->type) || !type_size(p->ev, &out->type, &size) ||
	    offset > whole->size || size > whole->size - offset)
		return false;
	out->bytes = whole->bytes + offset;
	out->size = size;
	return true;
}

/* The member with this name, of the class or one above it; pointer: it has to be one. */
static bool member(const struct printer *p, const struct part *whole, const char *name,
    bool pointer, struct part *out, int depth)
{
	size_t budget = VALUE_CHILDREN_MAX;
	Dwarf_Die plain, target;
	struct part base;

	if (depth == BASES_MAX || !type_strip((Dwarf_Die *)&whole->type, &plain))
		return false;
	for (struct die_walk w = die_children(&plain, UINT64_MAX, &budget); die_next(&w); ) {
		int tag = dwarf_tag(&w.die);
		const char *is = dwarf_diename(&w.die);

		if (tag == DW_TAG_inheritance && sub_part(p, whole, &w.die, &base) &&
		    member(p, &base, name, pointer, out, depth + 1))
			return true;
		if (tag != DW_TAG_member || !is || strcmp(is, name) != 0 ||
		    !sub_part(p, whole, &w.die, out))
			continue;
		if (!pointer || (type_strip(&out->type, &target) &&
		    dwarf_tag(&target) == DW_TAG_pointer_type && out->size == 8))
			return true;
	}
	return false;
}

/* A path of members. */
static bool reach(const struct printer *p, const struct part *whole, const char *const *path,
    struct part *out)
{
	struct part at = *whole;

	for (; *path; path++) {
		if (!member(p, &at, *path, path[1] == NULL, out, 0))
			return false;
		at = *out;
	}
	return true;
}

#define REACH(p, whole, out, ...) reach(p, whole, (const char *const[]){ __VA_ARGS__, NULL }, out)

static uint64_t word(const struct part *part)
{
	uint64_t w = 0;

	memcpy(&w, part->bytes, part->size < sizeof(w) ? part->size : sizeof(w));
	return w;
}

static bool pointee(const struct part *pointer, Dwarf_Die *type)
{
	Dwarf_Die plain;

	return type_strip((Dwarf_Die *)&pointer->type, &plain) && type_of(&plain, type);
}

/* -- strings and smart pointers ------------------------------------------ */

static bool print_string(const struct printer *p, const struct part *whole, int depth)
{
	struct part data, length;
	uint8_t bytes[VALUE_STRING_MAX];
	size_t shown;

	(void)depth;
	if (!REACH(p, whole, &data, "_M_dataplus", "_M_p") ||
	    !member(p, whole, "_M_string_length", false, &length, 0) || word(&length) > LENGTH_MAX)
		return false;
	shown = word(&length) < sizeof(bytes) ? word(&length) : sizeof(bytes);
	if (!view_read_all(p->ev->view, word(&data), bytes, shown))
		return false;
	text_quote(p->text, bytes, shown, '"');
	text_add(p->text, "%s", word(&length) > shown ? "…" : "");
	return true;
}

static bool print_unique_pointer(const struct printer *p, const struct part *whole, int depth)
{
	struct part pointer;

	if (!REACH(p, whole, &pointer, "_M_t", "_M_t", "_M_head_impl"))
		return false;
	value_print_at(p, &pointer.type, pointer.bytes, pointer.size, depth);
	return true;
}

static bool print_shared_pointer(const struct printer *p, const struct part *whole, int depth)
{
	struct part pointer;

	if (!member(p, whole, "_M_ptr", true, &pointer, 0))
		return false;
	value_print_at(p, &pointer.type, pointer.bytes, pointer.size, depth);
	return true;
}

/* -- containers ---------------------------------------------------------- */

/* One object in the program's memory, behind a comma if it is not the first. */
static bool print_element(const struct printer *p, Dwarf_Die *type, uint64_t address, size_t size,
    uint64_t index, int depth)
{
	uint8_t bytes[VALUE_BYTES_MAX];
	size_t part = size < sizeof(bytes) ? size : sizeof(bytes);

	text_add(p->text, "%s", index ? ", " : "");
	if (index == VALUE_ELEMENTS_MAX || !view_read_all(p->ev->view, address, bytes, part)) {
		text_add(p->text, "…");
		return false;
	}
	value_print_at(p, type, bytes, part, depth + 1);
	return !p->text->cut;
}

static bool print_vector(const struct printer *p, const struct part *whole, int depth)
{
	struct part start, finish;
	Dwarf_Die type;
	uint64_t size, from, to;
	uint8_t byte;

	if (!REACH(p, whole, &start, "_M_impl", "_M_start") ||
	    !REACH(p, whole, &finish, "_M_impl", "_M_finish") ||
	    !pointee(&start, &type) || !type_size(p->ev, &type, &size) || size == 0)
		return false;
	from = word(&start);
	to = word(&finish);
	if (from > to || (to - from) % size != 0 || to - from > LENGTH_MAX ||
	    (from != to && !view_read_all(p->ev->view, from, &byte, 1)))
		return false;
	text_add(p->text, "{");
	for (uint64_t i = 0; from < to && print_element(p, &type, from, size, i, depth); i++)
		from += size;
	text_add(p->text, "}");
	return true;
}

/* The n-th type parameter of a template, 0 …. */
static bool parameter(Dwarf_Die *type, int n, Dwarf_Die *out)
{
	size_t budget = VALUE_CHILDREN_MAX;
	Dwarf_Die plain;

	if (!type_strip(type, &plain))
		return false;
	for (struct die_walk w = die_children(&plain, UINT64_MAX, &budget); die_next(&w); )
		if (dwarf_tag(&w.die) == DW_TAG_template_type_parameter && n-- == 0)
			return type_of(&w.die, out);
	return false;
}

struct node {
	uint64_t color, parent, left, right;	/* std::_Rb_tree_node_base */
};

static bool read_node(const struct printer *p, uint64_t address, struct node *n)
{
	return view_read_all(p->ev->view, address, n, sizeof(*n));
}

/* The node behind one, in order; 0: a broken tree. */
static uint64_t successor(const struct printer *p, uint64_t at)
{
	struct node n, above;
	uint64_t parent;

	if (!read_node(p, at, &n))
		return 0;
	if (n.right) {
		at = n.right;
		for (int i = 0; i < TREE_HEIGHT_MAX && read_node(p, at, &n); i++) {
			if (n.left == 0)
				return at;
			at = n.left;
		}
		return 0;
	}
	for (int i = 0; i < TREE_HEIGHT_MAX; i++) {
		parent = n.parent;
		if (!read_node(p, parent, &above))
			return 0;
		if (above.right != at)
			return parent;
		at = parent;
		n = above;
	}
	return 0;
}

/* Keys with their values as "1 = \"one\"". */
static void print_pair(const struct printer *p, Dwarf_Die *type, uint64_t address, size_t size,
    uint64_t index, int depth)
{
	uint8_t bytes[VALUE_BYTES_MAX];
	struct part pair = { .type = *type, .bytes = bytes, .size = size }, key, value;

	if (size > sizeof(bytes) || !view_read_all(p->ev->view, address, bytes, size) ||
	    !member(p, &pair, "first", false, &key, 0) ||
	    !member(p, &pair, "second", false, &value, 0)) {
		text_add(p->text, "…");
		return;
	}
	text_add(p->text, "%s", index ? ", " : "");
	value_print_at(p, &key.type, key.bytes, key.size, depth + 1);
	text_add(p->text, " = ");
	value_print_at(p, &value.type, value.bytes, value.size, depth + 1);
}

static bool print_tree(const struct printer *p, const struct part *whole, int depth, bool pairs)
{
	struct part tree, first, count;
	Dwarf_Die type;
	uint64_t size, length, at;
	struct node n;

	if (!member(p, whole, "_M_t", false, &tree, 0) || !parameter(&tree.type, 1, &type) ||
	    !type_size(p->ev, &type, &size) ||
	    !REACH(p, &tree, &first, "_M_impl", "_M_header", "_M_left") ||
	    !member(p, &tree, "_M_impl", false, &count, 0) ||
	    !member(p, &count, "_M_node_count", false, &count, 0))
		return false;
	length = word(&count);
	at = word(&first);
	if (length > LENGTH_MAX || (length != 0 && !read_node(p, at, &n)))
		return false;
	text_add(p->text, "{");
	for (uint64_t i = 0; i < length && at && !p->text->cut; i++) {
		if (i == VALUE_ELEMENTS_MAX || !pairs) {
			if (!print_element(p, &type, at + TREE_NODE_BASE, size, i, depth))
				break;
		} else {
			print_pair(p, &type, at + TREE_NODE_BASE, size, i, depth);
		}
		at = i + 1 < length ? successor(p, at) : 0;
	}
	text_add(p->text, "}");
	return true;
}

static bool print_map(const struct printer *p, const struct part *whole, int depth)
{
	return print_tree(p, whole, depth, true);
}

static bool print_set(const struct printer *p, const struct part *whole, int depth)
{
	return print_tree(p, whole, depth, false);
}

bool printers_print(const struct printer *p, Dwarf_Die *plain, const uint8_t *bytes, size_t size,
    int depth)
{
	static const struct {
		const char *prefix;
		bool (*print)(const struct printer *, const struct part *, int depth);
	} known[] = {
		{ "basic_string<char,", print_string }, { "vector<", print_vector },
		{ "unique_ptr<", print_unique_pointer }, { "shared_ptr<", print_shared_pointer },
		{ "map<", print_map }, { "multimap<", print_map },
		{ "set<", print_set }, { "multiset<", print_set },
	};
	const struct part whole = { .type = *plain, .bytes = bytes, .size = size };
	const char *name = dwarf_diename(plain);

	if (!name || depth > VALUE_DEPTH_MAX)
		return false;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strncmp(name, known[i].prefix, strlen(known[i].prefix)) == 0)
			return known[i].print(p, &whole, depth);
	return false;
}
