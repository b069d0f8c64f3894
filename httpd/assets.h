/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The page and this program's source, compiled into the binary: httpd has no
 * file system.  The table is made by httpd/make-assets; each file stands in it
 * as it is and, where that is shorter, gzipped.
 */
#ifndef PT_HTTPD_ASSETS_H
#define PT_HTTPD_ASSETS_H

#include <stddef.h>
#include <stdint.h>

struct asset {
	const char *path;		/* "/app.js" */
	const char *type;		/* Content-Type */
	const char *etag;		/* W/"…": of the content, however it is encoded */
	const uint8_t *plain, *plain_end;
	const uint8_t *gzip, *gzip_end;	/* NULL: none */
};

/* Ends with a row whose path is NULL. */
extern const struct asset asset_table[];

#endif
