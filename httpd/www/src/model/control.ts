/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Moving the cursor. A step is one request: what the panes show rides along with it, and the disassembly is asked for only when
 * the new pc lies in no function seen so far.
 */

import { ServiceError } from "../service/api";
import type { State } from "../service/types";
import { integer, readState } from "../service/word";
import * as cursor from "./cursor";
import * as disassembly from "./disassembly";
import { busy, complain, inFlight, live, notice, ready, request } from "./link";
import { momentRiders, present, showAll, takeOutput } from "./moment";
import { asked, type Rider } from "./riders";

/** Key presses that came while a step was under way. */
const QUEUE_MAX = 8;

/** Shows what a control command answered. */
async function show(body: any, riders: Rider[]): Promise<void> {
	const state = readState(body);
	if (state.status === "running") {
		live.value = state.live;
		busy.value = true;
		takeOutput(state);
	} else if (cursor.mergeable(state))
		await present(body, riders, false);
	else
		await showAll();
}

const queue: [string, Record<string, unknown>][] = [];

const leaves = (): boolean => /^(call|bl\b|blr)/.test(disassembly.currentInstruction.peek()?.instruction ?? "");

/** The page's word on what is recorded is old: the timeline was cut meanwhile. */
const isStale = (error: unknown): boolean => error instanceof ServiceError && error.code === "stale";

/** Sends what moves the cursor, or changes the program, and shows what came of it. Rejects with a ServiceError. */
async function send(command: string, args: Record<string, unknown>): Promise<void> {
	const riders = momentRiders(command === "stepIn" && args.direction !== "back" && leaves());
	try {
		await show(await request(command, { thread: cursor.chosenThread.peek(), ...args, with: asked(riders) }), riders);
	} catch (error) {
		const newest = command === "seek" && error instanceof ServiceError ? integer(error.more.frontier) : undefined;
		if (newest !== undefined && Number(args.position) > newest)
			return send(command, { position: newest });
		if (isStale(error))
			await showAll();
		throw error;
	}
	return undefined;
}

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
		await send(command, args);
	} catch (error) {
		queue.length = 0;
		complain(error);
	} finally {
		inFlight.value = undefined;
	}
	await nextInQueue();
}

/**
 * A change of the program: a variable, a register, memory, or its being taken back to a moment. Not queued: what is changed is
 * what is seen. @returns whether it was done; why not is shown
 */
export async function change(command: string, args: Record<string, unknown>): Promise<boolean> {
	if (inFlight.peek() || !ready.peek())
		return false;
	inFlight.value = command;
	notice.value = undefined;
	try {
		await send(command, { position: cursor.position.peek(), epoch: cursor.epoch.peek(), ...args });
		return true;
	} catch (error) {
		complain(error);
		return false;
	} finally {
		inFlight.value = undefined;
	}
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

let wanted: number | undefined;
let seeking = false;

/** Goes to a position; while one is being fetched only the latest wish counts. */
export async function seek(position: number): Promise<void> {
	wanted = Math.max(0, position);
	if (seeking)
		return;
	seeking = true;
	while (wanted !== undefined) {
		const target: number = wanted;
		wanted = undefined;
		if (target !== cursor.position.peek())
			await control("seek", { position: target, epoch: cursor.epoch.peek() });
	}
	seeking = false;
}

/** An event brought a state: shows it unless it is the one shown, or the answer to our own command is still to come. */
export async function follow(state: State): Promise<void> {
	live.value = state.live;
	busy.value = state.status === "running";
	if (inFlight.peek() || state.status === "running")
		return;
	const shown = cursor.state.peek();
	if (shown && cursor.sameMoment(shown, state)) {
		cursor.reach(state.frontier, state.epoch);
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
