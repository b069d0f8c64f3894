/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Breakpoints between the page and the session: set here, set by another client, kept for the next run. */

import type { Word } from "../service/types";
import { integer, list, text, word } from "../service/word";
import * as b from "./breakpoints";
import { complain, connected, phase, request, session, sourceChanged } from "./link";
import { tell } from "./told";

/** Requests that set breakpoints and are not answered yet. */
let asking = 0;

/** @returns the answer, unless a later request has made it old */
async function ask(command: string, args: Record<string, unknown>): Promise<any> {
	asking++;
	try {
		const body = await tell(request(command, args));
		return asking === 1 ? body : undefined;
	} finally {
		asking--;
	}
}

const isLive = (): boolean => phase.peek() === "live" && connected.peek();

async function sendLines(file: string): Promise<void> {
	const asked = b.breakpointsOf(file);
	const body = await ask("setBreakpoints", { file, breakpoints: asked.map((x) => ({ line: x.line, ...b.wishOf(x) })) });
	if (body)
		b.answered(file, asked, b.readAnswers(body));
}

async function sendFunctions(): Promise<void> {
	const asked = b.functionBreakpoints.peek();
	const body = await ask("setFunctionBreakpoints", { breakpoints: asked.map((x) => ({ name: x.name, ...b.wishOf(x) })) });
	const answers = b.readAnswers(body);
	if (body)
		b.functionBreakpoints.value = asked.map((x, i) => ({ ...x, verified: answers[i]?.verified, message: answers[i]?.message }));
}

async function sendInstructions(): Promise<void> {
	const asked = [...b.instructionBreakpoints.peek().values()];
	const body = await ask("setInstructionBreakpoints", { breakpoints: asked.map((x) => ({ address: x.address, ...b.wishOf(x) })) });
	const answers = b.readAnswers(body);
	if (body)
		b.instructionBreakpoints.value = new Map(asked.map((x, i) =>
			[x.address, { ...x, verified: answers[i]?.verified, message: answers[i]?.message }]));
}

/** The protocol has no word for one that is off: it is kept here and not sent. */
async function sendData(): Promise<void> {
	const all = b.dataBreakpoints.peek();
	const on = all.filter((x) => x.enabled !== false);
	const body = await ask("setDataBreakpoints", { breakpoints: on.map(({ dataId, accessType }) => ({ dataId, accessType })) });
	const answers = b.readAnswers(body);
	if (body)
		b.dataBreakpoints.value = all.map((x) => {
			const a = answers[on.indexOf(x)];
			return a ? { ...x, id: a.id, verified: a.verified, message: a.message } : { ...x, verified: undefined, message: undefined };
		});
}

/** A new session is told what the page has. */
export async function sendAllBreakpoints(): Promise<void> {
	for (const file of Object.keys(b.lineBreakpoints.peek()))
		await sendLines(file).catch(complain);
	if (b.functionBreakpoints.peek().length > 0)
		await sendFunctions().catch(complain);
}

/** All of a session's breakpoints, as the hello and each change of them say. */
export function takeBreakpoints(raw: unknown): void {
	const files = session.peek()?.files ?? [];
	const lines: b.ByFile = {};
	const functions: b.FunctionBreakpoint[] = [];
	const instructions = new Map<Word, b.InstructionBreakpoint>();
	const labels = new Map(b.dataBreakpoints.peek().map((x) => [x.dataId, x.label]));
	const data: b.DataBreakpoint[] = [];
	for (const it of list(raw)) {
		const line = integer(it?.line), address = word(it?.address), dataId = text(it?.dataId), name = text(it?.name);
		const file = text(it?.file) ?? files[0]?.name;
		const set = { ...b.readWish(it), verified: it?.verified !== false, message: text(it?.message) };
		if (dataId)
			data.push({ ...set, dataId, id: integer(it.id), label: labels.get(dataId) ?? dataId.replace("/", ", ") + " bytes",
				accessType: b.accessTypes.find((t) => t === it.accessType) ?? "write" });
		else if (name)
			functions.push({ ...set, name });
		else if (line && file)
			(lines[file] ??= []).push({ ...set, line });
		else if (address !== undefined)
			instructions.set(address, { ...set, address });
	}
	b.instructionBreakpoints.value = instructions;
	b.dataBreakpoints.value = [...data, ...b.dataBreakpoints.peek().filter((x) => x.enabled === false)];
	b.functionBreakpoints.value = functions;
	if (!sourceChanged.peek())
		for (const f of files)
			b.setLines(f.name, lines[f.name] ?? []);
}

/* -- one of them --------------------------------------------------------- */

/** Names a breakpoint, whatever it is on. */
export type Place = { kind: "line"; file: string; line: number } | { kind: "function"; name: string }
	| { kind: "instruction"; address: Word } | { kind: "data"; dataId: string };

export function find(place: Place): (b.Wish & { verified?: boolean; message?: string }) | undefined {
	switch (place.kind) {
	case "line": return b.breakpointsOf(place.file).find((x) => x.line === place.line);
	case "function": return b.functionBreakpoints.value.find((x) => x.name === place.name);
	case "instruction": return b.instructionBreakpoints.value.get(place.address);
	case "data": return b.dataBreakpoints.value.find((x) => x.dataId === place.dataId);
	}
}

/** With `wish`, sets it or changes what it asks; without, removes it. */
export async function put(place: Place, wish: b.Wish | undefined): Promise<void> {
	const next = wish && b.wishOf(wish);
	switch (place.kind) {
	case "line": {
		const rest = b.breakpointsOf(place.file).filter((x) => x.line !== place.line);
		b.setLines(place.file, next ? [...rest, { ...next, line: place.line }] : rest);
		/* Lines of another text than was run mean nothing to the session. */
		return isLive() && !sourceChanged.peek() ? sendLines(place.file).catch(complain) : undefined;
	}
	case "function": {
		const before = b.functionBreakpoints.peek();
		const at = before.findIndex((x) => x.name === place.name);
		const rest = before.filter((x) => x.name !== place.name);
		if (next)
			rest.splice(at < 0 ? rest.length : at, 0, { ...next, name: place.name });
		b.functionBreakpoints.value = rest;
		return isLive() ? sendFunctions().catch(complain) : undefined;
	}
	case "instruction": {
		const all = new Map(b.instructionBreakpoints.peek());
		if (next)
			all.set(place.address, { ...next, verified: false, address: place.address });
		else
			all.delete(place.address);
		b.instructionBreakpoints.value = all;
		return isLive() ? sendInstructions().catch(complain) : undefined;
	}
	case "data":
		b.dataBreakpoints.value = b.dataBreakpoints.peek()
			.flatMap((x) => (x.dataId !== place.dataId ? [x] : next ? [{ ...x, enabled: next.enabled }] : []));
		return isLive() ? sendData().catch(complain) : undefined;
	}
}

export const toggle = (place: Place): Promise<void> => put(place, find(place) ? undefined : {});

/** Watches memory. @returns whether it is watched now; why not is shown */
export async function watchMemory(address: Word, count: number, label: string, accessType: b.AccessType): Promise<boolean> {
	try {
		const info = await request("dataBreakpointInfo", { address, count });
		const dataId = text(info.dataId);
		if (!dataId)
			throw new Error(text(info.description) ?? "This cannot be watched.");
		const rest = b.dataBreakpoints.peek().filter((x) => x.dataId !== dataId);
		b.dataBreakpoints.value = [...rest, { dataId, accessType, label }];
		await sendData();
		const set = b.dataBreakpoints.peek().find((x) => x.dataId === dataId);
		if (set?.verified === false)
			throw new Error(set.message);
		return true;
	} catch (error) {
		complain(error);
		return false;
	}
}
