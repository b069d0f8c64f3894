/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the files of expr share.  Private to program/. */
#ifndef PT_EXPR_PRIVATE_H
#define PT_EXPR_PRIVATE_H

#include "tracer/program/context.h"
#include "tracer/program/expr.h"
#include "tracer/program/type.h"

#define NAME_LENGTH	256	/* of a name, with its qualification */
#define HELD_BYTES_MAX	256	/* of an object that is not in memory: in registers, a constant */

typedef unsigned __int128 wide;

/* -- types (expr-type.c) -------------------------------------------------- */

enum basic {	/* ascending by rank within the integers, and then of the others */
	BASIC_DIE,	/* expr_type.die says it */
	BASIC_VOID, BASIC_CODE,
	BASIC_BOOL, BASIC_CHAR, BASIC_SCHAR, BASIC_UCHAR, BASIC_SHORT, BASIC_USHORT,
	BASIC_INT, BASIC_UINT, BASIC_LONG, BASIC_ULONG, BASIC_LLONG, BASIC_ULLONG,
	BASIC_INT128, BASIC_UINT128,
	BASIC_FLOAT, BASIC_DOUBLE, BASIC_LONG_DOUBLE,
	BASIC_COUNT,
};

struct basic_info {
	const char *name;
	uint8_t size;
	bool is_signed, is_float;
};
extern const struct basic_info basic_table[BASIC_COUNT];

/* `pointers' pointers to: a basic type, or a DIE's without its `skip' outer
 * dimensions (of an array, which DWARF has in one piece). */
struct expr_type {
	enum basic basic;
	Dwarf_Die die;
	uint8_t skip, pointers;
};

struct expr_type expr_basic(enum basic);
struct expr_type expr_die(Dwarf_Die *);		/* NULL: void */
/* What a pointer points to; false: it is none. */
bool expr_pointed(const struct expr_type *, struct expr_type *to);
/* Elements of an array, *count of them (0: not known); false: it is none. */
bool expr_element(const struct evaluation *, const struct expr_type *, struct expr_type *element,
    uint64_t *count);
/* The arithmetic type that it is or (an enumeration) counts as. */
bool expr_arithmetic(const struct expr_type *, enum basic *);
/* The structure, class or union that it is. */
bool expr_structure(const struct expr_type *, Dwarf_Die *plain);
/* The target of a reference; false: it is none. */
bool expr_reference(const struct expr_type *, struct expr_type *to);
bool expr_is_function(const struct expr_type *);
bool expr_size(const struct evaluation *, const struct expr_type *, uint64_t *size);
void expr_type_name(const struct image *, const struct evaluation *, const struct expr_type *,
    struct text *);

/* -- numbers (expr-arith.c) ------------------------------------------------ */

struct number {
	enum basic basic;	/* arithmetic; of a pointer ULONG */
	wide i;			/* sign- or zero-extended from its size */
	long double f;		/* of a floating type */
};

/* -- the tree (expr-parse.c) ------------------------------------------------ */

enum op {
	OP_NUMBER, OP_NULL, OP_NAME, OP_REGISTER, OP_VECTOR,
	OP_LOGICAL_NOT, OP_NOT, OP_NEGATE, OP_PLUS, OP_TARGET, OP_ADDRESS,
	OP_SIZEOF, OP_SIZEOF_TYPE, OP_CAST,
	OP_MEMBER, OP_ARROW, OP_INDEX,
	OP_MULTIPLY, OP_DIVIDE, OP_MODULO, OP_ADD, OP_SUBTRACT, OP_LEFT, OP_RIGHT,
	OP_LESS, OP_GREATER, OP_LESS_EQUAL, OP_GREATER_EQUAL, OP_EQUAL, OP_UNEQUAL,
	OP_AND, OP_XOR, OP_OR, OP_LOGICAL_AND, OP_LOGICAL_OR,
	OP_CONDITION,		/* a ? b: ALTERNATIVES */
	OP_ALTERNATIVES,
};

/* What a name that is no local stands for, found once. */
enum meaning { MEANING_NOT_SOUGHT, MEANING_NOTHING, MEANING_OBJECT, MEANING_ENUMERATOR, MEANING_FUNCTION };

struct node {
	enum op op;
	unsigned column;
	unsigned height;		/* of the tree below, with this one */
	struct node *a, *b;
	struct number number;		/* NUMBER */
	const char *name;		/* NAME, MEMBER, ARROW */
	int reg;			/* REGISTER: index */
	struct vector_register vector;	/* VECTOR */
	struct expr_type type;		/* CAST, SIZEOF_TYPE */
	/* NAME: */
	enum meaning meaning;
	Dwarf_Off meaning_unit;		/* that it was sought from */
	Dwarf_Die object;
	uint64_t address;		/* FUNCTION */
};

struct expr {
	const struct image *image;
	char text[EXPR_LENGTH_MAX + 1];
	struct node *root;
	struct node *nodes;
	size_t node_count, node_room;
	char *names;			/* NUL-terminated, one behind the other */
	size_t names_length;
};

/* Fills *error, returns false. */
bool expr_fail(struct expr_error *error, unsigned column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* -- tokens (expr-lex.c) ---------------------------------------------------- */

enum token_kind { TOKEN_END, TOKEN_NUMBER, TOKEN_NAME, TOKEN_REGISTER, TOKEN_SIGN };

struct token {
	enum token_kind kind;
	unsigned column;
	char text[NAME_LENGTH];		/* NAME; REGISTER without $; SIGN: "->" */
	struct number number;
};

/* The token at *at, which moves behind it. */
bool expr_token(const char *text, size_t *at, struct token *, struct expr_error *);

/* -- what names mean (expr-names.c) ----------------------------------------- */

/* A type by its name; keyword: "struct", "union", "enum", "class" or NULL: any. */
bool names_type(const struct image *, const char *keyword, const char *name, Dwarf_Die *);
/* The definition of what is only declared. */
void names_complete(const struct image *, Dwarf_Die *structure);
/* An enumerator and the enumeration that it is of. */
bool names_enumerator(const struct image *, const char *name, Dwarf_Die *enumerator,
    Dwarf_Die *enumeration);

/* -- evaluation ----------------------------------------------------- */

struct eval {
	const struct image *image;
	const struct context *context;
	struct expr_error *error;
	bool cxx;
};

/* A value: in memory at address, else in bytes. */
struct operand {
	struct expr_type type;
	bool in_memory;
	uint64_t address;
	uint64_t bit, width;	/* width > 0: a bit field, bit counts from address or bytes */
	int reg;		/* register that the object lives in, -1: none */
	int vector;		/* DWARF number of the vector register, 0: none */
	uint8_t bytes[HELD_BYTES_MAX];
	size_t length;		/* of bytes */
};

bool operand_number(struct eval *, const struct operand *, unsigned column, struct number *);
/* Follows a reference; anything else stays. */
bool operand_settle(struct eval *, struct operand *, unsigned column);
void operand_from_number(struct operand *, const struct expr_type *, const struct number *);
/* The object at an address. */
struct operand operand_at(uint64_t address, const struct expr_type *);
/* A pointer's or array's target type and address (of a function: itself); false: neither. */
bool operand_pointer(struct eval *, const struct operand *, unsigned column,
    struct expr_type *to, uint64_t *address, bool *is);

/* To a basic type, as C converts; false: a floating value that has no integer. */
bool number_convert(struct number *, enum basic to);
bool number_is_zero(const struct number *);
bool number_unary(struct eval *, const struct node *, struct number *);
/* Both arithmetic.  Comparisons give int (C++: bool). */
bool number_binary(struct eval *, const struct node *, const struct number *a,
    const struct number *b, struct number *out);

/* -- members (expr-member.c) --------------------------------------------------- */

bool member_find(struct eval *, const struct operand *object, const char *name, unsigned column,
    struct operand *out, bool *found);
/* Byte at which a base class begins; false: it is no base, or a virtual one. */
bool member_base(const struct image *, Dwarf_Die *derived, Dwarf_Die *base, uint64_t *offset);
/* The members that are shown as children, at most max of them from start on, with
 * their names, cut; returns how many there are. */
size_t member_list(struct eval *, const struct operand *object, size_t start, struct operand *out,
    char (*names)[128], size_t max);

/* -- objects (expr-operand.c) ------------------------------------------------------ */

/* The object that a DW_TAG_variable, DW_TAG_formal_parameter is; name for errors. */
bool operand_object(struct eval *, Dwarf_Die *, const char *name, unsigned column, struct operand *);
/* Bytes of the object, from its start. */
bool operand_read(struct eval *, const struct operand *, unsigned column, void *buffer, size_t size);

/* -- evaluation of a node (expr.c) ---------------------------------------------------- */
bool eval_operand(struct eval *, struct node *, struct operand *);
/* As a condition. */
bool eval_truth(struct eval *, struct node *, bool *truth);

/* -- … of some (expr-resolve.c) -------------------------------------------------------- */
bool resolve_name(struct eval *, struct node *, struct operand *);
bool resolve_register(struct eval *, struct node *, struct operand *);
/* x87: a long double; up to 128 bits: an integer; wider: no number, just bytes. */
bool resolve_vector(struct eval *, struct node *, struct operand *);

/* -- … and of others (expr-pointer.c) ---------------------------------------------------- */

/* One of two operands. */
struct side {
	struct operand operand;
	bool pointer;
	struct expr_type to;
	uint64_t address;
	struct number number;	/* of what is no pointer */
};

/* The operators that concern pointers: false with the error in eval. */
bool eval_side(struct eval *, struct node *, struct side *);
bool eval_binary(struct eval *, struct node *, struct operand *);
bool eval_target(struct eval *, struct node *, struct operand *);
bool eval_index(struct eval *, struct node *, struct operand *);
bool eval_address(struct eval *, struct node *, struct operand *);
/* A number of a basic type; a pointer to an address. */
bool eval_give(struct operand *, enum basic, const struct number *);
bool eval_give_pointer(struct eval *, struct node *, struct operand *, struct expr_type to,
    uint64_t address);

/* -- as text (expr-print.c) ----------------------------------------------------- */

/* All but the name. */
bool operand_describe(struct eval *, const struct operand *, unsigned column, struct variable *);
/* How many children it has; *indexed: they are elements. */
size_t operand_children(struct eval *, const struct operand *, bool *indexed);

#endif
