/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The moments at which a line was reached, as far as they are recorded. */

import { computed, signal } from "@preact/signals";
import { integer, list } from "../service/word";
import { seek } from "./control";
import * as cursor from "./cursor";
import { complain, notice, request } from "./link";

export interface Visits {
	file: string;
	line: number;
	epoch: number;
	/** Ascending. */
	positions: number[];
	/** How many there are; more than KEPT_MAX are counted and not kept. */
	total: number;
	/** Looked at up to here. */
	to: number;
}

const AT_ONCE = 4096;
const KEPT_MAX = 20_000;

export const visits = signal<Visits | undefined>(undefined);

/** How many there are up to the cursor's moment, that one included. */
export const visitNumber = computed(() => visits.value?.positions.filter((p) => p <= cursor.position.value).length ?? 0);
export const isComplete = computed(() => visits.value !== undefined && visits.value.to >= cursor.frontier.value);

/** Looks at what was recorded since it was last looked. */
async function lookOn(it: Visits): Promise<Visits> {
	const positions = [...it.positions];
	let { to, total } = it;
	const known = positions.length;
	while (to < cursor.frontier.peek() && positions.length < KEPT_MAX) {
		const body = await request("hits", { file: it.file, line: it.line, from: to + 1, count: AT_ONCE, epoch: it.epoch });
		positions.push(...list(body.positions).map((p) => integer(p) ?? 0));
		total = Math.max(total, known + (integer(body.total) ?? 0), positions.length);
		const seen = integer(body.to) ?? to;
		if (seen <= to)
			break;
		to = seen;
	}
	return { ...it, positions, total, to };
}

/** Counts the visits of a line. */
export async function countVisits(file: string, line: number): Promise<void> {
	const before = visits.peek();
	const known = before?.file === file && before.line === line && before.epoch === cursor.epoch.peek();
	try {
		visits.value = await lookOn(known ? before : { file, line, epoch: cursor.epoch.peek(), positions: [], total: 0, to: -1 });
	} catch (error) {
		complain(error);
	}
}

/** Goes to the visit before or after the cursor's moment. */
export async function goToVisit(file: string, line: number, step: 1 | -1): Promise<void> {
	await countVisits(file, line);
	const it = visits.peek();
	if (it?.file !== file || it.line !== line)
		return;
	const here = cursor.position.peek();
	const target = step > 0 ? it.positions.find((p) => p > here) : [...it.positions].reverse().find((p) => p < here);
	if (target === undefined)
		notice.value = { kind: "info", text: `Line ${line} was not reached ${step > 0 ? "after" : "before"} this step, as far as steps are recorded.` };
	else
		await seek(target);
}
