/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the browser keeps between visits. Storage may be full or forbidden; the page works without it. */

import { effect, signal, type Signal } from "@preact/signals";

const PREFIX = "penguintrace.";

export function recall<T>(key: string, fallback: T): T {
	try {
		const kept = localStorage.getItem(PREFIX + key);
		return kept === null ? fallback : (JSON.parse(kept) as T);
	} catch {
		return fallback;
	}
}

export function remember(key: string, value: unknown): void {
	try {
		localStorage.setItem(PREFIX + key, JSON.stringify(value));
	} catch {
		/* nothing can be kept: the visit goes on */
	}
}

/** A signal whose value survives a reload. */
export function kept<T>(key: string, fallback: T): Signal<T> {
	const it = signal<T>(recall(key, fallback));
	effect(() => remember(key, it.value));
	return it;
}
