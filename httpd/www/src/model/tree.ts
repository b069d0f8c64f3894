/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What is below values: structures, arrays, what pointers point to, asked for as it is opened. Nodes are named by the expression
 * that they are, so that what is open stays open from step to step, and the open ones ride along with each.
 */

import { signal } from "@preact/signals";
import type { Variable } from "../service/types";
import { readVariables } from "../service/word";
import * as cursor from "./cursor";
import { refresh } from "./moment";
import { rides, type Rider } from "./riders";
import { kept } from "./store";

/** Longer lists are shown in ranges of this many. */
export const RANGE = 100;
/** With stack, scopes and watches this is what one step takes along. */
const OPEN_MAX = 20;
const ANSWERS_KEPT = 400;

/** One level below an expression, or a range of it. */
export interface Below {
	expression: string;
	start: number;
	count: number;
}

const keyOf = (b: Below): string => `${b.expression} [${b.start}+${b.count}]`;
/** Names mean other things in other functions; an expression that is watched is the same everywhere. */
const inFrame = (): string => cursor.frame.value?.name ?? "";

const open = kept<string[]>("open", []);
const nameOf = (b: Below): string => `${inFrame()}: ${keyOf(b)}`;

export const isOpen = (b: Below): boolean => open.value.includes(nameOf(b));

interface Answer {
	/** The call's frame that it is of. */
	frame: string;
	position: number;
	variables: Variable[];
	error?: string;
	/** By name, what was there at the moment shown before. */
	old: ReadonlyMap<string, string>;
}

const answers = signal<ReadonlyMap<string, Answer>>(new Map());

/** What is shown below it; undefined: it has not been answered yet. */
export function below(b: Below): Answer | undefined {
	const it = answers.value.get(keyOf(b));
	return it && it.frame === cursor.frameKeyOf(cursor.frameId.value) && it.position === cursor.position.value ? it : undefined;
}

/** What changed in values that have names, from one list of them to the next. */
export function changesOf(before: Variable[], now: Variable[]): Map<string, string> {
	const was = new Map(before.map((v) => [v.name, v.value]));
	const old = new Map<string, string>();
	for (const v of now) {
		const value = was.get(v.name);
		if (value !== undefined && value !== v.value)
			old.set(v.name, value);
	}
	return old;
}

function take(b: Below, frameId: number, body: any, error: string | undefined): void {
	const key = keyOf(b);
	const before = answers.peek().get(key);
	const frame = cursor.frameKeyOf(frameId);
	const variables = error === undefined ? readVariables(body) : [];
	const position = cursor.position.peek();
	const old = before?.frame !== frame ? new Map<string, string>()
		: before.position === position ? before.old : changesOf(before.variables, variables);
	const rest = answers.peek().size < ANSWERS_KEPT ? answers.peek() : undefined;
	answers.value = new Map(rest).set(key, { frame, position, variables, error, old });
}

/** Those that are open in a frame's function, as long as there is room for them. */
function openIn(frameId: number): Below[] {
	const name = cursor.frames.peek().find((f) => f.id === frameId)?.name ?? "";
	const found: Below[] = [];
	for (const it of open.peek()) {
		const m = it.startsWith(name + ": ") ? /^(.*) \[(\d+)\+(\d+)\]$/s.exec(it.slice(name.length + 2)) : null;
		if (m)
			found.push({ expression: m[1]!, start: Number(m[2]), count: Number(m[3]) });
	}
	return found.slice(-OPEN_MAX);
}

rides((frameId) => openIn(frameId).map((b): Rider => ({
	command: "variables", arguments: { ...b, frameId }, take: (body, error) => take(b, frameId, body, error),
})), () => openIn(cursor.frameId.peek()).some((b) => below(b) === undefined));

/** Opens or closes it; what is below is asked for when it is not known. */
export function toggle(b: Below): void {
	const name = nameOf(b);
	if (open.peek().includes(name)) {
		open.value = open.peek().filter((n) => n !== name);
		return;
	}
	open.value = [...open.peek(), name].slice(-200);
	void refresh();
}

/** How a long list is divided: ranges of RANGE, and of those again as many at most. */
export function ranges(b: Below): Below[] {
	let size = RANGE;
	while (b.count > size * RANGE)
		size *= RANGE;
	const parts: Below[] = [];
	for (let at = 0; at < b.count; at += size)
		parts.push({ expression: b.expression, start: b.start + at, count: Math.min(size, b.count - at) });
	return parts;
}
