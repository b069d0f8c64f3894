/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <string.h>
#include <strings.h>

#include "httpd/head.h"

/* Fields that mean something to us only if there is one of them. */
static const char *const single_fields[] = {
	"host", "content-length", "transfer-encoding", "content-type", "origin", "authorization",
	"expect", "upgrade", "sec-fetch-site", "sec-websocket-key", "sec-websocket-version",
};

static const struct {
	const char *name;
	enum method method;
} methods[] = {
	{ "GET", METHOD_GET }, { "HEAD", METHOD_HEAD },
	{ "POST", METHOD_POST }, { "DELETE", METHOD_DELETE },
};

static int refuse(int status, const char *text, const char **why)
{
	*why = text;
	return status;
}

/* tchar of RFC 9110, 5.6.2 */
static bool is_token_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A line that ends with CRLF, its end replaced by NUL; NULL if it ends
 * otherwise or holds a control character (a bare CR, a NUL) but tab. */
static char *take_line(char **next, const char *end)
{
	char *line = *next, *lf = memchr(line, '\n', (size_t)(end - line));

	if (lf == NULL || lf == line || lf[-1] != '\r')
		return NULL;
	lf[-1] = '\0';
	for (const char *p = line; p < lf - 1; p++)
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			return NULL;
	*next = lf + 1;
	return line;
}

static int parse_method(const char *name, struct head *head, const char **why)
{
	if (*name == '\0')
		return refuse(400, "the request line has no method", why);
	for (const char *p = name; *p != '\0'; p++)
		if (!is_token_char(*p))
			return refuse(400, "the method holds a character that no method has", why);
	head->method = METHOD_OTHER;
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (strcmp(methods[i].name, name) == 0)
			head->method = methods[i].method;
	return 0;
}

/* Only the form that is sent to a server: "/path?query". */
static int parse_target(char *target, struct head *head, const char **why)
{
	char *question;

	if (*target != '/')
		return refuse(400, "the request's target must begin with '/'", why);
	for (const char *p = target; *p != '\0'; p++)
		if (*p <= 0x20 || *p >= 0x7f || *p == '#')
			return refuse(400, "the request's target holds a character that must be percent-encoded", why);
	question = strchr(target, '?');
	head->path = target;
	head->query = "";
	if (question != NULL) {
		*question = '\0';
		head->query = question + 1;
	}
	return 0;
}

static int parse_version(const char *version, struct head *head, const char **why)
{
	if (strcmp(version, "HTTP/1.1") == 0)
		head->keep_alive = true;
	else if (strcmp(version, "HTTP/1.0") == 0)
		head->keep_alive = false;
	else if (strncmp(version, "HTTP/", 5) == 0)
		return refuse(505, "only HTTP/1.1 and HTTP/1.0 are spoken here", why);
	else
		return refuse(400, "the request line does not end with HTTP/1.1", why);
	return 0;
}

static int parse_request_line(char *line, struct head *head, const char **why)
{
	char *target = strchr(line, ' '), *version;
	int status;

	version = target != NULL ? strchr(target + 1, ' ') : NULL;
	if (version == NULL)
		return refuse(400, "the request line is not METHOD TARGET VERSION", why);
	*target++ = '\0';
	*version++ = '\0';
	status = parse_method(line, head, why);
	if (status == 0)
		status = parse_target(target, head, why);
	return status != 0 ? status : parse_version(version, head, why);
}

static char *trim(char *value)
{
	size_t length;

	value += strspn(value, " \t");
	length = strlen(value);
	while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t'))
		value[--length] = '\0';
	return value;
}

static int parse_field(char *line, struct head *head, const char **why)
{
	char *colon = line;

	/* A folded line begins with a space, which is no token character. */
	while (is_token_char(*colon))
		colon++;
	if (colon == line || *colon != ':')
		return refuse(400, "a header line is not NAME: VALUE (folded lines are refused)", why);
	if (head->field_count == HEAD_FIELDS_MAX)
		return refuse(431, "more than 100 header fields", why);
	*colon = '\0';
	head->fields[head->field_count].name = line;
	head->fields[head->field_count++].value = trim(colon + 1);
	return 0;
}

/* -- what the fields say ---------------------------------------------------- */

static int check_single(const struct head *head, const char **why)
{
	for (size_t i = 0; i < sizeof single_fields / sizeof *single_fields; i++)
		if (head_count(head, single_fields[i]) > 1)
			return refuse(400, "a header field that may stand once stands twice", why);
	if (head_field(head, "host") == NULL)
		return refuse(400, "there is no Host header field", why);
	return 0;
}

static int read_length(struct head *head, const char **why)
{
	const char *value = head_field(head, "content-length");
	const char *coding = head_field(head, "transfer-encoding");
	size_t digits = 0;

	if (coding != NULL && value != NULL)
		return refuse(400, "Content-Length and Transfer-Encoding exclude each other", why);
	if (coding != NULL && strcasecmp(coding, "chunked") == 0)
		return refuse(411, "a chunked body is not taken: send Content-Length", why);
	if (coding != NULL)
		return refuse(501, "no transfer coding is taken: send Content-Length", why);
	if (value == NULL)
		return 0;
	for (; is_digit(value[digits]) && digits < 18; digits++)
		head->length = head->length * 10 + (uint64_t)(value[digits] - '0');
	if (digits == 0 || value[digits] != '\0')
		return refuse(400, "Content-Length must be digits only, 18 at the most", why);
	head->has_length = true;
	return 0;
}

static int read_connection(struct head *head, const char **why)
{
	const char *expect = head_field(head, "expect");

	if (head_lists(head, "connection", "close"))
		head->keep_alive = false;
	else if (head_lists(head, "connection", "keep-alive"))
		head->keep_alive = true;
	if (expect != NULL && strcasecmp(expect, "100-continue") != 0)
		return refuse(417, "the only expectation that is met here is 100-continue", why);
	head->expect_continue = expect != NULL;
	return 0;
}

int head_parse(char *text, size_t length, struct head *head, const char **why)
{
	char *next = text, *line;
	int status;

	memset(head, 0, offsetof(struct head, fields));
	head->field_count = 0;
	head->has_length = head->keep_alive = head->expect_continue = false;
	head->length = 0;
	line = take_line(&next, text + length);
	if (line == NULL)
		return refuse(400, "the request line has a bare CR or LF or a control character", why);
	status = parse_request_line(line, head, why);
	while (status == 0) {
		line = take_line(&next, text + length);
		if (line == NULL)
			return refuse(400, "a header line has a bare CR or LF or a control character", why);
		if (*line == '\0')
			break;
		status = parse_field(line, head, why);
	}
	if (status == 0 && next != text + length)
		return refuse(400, "something follows the head", why);
	if (status == 0)
		status = check_single(head, why);
	if (status == 0)
		status = read_length(head, why);
	return status != 0 ? status : read_connection(head, why);
}

/* -- looking things up ------------------------------------------------------ */

const char *head_field(const struct head *head, const char *name)
{
	for (size_t i = 0; i < head->field_count; i++)
		if (strcasecmp(head->fields[i].name, name) == 0)
			return head->fields[i].value;
	return NULL;
}

size_t head_count(const struct head *head, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < head->field_count; i++)
		n += strcasecmp(head->fields[i].name, name) == 0;
	return n;
}

/* "gzip;q=0", "gzip; q=0.00" */
static bool is_refused(const char *parameters, size_t length)
{
	const char *end = parameters + length, *p = parameters;

	while (p < end && strchr(" \t;", *p) != NULL)
		p++;
	if (end - p < 3 || strncasecmp(p, "q=0", 3) != 0)
		return false;
	for (p += 3; p < end; p++)
		if (*p >= '1' && *p <= '9')
			return false;
	return true;
}

static bool list_holds(const char *list, const char *token)
{
	size_t wanted = strlen(token);

	while (*list != '\0') {
		size_t item, name;

		list += strspn(list, ", \t");
		item = strcspn(list, ",");
		name = strcspn(list, ",; \t");
		if (name == wanted && strncasecmp(list, token, wanted) == 0)
			return !is_refused(list + name, item - name);
		list += item;
	}
	return false;
}

bool head_lists(const struct head *head, const char *name, const char *token)
{
	for (size_t i = 0; i < head->field_count; i++)
		if (strcasecmp(head->fields[i].name, name) == 0 && list_holds(head->fields[i].value, token))
			return true;
	return false;
}

bool head_query(const struct head *head, const char *name, char *value, size_t size)
{
	size_t wanted = strlen(name), length;

	for (const char *p = head->query; *p != '\0'; p += length, p += *p == '&') {
		length = strcspn(p, "&");
		if (length <= wanted || strncmp(p, name, wanted) != 0 || p[wanted] != '=')
			continue;
		if (length - wanted - 1 >= size)
			return false;
		memcpy(value, p + wanted + 1, length - wanted - 1);
		value[length - wanted - 1] = '\0';
		return true;
	}
	return false;
}
