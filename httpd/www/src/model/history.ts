/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Looking back: which step last wrote something. */

import type { Word } from "../service/types";
import { integer } from "../service/word";
import * as cursor from "./cursor";
import { request } from "./link";

export type Written = { address: Word; size: number } | { expression: string; frameId: number };

export interface LastWrite {
	position: number;
	/** Of the instruction that wrote. */
	line?: number;
}

/** A search that an answer does not end goes on in as many more. */
const ROUNDS_MAX = 200;
const SIZE_MAX = 4096;

/** The last step up to `before` that wrote to it; undefined: none that is recorded did. */
export async function lastWrite(what: Written, before = cursor.position.peek()): Promise<LastWrite | undefined> {
	const of = "expression" in what ? what : { address: what.address, size: Math.max(1, Math.min(what.size, SIZE_MAX)) };
	const epoch = cursor.epoch.peek();
	let position = before;
	for (let round = 0; round < ROUNDS_MAX && position > 0; round++) {
		const body = await request("lastWrite", { ...of, position, epoch, thread: cursor.chosenThread.peek() });
		if (body.found === true)
			return { position: integer(body.position) ?? 0, line: integer(body.line) };
		const searched = integer(body.searched) ?? 0;
		if (searched >= position)
			break;
		position = searched;
	}
	return undefined;
}
