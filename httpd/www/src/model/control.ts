/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Moving the cursor. A step is one request: stack and variables ride along with it, and the disassembly is asked for only when
 * the new pc lies in no function seen so far.
 */

import { batch } from "@preact/signals";
import type { RideAnswer, State } from "../service/types";
import { integer, list, readFrames, readState, readVariables, text } from "../service/word";
import { speak } from "./announce";
import * as cursor from "./cursor";
import * as disassembly from "./disassembly";
import { complain, inFlight, live, notice, ready, request } from "./link";
import * as output from "./output";

const FRAMES_MAX = 64;
const VARIABLES_MAX = 200;
const OUTPUT_CHUNK = 64 * 1024;
/** Key presses that came while a step was under way. */
const QUEUE_MAX = 8;

const argumentsOf = (frameId: number): number => (frameId << 2) | 1;
const localsOf = (frameId: number): number => (frameId << 2) | 2;

function variables(frameId: number) {
	return [argumentsOf(frameId), localsOf(frameId)].map((variablesReference) =>
		({ command: "variables", arguments: { variablesReference, start: 0, count: VARIABLES_MAX } }));
}

/** What is asked for with every move. A call leaves the function, so its callee's listing is asked for at once. */
function ride(withListing: boolean) {
	const asked: { command: string; arguments: Record<string, unknown> }[] = [
		{ command: "stackTrace", arguments: { start: 0, count: FRAMES_MAX } },
		...variables(0),
	];
	if (withListing)
		asked.push({ command: "disassemble", arguments: disassembly.functionAround() });
	return asked;
}

function takeRide(answers: RideAnswer[], state: State): void {
	const bodies = (command: string) => answers.filter((a) => a.command === command).map((a) => a.body);
	const stack = bodies("stackTrace")[0];
	const frames = readFrames(stack);
	cursor.frames.value = frames;
	cursor.totalFrames.value = integer(stack?.totalFrames) ?? frames.length;
	const [args, locals] = bodies("variables");
	cursor.setScope({ arguments: readVariables(args), locals: readVariables(locals) },
		`${state.function}@${frames[0]?.cfa ?? state.depth}`);
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
async function present(body: any, full: boolean): Promise<void> {
	const state = readState(body);
	const answers: RideAnswer[] = list(body?.with);
	if (state.pc !== undefined)
		for (const answer of answers)
			if (answer.command === "disassemble")
				disassembly.addListing(answer.body, state.pc);
	await ensureListing(state.pc);
	batch(() => {
		cursor.arrive(state, full);
		takeRide(answers, state);
		disassembly.shownPc.value = state.pc;
		output.cursorEnd.value = state.outputEnd;
		live.value = state.live;
	});
	takeOutput(state);
	speak(state);
	await showCaller(state);
}

/** A signal within a library (abort, a failed assertion, an uncaught exception) concerns the line that called it. */
async function showCaller(state: State): Promise<void> {
	const caller = state.signal && state.line === undefined ? cursor.frames.peek().find((f) => f.line !== undefined) : undefined;
	if (caller)
		await selectFrame(caller.id);
}

/** Asks for everything about the cursor's moment: after joining, and when another client has moved the cursor. */
export async function showAll(): Promise<void> {
	await present(await request("state", { with: ride(true) }), true);
}

/** Shows what a control command answered. */
async function show(body: any): Promise<void> {
	const state = readState(body);
	if (state.status === "running") {
		live.value = state.live;
		takeOutput(state);
	} else if (cursor.mergeable(state))
		await present(body, false);
	else
		await showAll();
}

function takeOutput(state: State): void {
	if (!output.addStateOutput(state.output, state.outputEnd) || state.outputEnd > output.outputEnd())
		void fetchOutput(state.outputEnd);
}

let fetching = false;
/** As far as there is output that somebody has heard of. */
let heardOf = 0;

/** Asks for what the page does not have of the output, of which there is as much as `end` bytes. */
export async function fetchOutput(end = output.cursorEnd.peek()): Promise<void> {
	heardOf = Math.max(heardOf, end);
	if (fetching)
		return;
	fetching = true;
	try {
		for (let total = Infinity; output.outputEnd() < Math.max(total, heardOf);) {
			const start = output.wantedFrom(heardOf);
			const body = await request("output", { start, count: OUTPUT_CHUNK });
			const next = integer(body.end) ?? start;
			total = integer(body.total) ?? next;
			if (next <= start)
				break;
			output.addOutput(start, next, text(body.text) ?? "");
		}
	} catch {
		/* it is asked for again with the next state that says there is more */
	} finally {
		heardOf = 0;
		fetching = false;
	}
}

const queue: [string, Record<string, unknown>][] = [];

const leaves = (): boolean => /^(call|bl\b|blr)/.test(disassembly.currentInstruction.peek()?.instruction ?? "");

/** A control command. While one is under way the next ones wait their turn; errors are shown. */
export async function control(command: string, args: Record<string, unknown> = {}): Promise<void> {
	if (inFlight.peek()) {
		if (queue.length < QUEUE_MAX)
			queue.push([command, args]);
		return;
	}
	if (!ready.peek())
		return;
	inFlight.value = command;
	notice.value = undefined;
	try {
		const inwards = command === "stepIn" && args.direction !== "back";
		await show(await request(command, { ...args, with: ride(inwards && leaves()) }));
	} catch (error) {
		queue.length = 0;
		complain(error);
	} finally {
		inFlight.value = undefined;
	}
	await nextInQueue();
}

async function nextInQueue(): Promise<void> {
	if (!ready.peek())
		queue.length = 0;
	const next = queue.shift();
	if (next)
		await control(...next);
}

/** `pause` and `terminate`: not queued, they are for the command that is under way. */
export async function interrupt(command: "pause" | "terminate"): Promise<void> {
	try {
		await follow(readState(await request(command)));
	} catch (error) {
		complain(error);
	}
}

/** Input for the program: it goes to the live process, wherever the cursor is. */
export async function sendInput(text: string, eof: boolean): Promise<void> {
	try {
		await request("input", eof ? { text, eof } : { text });
	} catch (error) {
		complain(error);
	}
}

let wanted: number | undefined;
let seeking = false;

/** Goes to a position; while one is being fetched only the latest wish counts. */
export async function seek(position: number): Promise<void> {
	wanted = Math.max(0, Math.min(position, cursor.frontier.peek()));
	if (seeking)
		return;
	seeking = true;
	while (wanted !== undefined) {
		const target: number = wanted;
		wanted = undefined;
		if (target !== cursor.position.peek())
			await control("seek", { position: target });
	}
	seeking = false;
}

/** An event brought a state: shows it unless it is the one shown, or the answer to our own command is still to come. */
export async function follow(state: State): Promise<void> {
	live.value = state.live;
	if (inFlight.peek() || state.status === "running")
		return;
	const shown = cursor.state.peek();
	if (shown && cursor.sameMoment(shown, state)) {
		cursor.frontier.value = Math.max(cursor.frontier.peek(), state.frontier);
		return;
	}
	inFlight.value = "state";
	try {
		await showAll();
	} catch (error) {
		complain(error);
	} finally {
		inFlight.value = undefined;
	}
	await nextInQueue();
}

/** Shows another frame of the stack: its place, and its variables. */
export async function selectFrame(frameId: number): Promise<void> {
	const frame = cursor.frames.peek().find((f) => f.id === frameId);
	if (!frame)
		return;
	try {
		const [args, locals] = await Promise.all(variables(frameId).map((v) =>
			request(v.command, { ...v.arguments, frameId })));
		await ensureListing(frame.pc);
		batch(() => {
			cursor.frameId.value = frameId;
			disassembly.shownPc.value = frame.pc;
			cursor.setScope({ arguments: readVariables(args), locals: readVariables(locals) }, `${frame.name}@${frame.cfa}`);
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
