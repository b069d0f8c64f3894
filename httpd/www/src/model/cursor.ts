/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The moment that the page shows. `arrive` is the only place that moves it: it takes a state, merges what differs into what is
 * known, and works out what changed.
 */

import { batch, computed, signal } from "@preact/signals";
import type { StackFrame, State, Variable, Word } from "../service/types";

export interface Scope {
	arguments: Variable[];
	locals: Variable[];
}

export const state = signal<State | undefined>(undefined);
export const registers = signal<ReadonlyMap<string, Word>>(new Map());
/** Registers that differ from the moment shown before, with what they held there. */
export const changedRegisters = signal<ReadonlyMap<string, Word>>(new Map());
export const frames = signal<StackFrame[]>([]);
export const totalFrames = signal(0);
export const frameId = signal(0);
export const scope = signal<Scope>({ arguments: [], locals: [] });
/** Variables of the shown frame that differ from the moment shown before, with what they held there. */
export const changedVariables = signal<ReadonlyMap<string, string>>(new Map());
/** How far the record reaches; it may grow without the cursor moving, and shrink when the timeline is cut. */
export const frontier = signal(0);
/** Grows when the timeline is cut: positions of another epoch are other moments. */
export const epoch = signal(0);
/** The thread whose steps are made, when a person has picked one; otherwise the one that runs at the moment. */
export const chosenThread = signal<number | undefined>(undefined);
/** The text of the latest move for those who hear the page. */
export const spoken = signal("");

export const position = computed(() => state.value?.position ?? 0);
/** More is recorded behind the cursor, which is nothing unusual: it may have been recorded ahead. */
export const inPast = computed(() => state.value !== undefined && position.value < frontier.value);
export const frame = computed(() => frames.value.find((f) => f.id === frameId.value));

/** The place that source and disassembly show: the cursor's, or the selected frame's. */
export const place = computed(() => {
	const now = state.value;
	if (!now)
		return undefined;
	const selected = frameId.value === 0 ? undefined : frame.value;
	return selected
		? { file: selected.file, line: selected.line, pc: selected.pc, function: selected.name }
		: { file: now.file, line: now.line, pc: now.pc, function: now.function };
});

export const sameMoment = (a: State, b: State): boolean =>
	a.epoch === b.epoch && a.position === b.position && a.thread === b.thread && a.status === b.status;

export function resetCursor(): void {
	batch(() => {
		state.value = undefined;
		registers.value = new Map();
		changedRegisters.value = new Map();
		frames.value = [];
		totalFrames.value = 0;
		frameId.value = 0;
		scope.value = { arguments: [], locals: [] };
		changedVariables.value = new Map();
		frontier.value = 0;
		epoch.value = 0;
		chosenThread.value = undefined;
		spoken.value = "";
	});
}

/** Somebody says how far the record reaches; within an epoch it only grows. */
export function reach(newest: number, of: number): void {
	if (of < epoch.peek())
		return;
	batch(() => {
		frontier.value = of === epoch.peek() ? Math.max(frontier.peek(), newest) : newest;
		epoch.value = of;
	});
}

/** Whether a state can be merged into what is shown, or all registers have to be asked for. */
export function mergeable(next: State): boolean {
	const before = state.peek();
	return before !== undefined && before.epoch === next.epoch && before.position === next.from;
}

/** @param full `next.registers` holds all registers and not only those that differ */
export function arrive(next: State, full: boolean): void {
	const before = state.peek();
	const merged = full ? new Map<string, Word>() : new Map(registers.peek());
	for (const [name, value] of Object.entries(next.registers))
		merged.set(name, value);
	const moved = !before || before.position !== next.position || before.epoch !== next.epoch;
	batch(() => {
		if (moved && before) {
			const changed = new Map<string, Word>();
			for (const [name, value] of merged) {
				const old = registers.peek().get(name);
				if (old !== undefined && old !== value)
					changed.set(name, old);
			}
			changedRegisters.value = changed;
		}
		registers.value = merged;
		state.value = next;
		reach(next.frontier, next.epoch);
		if (moved)
			frameId.value = 0;
	});
}

/** Tells one call's frame from another's, as long as it lasts. */
export function frameKeyOf(id: number): string {
	const it = frames.peek().find((f) => f.id === id);
	return it ? `${it.name}@${it.cfa ?? ""}` : "";
}

let variablesOf = "";

/** The shown frame's variables; what changed is told only where they are the same frame's as before. */
export function setScope(next: Scope, frameKey: string): void {
	const old = new Map<string, string>();
	if (frameKey === variablesOf)
		for (const v of [...scope.peek().arguments, ...scope.peek().locals])
			old.set(v.name, v.value);
	variablesOf = frameKey;
	const changed = new Map<string, string>();
	for (const v of [...next.arguments, ...next.locals]) {
		const was = old.get(v.name);
		if (was !== undefined && was !== v.value)
			changed.set(v.name, was);
	}
	batch(() => {
		scope.value = next;
		changedVariables.value = changed;
	});
}
