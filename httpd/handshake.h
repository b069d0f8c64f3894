/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The opening handshake of a WebSocket (RFC 6455, 4.2), as far as it is
 * computed: Sec-WebSocket-Accept.  SHA-1 is what the RFC asks for; nothing here
 * rests on its strength. */
#ifndef PT_HTTPD_HANDSHAKE_H
#define PT_HTTPD_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACCEPT_LENGTH 28

/* key: the value of Sec-WebSocket-Key; accept gets 28 characters and a NUL.
 * false: the key is not 16 bytes in base64. */
bool handshake_accept(const char *key, char accept[ACCEPT_LENGTH + 1]);

/* FIPS 180-4, of at most 119 bytes (two blocks). */
void handshake_sha1(const void *data, size_t length, uint8_t digest[20]);

#endif
