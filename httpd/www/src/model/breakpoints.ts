/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Breakpoints: in source lines, which follow the text as it is edited, and on instructions. */

import { effect, signal } from "@preact/signals";
import type { BreakpointAnswer, Word } from "../service/types";
import { integer, list, text, word } from "../service/word";
import { draft } from "./source";
import { recall, remember } from "./store";

export interface LineBreakpoint {
	line: number;
	/** Undefined while no session has said. */
	verified?: boolean;
	message?: string;
}

export type ByFile = Record<string, LineBreakpoint[]>;

export const lineBreakpoints = signal<ByFile>(recall<ByFile>("breakpoints", {}));
export const instructionBreakpoints = signal<ReadonlyMap<Word, BreakpointAnswer>>(new Map());

effect(() => remember("breakpoints", lineBreakpoints.value));

export const breakpointsOf = (file: string): LineBreakpoint[] => lineBreakpoints.value[file] ?? [];

export function setLines(file: string, breakpoints: LineBreakpoint[]): void {
	const rest = { ...lineBreakpoints.peek() };
	if (breakpoints.length === 0)
		delete rest[file];
	else
		rest[file] = [...breakpoints].sort((a, b) => a.line - b.line);
	lineBreakpoints.value = rest;
}

/** Forgets what belongs to files that are no more. */
export function dropOrphans(): void {
	const names = new Set(draft.peek().files.map((f) => f.name));
	for (const file of Object.keys(lineBreakpoints.peek()))
		if (!names.has(file))
			setLines(file, []);
}

export function readAnswers(body: any): BreakpointAnswer[] {
	return list(body?.breakpoints).map((b) => ({
		id: integer(b?.id),
		verified: b?.verified === true,
		line: integer(b?.line),
		address: word(b?.address),
		message: text(b?.message),
	}));
}

/** The service's answer to the breakpoints of one file, in the order in which they were set. */
export function answered(file: string, asked: LineBreakpoint[], answers: BreakpointAnswer[]): void {
	const now = new Map<number, LineBreakpoint>();
	asked.forEach((b, i) => {
		const a = answers[i];
		const line = a?.verified && a.line ? a.line : b.line;
		now.set(line, { line, verified: a?.verified, message: a?.message });
	});
	setLines(file, [...now.values()]);
}
