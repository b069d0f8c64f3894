/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "httpd/handshake.h"

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define KEY_LENGTH 24	/* 16 bytes: 22 characters and "==" */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static uint32_t rotate(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

/* f and constant of round t, FIPS 180-4, 4.1.1 and 4.2.1 */
static uint32_t mix(unsigned t, uint32_t b, uint32_t c, uint32_t d)
{
	if (t < 20)
		return ((b & c) | (~b & d)) + 0x5a827999;
	if (t < 40)
		return (b ^ c ^ d) + 0x6ed9eba1;
	if (t < 60)
		return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
	return (b ^ c ^ d) + 0xca62c1d6;
}

static void add_block(uint32_t h[5], const uint8_t block[64])
{
	uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

	memcpy(w, block, 64);
	for (unsigned t = 0; t < 16; t++)
		w[t] = be32toh(w[t]);
	for (unsigned t = 16; t < 80; t++)
		w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
	for (unsigned t = 0; t < 80; t++) {
		uint32_t next = rotate(a, 5) + mix(t, b, c, d) + e + w[t];

		e = d;
		d = c;
		c = rotate(b, 30);
		b = a;
		a = next;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

void handshake_sha1(const void *data, size_t length, uint8_t digest[20])
{
	uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	uint8_t padded[128] = { 0 };
	size_t blocks = length < 56 ? 1 : 2;
	uint64_t bits = htobe64((uint64_t)length * 8);

	if (length > 119)
		length = 119;
	memcpy(padded, data, length);
	padded[length] = 0x80;
	memcpy(padded + blocks * 64 - 8, &bits, 8);
	for (size_t i = 0; i < blocks; i++)
		add_block(h, padded + i * 64);
	for (size_t i = 0; i < 5; i++) {
		uint32_t word = htobe32(h[i]);

		memcpy(digest + i * 4, &word, 4);
	}
}

/* 20 bytes as 27 characters and one '='. */
static void encode(const uint8_t digest[20], char text[ACCEPT_LENGTH + 1])
{
	uint8_t bytes[21] = { 0 };

	memcpy(bytes, digest, 20);
	for (size_t i = 0; i < 7; i++) {
		uint32_t group = (uint32_t)bytes[i * 3] << 16 | (uint32_t)bytes[i * 3 + 1] << 8 | bytes[i * 3 + 2];

		for (size_t j = 0; j < 4; j++)
			text[i * 4 + j] = alphabet[group >> (18 - 6 * j) & 63];
	}
	text[ACCEPT_LENGTH - 1] = '=';
	text[ACCEPT_LENGTH] = '\0';
}

bool handshake_accept(const char *key, char accept[ACCEPT_LENGTH + 1])
{
	char text[KEY_LENGTH + sizeof GUID];
	uint8_t digest[20];

	if (strlen(key) != KEY_LENGTH || strspn(key, alphabet) != KEY_LENGTH - 2 ||
	    strcmp(key + KEY_LENGTH - 2, "==") != 0)
		return false;
	snprintf(text, sizeof text, "%s" GUID, key);
	handshake_sha1(text, strlen(text), digest);
	encode(digest, accept);
	return true;
}
