/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Showing a moment: the state, what rode along with it, and the listing, all at once. */

import { batch } from "@preact/signals";
import type { RideAnswer, State } from "../service/types";
import { integer, list, readFrames, readState, readVariables } from "../service/word";
import { speak } from "./announce";
import * as cursor from "./cursor";
import * as disassembly from "./disassembly";
import { busy, complain, live, notice, request } from "./link";
import * as output from "./output";
import { fetchOutput } from "./output-fetch";
import { limitText } from "./recording";
import { asked, isLacking, rides, ridersOf, takeAnswers, type Rider } from "./riders";

const FRAMES_MAX = 64;
const VARIABLES_MAX = 200;

const argumentsOf = (frameId: number): number => (frameId << 2) | 1;
const localsOf = (frameId: number): number => (frameId << 2) | 2;

const stackRider: Rider = {
	command: "stackTrace", arguments: { start: 0, count: FRAMES_MAX },
	take(body) {
		cursor.frames.value = readFrames(body);
		cursor.totalFrames.value = integer(body.totalFrames) ?? cursor.frames.peek().length;
	},
};

function scopeRiders(frameId: number): Rider[] {
	const scope: cursor.Scope = { arguments: [], locals: [] };
	const of = (variablesReference: number, take: (body: any) => void): Rider =>
		({ command: "variables", arguments: { variablesReference, start: 0, count: VARIABLES_MAX }, take });
	return [
		of(argumentsOf(frameId), (body) => (scope.arguments = readVariables(body))),
		of(localsOf(frameId), (body) => {
			scope.locals = readVariables(body);
			cursor.setScope(scope, cursor.frameKeyOf(frameId));
		}),
	];
}

rides((frameId) => (frameId === 0 ? [stackRider] : []));
rides(scopeRiders);

/** What is asked for with a move, and the listing when it is sure to be another function's. */
export function momentRiders(withListing: boolean): Rider[] {
	const listing: Rider = { command: "disassemble", arguments: disassembly.functionAround(), take() {} };
	return withListing ? [listing, ...ridersOf(0)] : ridersOf(0);
}

/** Has the listing around the shown place at hand before it is shown. */
async function ensureListing(pc: bigint | undefined): Promise<void> {
	if (pc === undefined || disassembly.knows(pc))
		return;
	try {
		if (!disassembly.addListing(await request("disassemble", disassembly.functionAround(pc)), pc))
			disassembly.addListing(await request("disassemble", disassembly.neighbourhood(pc)), pc);
	} catch {
		/* no code there: the pane says so */
	}
}

/** Shows a moment. The listing is at hand first, so that no pane is ever a step behind another. */
export async function present(body: any, riders: Rider[], full: boolean): Promise<void> {
	const state = readState(body);
	const answers: RideAnswer[] = list(body?.with);
	if (state.pc !== undefined)
		for (const answer of answers)
			if (answer.command === "disassemble")
				disassembly.addListing(answer.body, state.pc);
	await ensureListing(state.pc);
	batch(() => {
		output.enterEpoch(state.epoch);
		cursor.arrive(state, full);
		/* Another thread has stopped: that is the one to look at. */
		if (state.thread !== cursor.chosenThread.peek())
			cursor.chosenThread.value = undefined;
		takeAnswers(riders, answers);
		disassembly.shownPc.value = state.pc;
		output.cursorEnd.value = state.outputEnd;
		live.value = state.live;
		busy.value = state.status === "running";
	});
	takeOutput(state);
	speak(state);
	if (state.limit)
		notice.value = { kind: "info", text: `Stopped at a limit of the session: ${limitText(state.limit)}` };
	if (isLacking())
		await refresh();
	await showCaller(state);
}

/** A signal within a library (abort, a failed assertion, an uncaught exception) concerns the line that called it; so does what was caught there, and a picked thread. */
async function showCaller(state: State): Promise<void> {
	const elsewhere = state.signal !== undefined || state.caught !== undefined || cursor.chosenThread.peek() !== undefined;
	const caller = elsewhere && state.line === undefined ? cursor.frames.peek().find((f) => f.line !== undefined) : undefined;
	if (caller)
		await selectFrame(caller.id);
}

/** Asks for everything about the cursor's moment: after joining, and when another client has moved the cursor. */
export async function showAll(): Promise<void> {
	const riders = momentRiders(true);
	await present(await request("state", { thread: cursor.chosenThread.peek(), with: asked(riders) }), riders, true);
}

export function takeOutput(state: State): void {
	if (!output.addStateOutput(state.output, state.outputEnd) || state.outputEnd > output.outputEnd())
		void fetchOutput(state.outputEnd);
}

/** Asks again for what is shown of the selected frame: something more of it is looked at. */
export async function refresh(): Promise<void> {
	if (!cursor.state.peek())
		return;
	const riders = ridersOf(cursor.frameId.peek());
	const position = cursor.position.peek();
	try {
		const body = await request("threads", {
			position, epoch: cursor.state.peek()!.epoch, thread: cursor.chosenThread.peek(), with: asked(riders),
		});
		if (cursor.position.peek() === position)
			batch(() => takeAnswers(riders, list(body.with)));
	} catch (error) {
		complain(error);
	}
}

/** Shows another frame of the stack: its place, and its variables. */
export async function selectFrame(frameId: number): Promise<void> {
	const frame = cursor.frames.peek().find((f) => f.id === frameId);
	if (!frame)
		return;
	const riders = ridersOf(frameId);
	try {
		const body = await request("threads", { thread: cursor.chosenThread.peek(), with: asked(riders) });
		await ensureListing(frame.pc);
		batch(() => {
			cursor.frameId.value = frameId;
			disassembly.shownPc.value = frame.pc;
			takeAnswers(riders, list(body.with));
		});
	} catch (error) {
		complain(error);
	}
}

/** The syntax was changed: what is known is in the wrong one. */
export async function relist(): Promise<void> {
	const pc = disassembly.shownPc.peek();
	if (pc === undefined)
		return;
	try {
		const body = await request("disassemble", disassembly.functionAround(pc));
		batch(() => {
			disassembly.forgetListings();
			disassembly.addListing(body, pc);
		});
		await ensureListing(pc);
	} catch (error) {
		complain(error);
	}
}
