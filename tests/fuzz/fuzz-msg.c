/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * libFuzzer target for the decoder of messages: byte 0 chooses sender, receiver
 * and state, the rest is a packet.  What decodes must encode again, and to what
 * decodes to the same type.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static union msg_any decoded, again;
static uint8_t packet[MSG_PACKET_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum msg_state states[] = { CHAN_NEW, CHAN_READY, CHAN_BUSY, CHAN_DONE };
	enum msg_peer from, self;
	unsigned type, type_again;
	int fds[MSG_FDS_MAX];
	size_t length, nfds;

	if (size < 1)
		return 0;
	from = (data[0] >> 4) % PEER_COUNT;
	self = (data[0] >> 2) % PEER_COUNT;
	if (msg_decode(data + 1, size - 1, NULL, 0, from, self, states[data[0] & 3], &type, &decoded) != MSG_OK)
		return 0;
	if (msg_encode(type, &decoded, packet, &length, fds, &nfds) != MSG_OK || nfds != 0 ||
	    msg_decode(packet, length, NULL, 0, from, self, states[data[0] & 3], &type_again, &again) != MSG_OK ||
	    type_again != type)
		abort();
	return 0;
}
