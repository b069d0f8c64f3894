/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Breakpoints between the editor and the session: set here, set by another client, kept for the next run. */

import type { Word } from "../service/types";
import { integer, list, text, word } from "../service/word";
import * as breakpoints from "./breakpoints";
import { complain, connected, phase, request, session, sourceChanged } from "./link";

/** Requests that set breakpoints and are not answered yet: what others are told meanwhile is older than what was asked. */
let asking = 0;

async function ask(command: string, args: Record<string, unknown>): Promise<any> {
	asking++;
	try {
		return await request(command, args);
	} finally {
		asking--;
	}
}

async function send(file: string): Promise<void> {
	const asked = breakpoints.breakpointsOf(file);
	const body = await ask("setBreakpoints", { file, breakpoints: asked.map((b) => ({ line: b.line })) });
	if (asking === 0)
		breakpoints.answered(file, asked, breakpoints.readAnswers(body));
}

/** A new session is told what the editor has. */
export async function sendAllBreakpoints(): Promise<void> {
	for (const file of Object.keys(breakpoints.lineBreakpoints.peek()))
		await send(file).catch(complain);
}

/** All of a session's breakpoints, as the hello and each change of them say. */
export function takeBreakpoints(raw: unknown): void {
	const files = session.peek()?.files ?? [];
	if (asking > 0)
		return;
	const lines: breakpoints.ByFile = {};
	const addresses = new Map<Word, { verified: boolean; address: Word }>();
	for (const b of list(raw)) {
		const line = integer(b?.line);
		const address = word(b?.address);
		const file = text(b?.file) ?? files[0]?.name;
		if (line && file)
			(lines[file] ??= []).push({ line, verified: b.verified !== false, message: text(b.message) });
		else if (address !== undefined && b.name === undefined)
			addresses.set(address, { verified: b.verified !== false, address });
	}
	breakpoints.instructionBreakpoints.value = addresses;
	if (!sourceChanged.peek())
		for (const f of files)
			breakpoints.setLines(f.name, lines[f.name] ?? []);
}

/** Sets or clears the breakpoint of a line; a running session is told when its source is the one in the editor. */
export async function toggleBreakpoint(file: string, line: number): Promise<void> {
	const before = breakpoints.breakpointsOf(file);
	const rest = before.filter((b) => b.line !== line);
	breakpoints.setLines(file, rest.length < before.length ? rest : [...before, { line }]);
	if (phase.peek() === "live" && connected.peek() && !sourceChanged.peek())
		await send(file).catch(complain);
}

export async function toggleInstructionBreakpoint(address: Word): Promise<void> {
	const next = new Map(breakpoints.instructionBreakpoints.peek());
	if (!next.delete(address))
		next.set(address, { verified: false, address });
	breakpoints.instructionBreakpoints.value = next;
	try {
		const asked = [...next.keys()];
		const body = await ask("setInstructionBreakpoints", { breakpoints: asked.map((a) => ({ address: a })) });
		const answers = breakpoints.readAnswers(body);
		if (asking === 0)
			breakpoints.instructionBreakpoints.value = new Map(asked.map((a, i) => [a, answers[i] ?? { verified: false, address: a }]));
	} catch (error) {
		complain(error);
	}
}
