/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Breakpoints: in source lines, which follow the text as it is edited; on functions, on instructions, on memory. */

import { effect, signal } from "@preact/signals";
import type { BreakpointAnswer, Word } from "../service/types";
import { integer, list, text, word } from "../service/word";
import { draft } from "./source";
import { recall, remember } from "./store";

/** What a breakpoint asks beyond its place. */
export interface Wish {
	condition?: string;
	hitCondition?: string;
	logMessage?: string;
	/** Absent: it is. */
	enabled?: boolean;
}

interface Set extends Wish {
	/** Undefined while no session has said. */
	verified?: boolean;
	message?: string;
}

export interface LineBreakpoint extends Set {
	line: number;
}

export interface FunctionBreakpoint extends Set {
	name: string;
}

export interface InstructionBreakpoint extends Set {
	address: Word;
}

export const accessTypes = ["write", "change", "readWrite", "read"] as const;
export type AccessType = (typeof accessTypes)[number];

export interface DataBreakpoint extends Set {
	dataId: string;
	accessType: AccessType;
	/** Of the session; a stop says which it was. */
	id?: number;
	/** What it is, as the person who set it saw it. */
	label: string;
}

export type ByFile = Record<string, LineBreakpoint[]>;

export const lineBreakpoints = signal<ByFile>(recall<ByFile>("breakpoints", {}));
export const functionBreakpoints = signal<FunctionBreakpoint[]>(recall<FunctionBreakpoint[]>("functions", []));
/** Addresses are a run's: these and those on memory end with it. */
export const instructionBreakpoints = signal<ReadonlyMap<Word, InstructionBreakpoint>>(new Map());
export const dataBreakpoints = signal<DataBreakpoint[]>([]);

effect(() => remember("breakpoints", lineBreakpoints.value));
effect(() => remember("functions", functionBreakpoints.value));

export const breakpointsOf = (file: string): LineBreakpoint[] => lineBreakpoints.value[file] ?? [];

export function setLines(file: string, breakpoints: LineBreakpoint[]): void {
	const rest = { ...lineBreakpoints.peek() };
	if (breakpoints.length === 0)
		delete rest[file];
	else
		rest[file] = [...breakpoints].sort((a, b) => a.line - b.line);
	lineBreakpoints.value = rest;
}

/** Another run: what belongs to files that are no more, or to addresses of the run before, is forgotten. */
export function dropOrphans(): void {
	const names = new Set(draft.peek().files.map((f) => f.name));
	for (const file of Object.keys(lineBreakpoints.peek()))
		if (!names.has(file))
			setLines(file, []);
	instructionBreakpoints.value = new Map();
	dataBreakpoints.value = [];
}

/** As the protocol has it; what is not asked is left out. */
export const wishOf = (b: Wish): Wish => ({
	condition: b.condition || undefined,
	hitCondition: b.hitCondition || undefined,
	logMessage: b.logMessage || undefined,
	enabled: b.enabled === false ? false : undefined,
});

export const isPlain = (b: Wish): boolean => !b.condition && !b.hitCondition && !b.logMessage && b.enabled !== false;

/** What it asks, in words. */
export function wishText(b: Wish): string {
	return [b.condition && `if ${b.condition}`, b.hitCondition && `hit ${b.hitCondition}`, b.logMessage && `log “${b.logMessage}”`,
		b.enabled === false && "off"].filter(Boolean).join(", ");
}

export const readWish = (raw: any): Wish => wishOf({
	condition: text(raw?.condition), hitCondition: text(raw?.hitCondition), logMessage: text(raw?.logMessage),
	enabled: raw?.enabled !== false,
});

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
		now.set(line, { ...wishOf(b), line, verified: a?.verified, message: a?.message });
	});
	setLines(file, [...now.values()]);
}
