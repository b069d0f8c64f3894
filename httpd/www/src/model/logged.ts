/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What log messages of breakpoints have said, by the moment they said it of. Going there again says it again, and is no news. */

import { signal } from "@preact/signals";

export interface Logged {
	position: number;
	text: string;
}

const KEPT = 2000;

export const logged = signal<Logged[]>([]);

let stored: Logged[] = [];
const known = new Set<string>();
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
	const line = text.replace(/\n$/, "");
	const key = `${position} ${line}`;
	if (known.has(key))
		return;
	known.add(key);
	let at = stored.length;
	while (at > 0 && stored[at - 1]!.position > position)
		at--;
	stored.splice(at, 0, { position, text: line });
	if (stored.length > KEPT) {
		const gone = stored.shift()!;
		known.delete(`${gone.position} ${gone.text}`);
	}
	publish();
}

/** Forgets what was said of moments from `position` on. */
export function forgetLogged(position = 0): void {
	stored = stored.filter((l) => l.position < position);
	known.clear();
	for (const l of stored)
		known.add(`${l.position} ${l.text}`);
	publish();
}
