/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Input for the program. Its terminal does not echo, so what is typed here is shown where it was typed. A program that is taken back
 * takes it in again, and most likely at the same place.
 */

import { signal } from "@preact/signals";
import * as cursor from "./cursor";
import { complain, request } from "./link";
import { outputEnd } from "./output";

export interface Typed {
	/** Bytes of output that were there before it. */
	at: number;
	/** The newest moment then: the program takes it in behind that. */
	position: number;
	text: string;
}

export const typed = signal<Typed[]>([]);

export function forgetTyped(): void {
	typed.value = [];
}

/** It goes to the live process, wherever the cursor is. */
export async function sendInput(text: string, eof: boolean): Promise<void> {
	const echo = { at: outputEnd(), position: cursor.frontier.peek(), text: eof ? `${text}^D\n` : text };
	typed.value = [...typed.peek(), echo];
	try {
		await request("input", eof ? { text, eof } : { text });
	} catch (error) {
		typed.value = typed.peek().filter((t) => t !== echo);
		complain(error);
	}
}
