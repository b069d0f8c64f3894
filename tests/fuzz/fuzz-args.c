/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * libFuzzer target for what a client may send: byte 0 chooses the command, the
 * top bit the encoding, the rest is a payload.  What is accepted must be in the
 * table's bounds.
 */
#include <stdlib.h>

#include "tracer/args.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum encoding encoding;
	struct value_tree tree;
	struct failure failure = { 0 };
	struct args args;
	enum command command;
	char why[VALUE_WHY_MAX];

	if (size < 1)
		return 0;
	encoding = data[0] & 0x80 ? ENCODING_MSGPACK : ENCODING_JSON;
	command = (data[0] & 0x7f) % COMMAND_COUNT;
	if (!value_read(&tree, encoding, data + 1, size - 1, why))
		return 0;
	if (args_check(&args, command, tree.root, &failure) == 0) {
		if (args.moment.with_len > 8 ||
		    (command == COMMAND_stepIn && (args.of_stepIn.count < 1 || args.of_stepIn.count > 1000000)) ||
		    (command == COMMAND_readMemory && args.of_readMemory.count > 65536))
			abort();
	} else if (failure.status < 400 || failure.message[0] == '\0') {
		abort();
	}
	args_free(&args);
	value_free(&tree);
	return 0;
}
