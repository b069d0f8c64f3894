/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Watched expressions. They are kept between visits and evaluated at each moment, in the selected frame. */

import { computed, signal } from "@preact/signals";
import type { Variable } from "../service/types";
import { readVariable } from "../service/word";
import * as cursor from "./cursor";
import { phase } from "./link";
import { refresh } from "./moment";
import { rides, type Rider } from "./riders";
import { kept } from "./store";

export const WATCHES_MAX = 24;

export interface Watched {
	expression: string;
	/** Undefined where it has no value now. */
	value?: Variable;
	error?: string;
	/** What it was at the moment shown before. */
	old?: string;
}

export const expressions = kept<string[]>("watches", []);
const values = signal<ReadonlyMap<string, { position: number; watched: Watched }>>(new Map());

export const watches = computed<Watched[]>(() => expressions.value.map((expression) =>
	(phase.value === "none" ? undefined : values.value.get(expression)?.watched) ?? { expression }));

function take(expression: string, body: any, error: string | undefined): void {
	const before = values.peek().get(expression);
	const position = cursor.position.peek();
	const value = error === undefined ? { ...readVariable(body), name: expression, expression } : undefined;
	const was = before?.watched.value?.value;
	const old = before?.position === position ? before.watched.old
		: was !== undefined && value !== undefined && was !== value.value ? was : undefined;
	values.value = new Map(values.peek()).set(expression, { position, watched: { expression, value, error, old } });
}

rides((frameId) => expressions.peek().map((expression): Rider => ({
	command: "evaluate", arguments: { expression, frameId }, take: (body, error) => take(expression, body, error),
})));

export function watch(expression: string): void {
	const wanted = expression.trim();
	if (wanted === "" || expressions.peek().includes(wanted))
		return;
	expressions.value = [...expressions.peek(), wanted].slice(-WATCHES_MAX);
	void refresh();
}

export function unwatch(expression: string): void {
	expressions.value = expressions.peek().filter((e) => e !== expression);
}

export function rewatch(before: string, after: string): void {
	const wanted = after.trim();
	if (wanted === before)
		return;
	if (wanted === "")
		unwatch(before);
	else
		expressions.value = [...new Set(expressions.peek().map((e) => (e === before ? wanted : e)))];
	void refresh();
}

/** Another run: no value is one of it. */
export function forgetWatched(): void {
	values.value = new Map();
}
