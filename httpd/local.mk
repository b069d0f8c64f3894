# SPDX-License-Identifier: AGPL-3.0-or-later
# penguintrace-httpd.  libhttpd.a is all of it but main() and the page, so that
# tests can link it.
noinst_LIBRARIES += libhttpd.a
pkglibexec_PROGRAMS += penguintrace-httpd

libhttpd_a_SOURCES = \
	httpd/httpd.h httpd/handlers.h \
	httpd/head.h httpd/head.c \
	httpd/address.h httpd/address.c \
	httpd/guard.h httpd/guard.c \
	httpd/identity.h httpd/identity.c \
	httpd/json.h httpd/json.c \
	httpd/handshake.h httpd/handshake.c \
	httpd/broker.h httpd/broker.c \
	httpd/ended.h httpd/ended.c \
	httpd/sessions.h httpd/sessions.c \
	httpd/listen.h httpd/listen.c \
	httpd/http.h httpd/http.c \
	httpd/body.h httpd/body.c \
	httpd/session.h httpd/clients.c \
	httpd/answer.h httpd/answer.c \
	httpd/api.h httpd/api.c \
	httpd/creation.c httpd/command.c httpd/information.c \
	httpd/socket.h httpd/socket.c \
	httpd/assets.h httpd/assets.c
libhttpd_a_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS) $(WSLAY_CFLAGS)

penguintrace_httpd_SOURCES = httpd/main.c
nodist_penguintrace_httpd_SOURCES = httpd/assets-data.S httpd/assets-table.c
penguintrace_httpd_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS)
penguintrace_httpd_LDADD = libhttpd.a libsandbox.a libshared.a $(EVENT_LIBS) $(WSLAY_LIBS) $(MSGPACK_LIBS)

# -- what is compiled in --------------------------------------------------------
# The page: from --with-page=DIR; else as the release has it (httpd/www/dist);
# else built here with npm.  page-is-built stands for the directory's files.
EXTRA_DIST += httpd/make-assets contrib/build-page contrib/make-source-tarball
page_sources = $(wildcard $(srcdir)/httpd/www/*.* $(srcdir)/httpd/www/src/* $(srcdir)/httpd/www/src/*/*)
page_shipped = $(wildcard $(srcdir)/httpd/www/dist/index.html)
page_directory = $(or $(PAGE),$(if $(page_shipped),$(srcdir)/httpd/www/dist,httpd/page))

httpd/page-is-built: $(if $(PAGE)$(page_shipped),$(page_directory)/index.html,$(srcdir)/contrib/build-page $(page_sources))
	@$(MKDIR_P) httpd
	$(if $(PAGE)$(page_shipped),,$(AM_V_GEN)$(srcdir)/contrib/build-page $(srcdir)/httpd/www httpd/page)
	@touch $@

# This very program's source, for /source.tar.gz (AGPL-3.0, section 13).
source_files = $(shell cd $(srcdir) && { git -c safe.directory='*' ls-files 2>/dev/null || true; })
httpd/source.tar.gz: $(srcdir)/contrib/make-source-tarball $(wildcard $(addprefix $(srcdir)/,$(source_files)))
	@$(MKDIR_P) httpd
	$(AM_V_GEN)$(srcdir)/contrib/make-source-tarball $(srcdir) $@

httpd/assets-data.S: httpd/page-is-built httpd/source.tar.gz $(srcdir)/httpd/make-assets
	$(AM_V_GEN)$(srcdir)/httpd/make-assets httpd/assets-data.S httpd/assets-table.c \
		$(page_directory) httpd/source.tar.gz
httpd/assets-table.c: httpd/assets-data.S

CLEANFILES += httpd/page-is-built httpd/source.tar.gz httpd/assets-data.S httpd/assets-table.c

clean-local: clean-page
clean-page:
	-rm -rf httpd/page
.PHONY: clean-page
