/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is recorded, how far, and why no further: what people ask who look at the timeline. */

import { computed } from "@preact/signals";
import type { Limit, Recording } from "../service/types";
import { readLive } from "../service/word";
import * as cursor from "./cursor";
import { asks, complain, live, phase, request } from "./link";
import { byteCount, spaced } from "./numbers";

const isFull = (l: Limit): boolean => l.limit > 0 && l.used >= l.limit;

export const amount = (l: Limit, n: number): string => (l.unit === "bytes" ? byteCount(n) : `${spaced(n)} ${l.unit ?? "steps"}`);

const LIMIT_NAMES: Record<string, string> = {
	steps: "steps in the timeline", timeline: "memory for the timeline", time: "running time", output: "output of the program", ahead: "recorded ahead",
};

export const limitName = (l: Limit): string => LIMIT_NAMES[l.name] ?? l.name;

const ahead = computed(() => live.value?.limits.find((l) => l.name === "ahead"));

/** A limit that stops the program, if it has been reached. */
export const reached = computed(() => live.value?.limits.find((l) => l.name !== "ahead" && isFull(l)));

/** A limit with its name, its size, and what can be done. */
export const limitText = (l: Limit): string =>
	`${amount(l, l.limit)} (${limitName(l)}). ${l.advice ?? "What is recorded can all be looked at."}`;

export interface Recorded {
	mood: "none" | "recording" | "waits" | "ended" | "full" | "limit" | "stepped";
	/** Beside the timeline. */
	short: string;
	text: string;
}

/** How far it is recorded and why, in a word and in a sentence. */
export const recorded = computed<Recorded>(() => {
	const now = live.value;
	const newest = spaced(cursor.frontier.value);
	if (phase.value !== "live" || !now || !cursor.state.value)
		return { mood: "none", short: "", text: "Run a program, and what it does is recorded." };
	if (reached.value)
		return { mood: "limit", short: "limit reached",
			text: `The session's limit is reached: ${limitText(reached.value)}` };
	if (now.status === "exited")
		return { mood: "ended", short: "to the end", text: `The program is recorded to its end, step ${newest}. Every step can be looked at.` };
	if (asks.value)
		return { mood: "waits", short: "waits for input",
			text: `The program is recorded up to step ${newest}, where it waits for input. Type below its output, and it is recorded further.` };
	if (now.recording)
		return { mood: "recording", short: "recording…", text: "The program is being recorded, ahead of the step that is shown." };
	if (now.policy !== "step" && ahead.value && isFull(ahead.value))
		return { mood: "full", short: "recorded ahead",
			text: `${amount(ahead.value, ahead.value.limit)} were recorded ahead, up to step ${newest}. ${ahead.value.advice ?? ""}` };
	return { mood: "stepped", short: "", text: `The program is recorded up to step ${newest}. Steps beyond it are recorded as they are made.` };
});

/** From now on. */
export async function setRecording(to: Recording): Promise<void> {
	try {
		await request("record", { ...to });
		const state = await request("state");
		live.value = readLive(state.live);
	} catch (error) {
		complain(error);
	}
}
