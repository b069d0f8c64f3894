/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The system calls that are recorded, a page of them around the cursor; asked for while they are looked at. */

import { effect, signal } from "@preact/signals";
import type { Word } from "../service/types";
import { integer, list, text, word } from "../service/word";
import * as cursor from "./cursor";
import { bottomTab } from "./layout";
import { phase, request } from "./link";

export interface Call {
	position: number;
	thread?: number;
	name: string;
	arguments: string[];
	result: string;
	error?: string;
}

export interface Calls {
	start: number;
	calls: Call[];
	total: number;
	complete: boolean;
	/** From here on it is not, when it is not. */
	incompleteFrom?: number;
	error?: string;
}

export const PAGE = 200;
/** After the record has grown, so much later, that it is not asked with each step. */
const SETTLE_MS = 250;

export const calls = signal<Calls | undefined>(undefined);

const shown = (value: unknown): string => {
	const w: Word | undefined = word(value);
	if (typeof value === "string" && w === undefined)
		return value;
	return w === undefined ? "?" : w > 0xffff_ffffn && BigInt.asIntN(64, w) >= 0n ? `0x${w.toString(16)}` : BigInt.asIntN(64, w).toString();
};

const read = (c: any): Call => ({
	position: integer(c?.position) ?? 0, thread: integer(c?.thread), name: text(c?.name) ?? "?",
	arguments: list(c?.arguments).map(shown), result: c?.result === undefined ? "" : shown(c.result), error: text(c?.error),
});

/** @param start which is the first; absent: the last page */
export async function loadCalls(start?: number): Promise<void> {
	const before = calls.peek();
	const from = start ?? before?.start ?? 0;
	try {
		const body = await request("syscalls", { start: from, count: PAGE, epoch: cursor.epoch.peek() });
		const found = list(body.syscalls).map(read);
		calls.value = {
			start: from, calls: found, total: integer(body.total) ?? found.length, complete: body.complete !== false,
			incompleteFrom: integer(body.incompleteFrom),
		};
	} catch (error) {
		calls.value = { start: 0, calls: [], total: 0, complete: true, error: error instanceof Error ? error.message : String(error) };
	}
}

let timer: ReturnType<typeof setTimeout> | undefined;

effect(() => {
	cursor.frontier.value;
	cursor.epoch.value;
	clearTimeout(timer);
	if (bottomTab.value === "syscalls" && phase.value === "live" && cursor.state.value)
		timer = setTimeout(() => void loadCalls(), calls.peek() ? SETTLE_MS : 0);
});

export function forgetCalls(): void {
	calls.value = undefined;
}
