/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Reading the service's answers: a wrong or absent field becomes a value the views can show, never an exception. */

import type { Instruction, Limit, Live, Policy, StackFrame, State, Variable, Word } from "./types";

/** A machine word, from msgpack (bigint or number) or JSON ("0x…"). */
export function word(value: unknown): Word | undefined {
	if (typeof value === "bigint")
		return BigInt.asUintN(64, value);
	if (typeof value === "number" && Number.isInteger(value))
		return BigInt.asUintN(64, BigInt(value));
	if (typeof value === "string" && /^(0x[0-9a-f]{1,16}|\d{1,20})$/i.test(value))
		return BigInt.asUintN(64, BigInt(value));
	return undefined;
}

/** An ordinary integer (position, line, count). */
export function integer(value: unknown): number | undefined {
	const n = typeof value === "bigint" ? Number(value) : value;
	return typeof n === "number" && Number.isFinite(n) ? n : undefined;
}

export function text(value: unknown): string | undefined {
	return typeof value === "string" ? value : undefined;
}

export function list(value: unknown): any[] {
	return Array.isArray(value) ? value : [];
}

export const bytes = (value: unknown): Uint8Array | undefined => (value instanceof Uint8Array ? value : undefined);

export const hex = (value: Word): string => "0x" + value.toString(16);

const readLimit = (l: any): Limit => ({
	name: String(l?.name ?? ""), limit: integer(l?.limit) ?? 0, used: integer(l?.used) ?? 0, unit: text(l?.unit), advice: text(l?.advice),
});

const POLICIES: Policy[] = ["step", "ahead", "everything"];

export function readLive(raw: any): Live {
	return {
		status: raw?.status ?? "stopped",
		waiting: raw?.waiting === true,
		recording: raw?.recording === true,
		policy: POLICIES.find((p) => p === raw?.policy),
		limits: list(raw?.limits).map(readLimit),
		varies: list(raw?.varies).map(String),
	};
}

export function readState(raw: any): State {
	const registers: Record<string, Word> = {};
	for (const [name, value] of Object.entries(raw?.registers ?? {})) {
		const w = word(value);
		if (w !== undefined)
			registers[name] = w;
	}
	const signal = raw?.signal, touched = raw?.dataBreakpoint, caught = raw?.catch;
	const position = integer(raw?.position) ?? 0;
	return {
		epoch: integer(raw?.epoch) ?? 0,
		from: integer(raw?.from) ?? -1,
		position,
		frontier: integer(raw?.frontier) ?? position,
		thread: integer(raw?.thread),
		status: raw?.status ?? "stopped",
		reason: text(raw?.reason),
		pc: word(raw?.pc),
		file: text(raw?.file),
		line: integer(raw?.line),
		function: text(raw?.function),
		depth: integer(raw?.depth),
		registers,
		output: text(raw?.output) ?? "",
		outputEnd: integer(raw?.outputEnd) ?? 0,
		exitCode: integer(raw?.exitCode),
		signal: signal && typeof signal === "object"
			? { number: integer(signal.number), name: text(signal.name) ?? "a signal", address: word(signal.address), access: text(signal.access) }
			: undefined,
		macro: raw?.macro ? { name: text(raw.macro.name) ?? "", microseconds: integer(raw.macro.microseconds), advice: text(raw.macro.advice) } : undefined,
		limit: raw?.limit && typeof raw.limit === "object" ? readLimit(raw.limit) : undefined,
		kind: text(raw?.kind),
		touched: touched && typeof touched === "object"
			? { id: integer(touched.id) ?? 0, address: word(touched.address), old: bytes(touched.old), now: bytes(touched.new) } : undefined,
		caught: caught && typeof caught === "object" ? { kind: text(caught.kind) ?? "", name: text(caught.name), within: caught.within !== undefined && caught.within !== false } : undefined,
		signals: list(raw?.signals).map((s) => ({ name: text(s?.name) ?? "", delivered: s?.delivered !== false })),
		live: readLive(raw?.live),
	};
}

export function readFrames(body: any): StackFrame[] {
	return list(body?.stackFrames).map((f, index) => ({
		id: integer(f?.id) ?? index,
		name: text(f?.name) ?? "??",
		file: text(f?.file),
		line: integer(f?.line),
		pc: word(f?.pc),
		cfa: word(f?.cfa),
		inlined: f?.inlined === true,
		module: text(f?.module),
	}));
}

export function readVariable(v: any): Variable {
	return {
		name: text(v?.name) ?? "?",
		value: text(v?.value) ?? text(v?.result) ?? "",
		type: text(v?.type),
		address: word(v?.address),
		size: integer(v?.size),
		register: text(v?.register),
		variablesReference: integer(v?.variablesReference) ?? 0,
		available: v?.available !== false,
		expression: text(v?.evaluateName),
		children: integer(v?.indexedVariables) ?? integer(v?.namedVariables) ?? 0,
		indexed: v?.indexedVariables !== undefined,
	};
}

export const readVariables = (body: any): Variable[] => list(body?.variables).map(readVariable);

export function readInstructions(body: any): Instruction[] {
	const read: Instruction[] = [];
	for (const i of list(body?.instructions)) {
		const address = word(i?.address);
		if (address === undefined)
			continue;
		read.push({
			address,
			instructionBytes: bytes(i.instructionBytes),
			instruction: text(i.instruction) ?? "",
			symbol: text(i.symbol),
			target: text(i.target),
			file: text(i.file),
			line: integer(i.line),
		});
	}
	return read;
}
