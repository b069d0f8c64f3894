/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the service is and how it is: /api/v1/info, /healthz, /readyz, /metrics. */
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "httpd/answer.h"
#include "httpd/api.h"
#include "httpd/json.h"

static struct evbuffer *new_body(struct conn *c)
{
	struct evbuffer *out = evbuffer_new();

	if (out == NULL)
		answer_error(c, 503, "full", "the service is short of memory; try again");
	return out;
}

/* -- /api/v1/info ---------------------------------------------------------------- */

static void add_tool(struct evbuffer *out, const struct record_tool_row *tool, bool first)
{
	evbuffer_add_printf(out, "%s{\"name\":", first ? "" : ",");
	json_string(out, tool->compiler);
	evbuffer_add_printf(out, ",\"version\":");
	json_string(out, tool->version);
	evbuffer_add(out, "}", 1);
}

static bool named_before(const struct msg_offer *o, size_t row)
{
	for (size_t i = 0; i < row; i++)
		if (strcmp(o->tools[i].language, o->tools[row].language) == 0)
			return true;
	return false;
}

/* One language with all its compilers, in the broker's order. */
static void add_language(struct evbuffer *out, const struct msg_offer *o, size_t row, bool first)
{
	bool first_tool = true;

	evbuffer_add_printf(out, "%s{\"name\":", first ? "" : ",");
	json_string(out, o->tools[row].language);
	evbuffer_add_printf(out, ",\"compilers\":[");
	for (size_t i = row; i < o->tools_len; i++) {
		if (strcmp(o->tools[i].language, o->tools[row].language) != 0)
			continue;
		add_tool(out, &o->tools[i], first_tool);
		first_tool = false;
	}
	evbuffer_add_printf(out, "]}");
}

static void add_languages(struct evbuffer *out, const struct msg_offer *o)
{
	bool first = true;

	evbuffer_add_printf(out, "\"languages\":[");
	for (size_t i = 0; i < o->tools_len; i++) {
		if (named_before(o, i))
			continue;
		add_language(out, o, i, first);
		first = false;
	}
	evbuffer_add(out, "]", 1);
}

/* Every number among the settings, by its name: they are the limits. */
static void add_limits(struct evbuffer *out, const struct conf *conf)
{
	const char *separator = "";

	evbuffer_add_printf(out, "\"limits\":{");
#define NUMBER(n, d, min, max, unit, help) \
	evbuffer_add_printf(out, "%s\"" #n "\":%llu", separator, (unsigned long long)conf->n); \
	separator = ",";
#define BYTES(n, d, min, max, help) NUMBER(n, d, min, max, , help)
#include "src/settings.def"
	evbuffer_add(out, "}", 1);
}

void api_info(struct conn *c, const struct head *head)
{
	const struct msg_offer *offer = &c->httpd->offer;
	struct evbuffer *out = new_body(c);

	(void)head;
	if (out == NULL)
		return;
	evbuffer_add_printf(out, "{\"version\":\"" PACKAGE_VERSION "\",\"isolation\":");
	json_string(out, offer->isolation);
	evbuffer_add_printf(out, ",\"isolationNote\":");
	json_string(out, offer->isolation_note);
	evbuffer_add(out, ",", 1);
	add_languages(out, offer);
	evbuffer_add(out, ",", 1);
	add_limits(out, &c->httpd->conf);
	evbuffer_add(out, "}", 1);
	answer_buffer(c, &(struct answer){ .status = 200, .type = "application/json" }, out);
	evbuffer_free(out);
}

/* -- /healthz, /readyz -------------------------------------------------------------- */

static void answer_text(struct conn *c, unsigned status, const char *text)
{
	answer_bytes(c, &(struct answer){ .status = status, .type = "text/plain; charset=utf-8" },
	    text, strlen(text));
}

void api_healthz(struct conn *c, const struct head *head)
{
	(void)head;
	answer_text(c, 200, "ok\n");
}

void api_readyz(struct conn *c, const struct head *head)
{
	(void)head;
	if (c->httpd->draining)
		answer_text(c, 503, "shutting down\n");
	else if (!c->httpd->offered)
		answer_text(c, 503, "starting: the compilers have not answered yet\n");
	else
		answer_text(c, 200, "ready\n");
}

/* -- /metrics: Prometheus' text format, version 0.0.4 --------------------------------- */

static void add_metric(struct evbuffer *out, const char *name, const char *type, const char *help,
    uint64_t value)
{
	evbuffer_add_printf(out, "# HELP penguintrace_%s %s\n# TYPE penguintrace_%s %s\npenguintrace_%s %llu\n",
	    name, help, name, type, name, (unsigned long long)value);
}

static void add_own_metrics(struct evbuffer *out, const struct httpd *httpd)
{
	const struct counters *n = &httpd->counters;

	add_metric(out, "connections", "gauge", "Open connections.", httpd->connection_count);
	add_metric(out, "websockets", "gauge", "Open WebSockets.", httpd->socket_count);
	add_metric(out, "connections_total", "counter", "Connections accepted.", n->connections_total);
	add_metric(out, "connections_refused_total", "counter",
	    "Connections turned away for their number.", n->connections_refused_total);
	add_metric(out, "websockets_total", "counter", "WebSockets opened.", n->websockets_total);
	add_metric(out, "slow_clients_total", "counter",
	    "WebSockets dropped because the client did not read.", n->slow_clients_total);
	evbuffer_add_printf(out, "# HELP penguintrace_http_answers_total Answers by class of status.\n"
	    "# TYPE penguintrace_http_answers_total counter\n");
	for (unsigned i = 2; i < sizeof n->answers_total / sizeof *n->answers_total; i++)
		evbuffer_add_printf(out, "penguintrace_http_answers_total{class=\"%uxx\"} %llu\n", i,
		    (unsigned long long)n->answers_total[i]);
}

static void on_measured_answer(struct pending *p, unsigned type, void *msg)
{
	struct conn *c = container_of(p, struct conn, x.pending);
	const struct msg_measured *m = msg;
	struct evbuffer *out = new_body(c);

	if (out == NULL)
		return;
	if (type == MSG_measured) {
		add_metric(out, "sessions", "gauge", "Sessions that live.", m->sessions);
		add_metric(out, "compiling", "gauge", "Compilations that run.", m->compiling);
		add_metric(out, "queued", "gauge", "Compilations that wait.", m->queued);
		add_metric(out, "sessions_created_total", "counter", "Sessions made.", m->created_total);
		add_metric(out, "sessions_failed_total", "counter",
		    "Requests for a session that failed.", m->failed_total);
		add_metric(out, "workers_died_total", "counter",
		    "Compilers and tracers that died unasked.", m->workers_died_total);
	}
	add_own_metrics(out, c->httpd);
	answer_buffer(c, &(struct answer){ .status = 200, .type = "text/plain; version=0.0.4; charset=utf-8" }, out);
	evbuffer_free(out);
}

void api_metrics(struct conn *c, const struct head *head)
{
	struct msg_measure m = { .request = pending_start(c->httpd, &c->x.pending, on_measured_answer) };

	(void)head;
	if (send_measure(c->httpd->broker, &m) == 0)
		return;
	pending_forget(&c->x.pending);
	answer_error(c, 503, "full", "the service is busy; try again in a second");
}
