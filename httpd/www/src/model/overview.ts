/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The whole timeline at a glance: how deep the calls were, where something was printed, signalled, broken at. */

import { effect, signal } from "@preact/signals";
import { integer, list } from "../service/word";
import * as breakpoints from "./breakpoints";
import * as cursor from "./cursor";
import { connected, phase, request } from "./link";

export interface Bucket {
	depth: number;
	output: boolean;
	signals: boolean;
	breakpoints: boolean;
	syscalls: boolean;
}

export interface Overview {
	/** The last step that it knows of. */
	to: number;
	buckets: Bucket[];
}

const BUCKETS = 400;
/** It is drawn when the record has stopped growing, or has grown by an eighth: never with each step. */
const SETTLE_MS = 400;

export const overview = signal<Overview | undefined>(undefined);

async function load(): Promise<void> {
	const to = cursor.frontier.peek();
	try {
		const body = await request("timeline", { from: 0, to, buckets: Math.min(BUCKETS, to + 1), epoch: cursor.epoch.peek() });
		overview.value = {
			to: integer(body.to) ?? to,
			buckets: list(body.buckets).map((b) => ({
				depth: integer(b?.depth) ?? 0, output: !!b?.output, signals: !!b?.signals, breakpoints: !!b?.breakpoints, syscalls: !!b?.syscalls,
			})),
		};
	} catch {
		/* there is none to draw: the slider alone says what is recorded */
	}
}

let timer: ReturnType<typeof setTimeout> | undefined;
/** That it was last asked for. */
let asked = "";

effect(() => {
	const now = cursor.frontier.value;
	const of = [cursor.epoch.value, breakpoints.lineBreakpoints.value, breakpoints.functionBreakpoints.value,
		[...breakpoints.instructionBreakpoints.value.keys()].map(String)];
	if (phase.value !== "live" || !connected.value || now === 0) {
		if (phase.value !== "gone" && now === 0)
			overview.value = undefined;
		return;
	}
	const wish = `${now} ${JSON.stringify(of)}`;
	const grown = overview.peek() !== undefined && now > overview.peek()!.to * 1.125 + 1000;
	if (wish === asked || (timer !== undefined && grown))
		return;
	clearTimeout(timer);
	timer = setTimeout(() => {
		timer = undefined;
		asked = wish;
		void load();
	}, SETTLE_MS);
});
