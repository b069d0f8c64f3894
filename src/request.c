/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The request's body: JSON of a shape that one table names.  What is not in
 * the table is refused by name, so that a misspelt key is never silently
 * ignored.  Runs in a worker's sandbox only: the body is a stranger's.
 */
#include "config.h"

#include "src/request.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/request-files.h"

#define FLAG_MAX	256		/* bytes of one flag */
#define ARGS_BYTES	(256u << 10)	/* args, and env, together: well below execve(2)'s limit */
#define SEPARATORS_MAX	8192		/* commas and brackets that a sensible body has */
#define DEPTH_MAX	4

struct parser {
	struct request *request;
	struct request_error *error;
};

#define ANY_TYPE ((json_type)-1)	/* its parser looks */

struct member {
	const char *key;
	json_type type;
	bool required;
	bool (*parse)(struct parser *, const json_t *);
};

static const char *const language_names[] = {
	[LANGUAGE_C] = "c", [LANGUAGE_CXX] = "c++", [LANGUAGE_ASM] = "asm",
};

const char *request_language_name(enum request_language language)
{
	return language_names[language];
}

__attribute__((format(printf, 4, 5)))
static bool fail(struct parser *p, int status, const char *code, const char *format, ...)
{
	va_list ap;

	p->error->status = status;
	snprintf(p->error->code, sizeof(p->error->code), "%s", code);
	va_start(ap, format);
	vsnprintf(p->error->message, sizeof(p->error->message), format, ap);
	va_end(ap);
	return false;
}

#define bad(p, ...) fail(p, 400, "bad_request", __VA_ARGS__)

static bool no_memory(struct parser *p)
{
	return fail(p, 503, "out_of_memory", "the request needs more memory than there is");
}

static const char *type_name(json_type type)
{
	switch (type) {
	case JSON_OBJECT:	return "an object";
	case JSON_ARRAY:	return "an array";
	case JSON_STRING:	return "a string";
	case JSON_INTEGER:
	case JSON_REAL:		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:	return "true or false";
	case JSON_NULL:		return "null";
	}
	return "something else";
}

static bool check_type(struct parser *p, const char *where, const json_t *value, json_type type)
{
	if (json_typeof(value) == type)
		return true;
	return bad(p, "%s must be %s, not %s", where, type_name(type), type_name(json_typeof(value)));
}

/* -- the members ------------------------------------------------------ */

static bool parse_language(struct parser *p, const json_t *value)
{
	char shown[REQUEST_SHOWN];

	for (size_t i = 0; i < sizeof(language_names) / sizeof(*language_names); i++)
		if (strcmp(json_string_value(value), language_names[i]) == 0) {
			p->request->language = i;
			return true;
		}
	return bad(p, "language %s is not known: it is \"c\", \"c++\" or \"asm\"",
	    request_show(shown, json_string_value(value)));
}

static bool parse_compiler(struct parser *p, const json_t *value)
{
	const char *name = json_string_value(value);
	size_t length = json_string_length(value);
	char shown[REQUEST_SHOWN];

	if (length >= sizeof(p->request->compiler) ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789+.-") != length)
		return bad(p, "compiler %s is not a compiler's name: \"gcc\" or \"clang\"",
		    request_show(shown, name));
	memcpy(p->request->compiler, name, length + 1);
	return true;
}

static bool parse_policy(struct parser *p, const char *where, const json_t *value)
{
	static const char *const policies[] = { "step", "ahead", "everything" };
	char shown[REQUEST_SHOWN];

	if (!check_type(p, where, value, JSON_STRING))
		return false;
	for (size_t i = 0; i < sizeof(policies) / sizeof(*policies); i++)
		if (strcmp(json_string_value(value), policies[i]) == 0) {
			snprintf(p->request->record, sizeof(p->request->record), "%s", policies[i]);
			return true;
		}
	return bad(p, "%s %s is not known: it is \"step\", \"ahead\" or \"everything\"", where,
	    request_show(shown, json_string_value(value)));
}

static bool parse_budget(struct parser *p, const json_t *value)
{
	if (!check_type(p, "record.budget", value, JSON_INTEGER))
		return false;
	if (json_integer_value(value) < 0)
		return bad(p, "record.budget must be a number of steps, 0 or more");
	p->request->budget = (uint64_t)json_integer_value(value);
	p->request->has_budget = true;
	return true;
}

/* {policy, budget?}, or the policy alone. */
static bool parse_record(struct parser *p, const json_t *value)
{
	char shown[REQUEST_SHOWN];
	const char *key;
	json_t *member;

	if (json_is_string(value))
		return parse_policy(p, "record", value);
	if (!check_type(p, "record", value, JSON_OBJECT))
		return false;
	if (json_object_get(value, "policy") == NULL)
		return bad(p, "record.policy is missing");
	json_object_foreach((json_t *)value, key, member)
		if (strcmp(key, "policy") == 0 ? !parse_policy(p, "record.policy", member) :
		    strcmp(key, "budget") == 0 ? !parse_budget(p, member) :
		    !bad(p, "record.%s is not known: policy and budget are", request_show(shown, key)))
			return false;
	return true;
}

static bool parse_stdin(struct parser *p, const json_t *value)
{
	if (json_string_length(value) > REQUEST_STDIN_MAX)
		return bad(p, "stdin has %zu bytes, %u are allowed; what comes later can be typed with input",
		    json_string_length(value), REQUEST_STDIN_MAX);
	p->request->input = strdup(json_string_value(value));
	p->request->input_length = json_string_length(value);
	return p->request->input != NULL || no_memory(p);
}

/* An array of strings into vector[max + 1]. */
static bool parse_strings(struct parser *p, const char *key, const json_t *array,
    char **vector, size_t max, size_t each, size_t all)
{
	char where[32];
	size_t i, total = 0;
	json_t *item;

	if (json_array_size(array) > max)
		return bad(p, "%s has %zu elements, %zu are allowed", key, json_array_size(array), max);
	json_array_foreach(array, i, item) {
		snprintf(where, sizeof(where), "%s[%zu]", key, i);
		if (!check_type(p, where, item, JSON_STRING))
			return false;
		if (json_string_length(item) > each)
			return bad(p, "%s has %zu bytes, %zu are allowed", where, json_string_length(item), each);
		if ((total += json_string_length(item)) > all)
			return bad(p, "%s has more than %zu bytes in all", key, all);
		if ((vector[i] = strdup(json_string_value(item))) == NULL)
			return no_memory(p);
	}
	return true;
}

static bool parse_flags(struct parser *p, const json_t *value)
{
	return parse_strings(p, "flags", value, p->request->flags, REQUEST_FLAGS_MAX,
	    FLAG_MAX, REQUEST_FLAGS_MAX * FLAG_MAX);
}

static bool parse_args(struct parser *p, const json_t *value)
{
	return parse_strings(p, "args", value, p->request->args, REQUEST_ARGS_MAX,
	    ARGS_BYTES, ARGS_BYTES);
}

static bool parse_env(struct parser *p, const json_t *value)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
	static const char rest[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
	char shown[REQUEST_SHOWN];
	size_t n = 0, total = 0;
	const char *name;
	json_t *item;

	if (json_object_size(value) > REQUEST_ARGS_MAX)
		return bad(p, "env has %zu members, %u are allowed", json_object_size(value), REQUEST_ARGS_MAX);
	json_object_foreach((json_t *)value, name, item) {
		if (*name == '\0' || strchr(letters, *name) == NULL || name[strspn(name, rest)] != '\0')
			return bad(p, "env has the name %s: a name is letters, digits and _, not a digit first",
			    request_show(shown, name));
		if (!json_is_string(item))
			return bad(p, "env %s must be a string, not %s", request_show(shown, name),
			    type_name(json_typeof(item)));
		if ((total += strlen(name) + json_string_length(item) + 2) > ARGS_BYTES)
			return bad(p, "env has more than %u bytes in all", ARGS_BYTES);
		if (asprintf(&p->request->env[n], "%s=%s", name, json_string_value(item)) < 0) {
			p->request->env[n] = NULL;
			return no_memory(p);
		}
		n++;
	}
	return true;
}

static bool parse_file(struct parser *p, size_t i, const json_t *value)
{
	struct request_file *file = &p->request->files[i];
	const json_t *name = json_object_get(value, "name"), *text = json_object_get(value, "text");
	char where[32], shown[REQUEST_SHOWN];
	const char *key;
	json_t *item;

	snprintf(where, sizeof(where), "files[%zu]", i);
	if (!check_type(p, where, value, JSON_OBJECT))
		return false;
	json_object_foreach((json_t *)value, key, item)
		if (strcmp(key, "name") != 0 && strcmp(key, "text") != 0)
			return bad(p, "%s has a member %s: only name and text are known", where, request_show(shown, key));
	if (!json_is_string(name) || !json_is_string(text))
		return bad(p, "%s needs a name and a text, both strings", where);
	if (!request_name_valid(json_string_value(name)))
		return bad(p, "%s.name is %s: a name is 1 to %u of letters, digits and _ + . -, and does not begin with - or .",
		    where, request_show(shown, json_string_value(name)), REQUEST_NAME_MAX);
	memcpy(file->name, json_string_value(name), json_string_length(name) + 1);
	file->length = json_string_length(text);
	file->text = strdup(json_string_value(text));
	p->request->file_count = i + 1;
	return file->text != NULL || no_memory(p);
}

static bool parse_files(struct parser *p, const json_t *value)
{
	json_t *item;
	size_t i;

	if (json_array_size(value) > REQUEST_FILES_MAX)
		return bad(p, "files has %zu elements, %u are allowed", json_array_size(value), REQUEST_FILES_MAX);
	json_array_foreach(value, i, item)
		if (!parse_file(p, i, item))
			return false;
	return true;
}

static const struct member members[] = {
	{ "language",	JSON_STRING,	true,	parse_language },
	{ "compiler",	JSON_STRING,	false,	parse_compiler },
	{ "flags",	JSON_ARRAY,	false,	parse_flags },
	{ "files",	JSON_ARRAY,	true,	parse_files },
	{ "args",	JSON_ARRAY,	false,	parse_args },
	{ "env",	JSON_OBJECT,	false,	parse_env },
	{ "stdin",	JSON_STRING,	false,	parse_stdin },
	{ "record",	ANY_TYPE,	false,	parse_record },
};
#define MEMBERS (sizeof(members) / sizeof(*members))

/* -- the whole -------------------------------------------------------- */

static bool known_member(const char *key)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (strcmp(key, members[i].key) == 0)
			return true;
	return false;
}

static bool parse_members(struct parser *p, const json_t *root)
{
	char shown[REQUEST_SHOWN];
	const char *key;
	json_t *value;

	if (!check_type(p, "the request", root, JSON_OBJECT))
		return false;
	json_object_foreach((json_t *)root, key, value)
		if (!known_member(key))
			return bad(p, "%s is not known: language, compiler, flags, files, args, env, stdin and record are",
			    request_show(shown, key));
	for (size_t i = 0; i < MEMBERS; i++) {
		value = json_object_get(root, members[i].key);
		if (value == NULL && members[i].required)
			return bad(p, "%s is missing", members[i].key);
		if (value == NULL)
			continue;
		if ((members[i].type != ANY_TYPE && !check_type(p, members[i].key, value, members[i].type)) ||
		    !members[i].parse(p, value))
			return false;
	}
	return true;
}

/*
 * jansson makes an object of 100 bytes and more from each two bytes of "[],[],"
 * and recurses at each bracket: a body with more separators than any real one
 * has is refused before it is parsed.
 */
static bool check_shape(struct parser *p, const char *body, size_t length)
{
	size_t separators = 0, depth = 0;
	bool string = false;

	for (size_t i = 0; i < length; i++) {
		if (string) {
			if (body[i] == '\\')
				i++;
			else if (body[i] == '"')
				string = false;
			continue;
		}
		switch (body[i]) {
		case '"': string = true; break;
		case '[': case '{': depth++; separators++; break;
		case ']': case '}': depth -= depth > 0; break;
		case ',': separators++; break;
		}
		if (depth > DEPTH_MAX || separators > SEPARATORS_MAX)
			return bad(p, "the request is nested too deeply or has too many members");
	}
	return true;
}

static json_t *load(struct parser *p, const char *body, size_t length)
{
	char shown[REQUEST_SHOWN];
	json_error_t why;
	json_t *root;

	if (!check_shape(p, body, length))
		return NULL;
	root = json_loadb(body, length, JSON_REJECT_DUPLICATES, &why);
	if (root == NULL && json_error_code(&why) == json_error_out_of_memory)
		no_memory(p);
	else if (root == NULL)
		bad(p, "the request is not JSON: line %d, column %d: %s", why.line, why.column,
		    request_show(shown, why.text));
	return root;
}

static bool parse(struct parser *p, const void *body, size_t length)
{
	char why[sizeof(p->error->message)];
	json_t *root = load(p, body, length);
	bool ok;

	if (root == NULL)
		return false;
	ok = parse_members(p, root);
	json_decref(root);
	if (!ok)
		return false;
	switch (request_place_files(p->request, why, sizeof(why))) {
	case REQUEST_FILES_OK:		return true;
	case REQUEST_FILES_EMPTY:	return fail(p, 422, "empty_source", "%s", why);
	default:			return bad(p, "%s", why);
	}
}

struct request *request_parse(const void *body, size_t length, struct request_error *error)
{
	struct request_error unused;
	struct parser p = { .error = error != NULL ? error : &unused };

	memset(p.error, 0, sizeof(*p.error));
	if ((p.request = calloc(1, sizeof(*p.request))) == NULL) {
		no_memory(&p);
		return NULL;
	}
	if (!parse(&p, body, length)) {
		request_free(p.request);
		return NULL;
	}
	return p.request;
}

static void free_strings(char **vector, size_t max)
{
	for (size_t i = 0; i < max; i++)
		free(vector[i]);
}

void request_free(struct request *request)
{
	if (request == NULL)
		return;
	free_strings(request->flags, REQUEST_FLAGS_MAX);
	free_strings(request->args, REQUEST_ARGS_MAX);
	free_strings(request->env, REQUEST_ARGS_MAX);
	for (size_t i = 0; i < REQUEST_FILES_MAX; i++)
		free(request->files[i].text);
	free(request->input);
	free(request);
}
