/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Asking for output that no event has brought. */

import { integer, text } from "../service/word";
import { request } from "./link";
import * as output from "./output";

const OUTPUT_CHUNK = 64 * 1024;

let fetching = false;
/** As far as there is output that somebody has heard of. */
let heardOf = 0;

/** Asks for what the page does not have of the output, of which there is as much as `end` bytes. */
export async function fetchOutput(end = output.cursorEnd.peek()): Promise<void> {
	heardOf = Math.max(heardOf, end);
	if (fetching)
		return;
	fetching = true;
	try {
		for (let total = Infinity; output.outputEnd() < Math.max(total, heardOf);) {
			const start = output.wantedFrom(heardOf);
			const body = await request("output", { start, count: OUTPUT_CHUNK });
			const next = integer(body.end) ?? start;
			total = integer(body.total) ?? next;
			if (next <= start)
				break;
			output.addOutput(start, next, text(body.text) ?? "");
		}
	} catch {
		/* it is asked for again with the next state that says there is more */
	} finally {
		heardOf = 0;
		fetching = false;
	}
}
