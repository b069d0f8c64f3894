/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The system calls that are recorded, a page of them around the cursor; asked for while they are looked at. */

import { effect, signal } from "@preact/signals";
import { integer, list, text } from "../service/word";
import * as cursor from "./cursor";
import { bottomTab } from "./layout";
import { phase, request } from "./link";

export interface Call {
	position: number;
	thread?: number;
	name: string;
	/** As strace writes it, without its result. */
	text: string;
	result: string;
	/** Made by code that ran at full speed. */
	native: boolean;
}

export interface Calls {
	start: number;
	calls: Call[];
	total: number;
	complete: boolean;
	error?: string;
}

export const PAGE = 200;
/** After the record has grown, so much later, that it is not asked with each step. */
const SETTLE_MS = 250;

export const calls = signal<Calls | undefined>(undefined);

/** `write(1, "x", 1) = 1` in its two parts; a result stands behind the last " = ". */
function read(c: any): Call {
	const name = text(c?.name) ?? "?";
	const whole = text(c?.text) ?? `${name}(${list(c?.arguments).join(", ")})`;
	const at = whole.lastIndexOf(" = ");
	return {
		position: integer(c?.position) ?? 0, thread: integer(c?.thread), name, native: c?.native === true,
		text: at < 0 ? whole : whole.slice(0, at), result: at < 0 ? "" : whole.slice(at + 3),
	};
}

/** @param start which is the first; absent: the page that is shown */
export async function loadCalls(start?: number): Promise<void> {
	const before = calls.peek();
	const from = start ?? before?.start ?? 0;
	try {
		const body = await request("syscalls", { start: from, count: PAGE, epoch: cursor.epoch.peek() });
		const found = list(body.syscalls).map(read);
		calls.value = {
			start: from, calls: found, total: integer(body.total) ?? found.length, complete: body.complete !== false,
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
