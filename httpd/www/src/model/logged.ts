/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What log messages of breakpoints have said, by the moment they said it of. A command that passes there again says it again,
 * instead of what was said before; a stretch that ran at full speed is one moment, and may say much.
 */

import { signal } from "@preact/signals";

export interface Logged {
	position: number;
	text: string;
}

const KEPT = 2000;

export const logged = signal<Logged[]>([]);

let stored: Logged[] = [];
/** Moments that the command under way has said something of. */
const passed = new Set<number>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** A hot line must not have the page draw without end. */
const PUBLISH_MS = 50;

function publish(): void {
	timer ??= setTimeout(() => {
		timer = undefined;
		logged.value = [...stored];
	}, PUBLISH_MS);
}

export function addLogged(position: number, text: string): void {
	if (!passed.has(position))
		stored = stored.filter((l) => l.position !== position);
	passed.add(position);
	let at = stored.length;
	while (at > 0 && stored[at - 1]!.position > position)
		at--;
	stored.splice(at, 0, { position, text: text.replace(/\n$/, "") });
	if (stored.length > KEPT)
		stored.shift();
	publish();
}

/** A command has ended: the next one says it anew. */
export const endPass = (): void => passed.clear();

/** Forgets what was said of moments from `position` on. */
export function forgetLogged(position = 0): void {
	stored = stored.filter((l) => l.position < position);
	publish();
}
