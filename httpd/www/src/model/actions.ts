/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Everything that a person can have done to the program: one table for the buttons, the keys and the help. */

import { computed, type ReadonlySignal } from "@preact/signals";
import { control, interrupt, seek } from "./control";
import * as cursor from "./cursor";
import { resumeHere } from "./edit";
import { phase, ready, running, sourceChanged, waiting } from "./link";
import { run, runOrContinue, stop } from "./session";
import { caretLine, current } from "./source";

export interface Action {
	id: string;
	label: string;
	/** As it is shown, and as `keyOf` makes it of an event. */
	key?: string;
	does(): void;
	enabled: ReadonlySignal<boolean>;
}

const back = { direction: "back" };
const byInstruction = { granularity: "instruction" };
const byLine = { granularity: "line" };

const behind = computed(() => ready.value && cursor.position.value > 0);
const over = computed(() => cursor.state.value?.status === "exited" && !cursor.inPast.value);
const ahead = computed(() => ready.value && !over.value);
/** Where there are no lines of the person's, one instruction on is one of the library's. */
const inLibrary = (): boolean => cursor.frames.peek()[0]?.module !== undefined;
const always = computed(() => phase.value !== "starting");

export const actions = {
	run: { id: "run", label: "Run", key: "F5", enabled: computed(() => always.value && !running.value), does: () => void runOrContinue() },
	pause: { id: "pause", label: "Pause", key: "F6", enabled: computed(() => running.value || waiting.value), does: () => void interrupt("pause") },
	stop: {
		id: "stop", label: "Stop", key: "Shift+F5", does: () => void stop(),
		enabled: computed(() => phase.value === "starting" || phase.value === "live"),
	},
	restart: { id: "restart", label: "Restart", key: "Ctrl+Shift+F5", enabled: always, does: () => void run() },
	toStart: { id: "to-start", label: "Go to the start", enabled: behind, does: () => void seek(0) },
	reverseContinue: {
		id: "reverse-continue", label: "Continue backwards", key: "Alt+F5", enabled: behind, does: () => void control("reverseContinue"),
	},
	backOut: {
		id: "step-back-out", label: "Step out, backwards", key: "Alt+Shift+F11", enabled: behind,
		does: () => void control("stepOut", { ...byLine, ...back }),
	},
	backOver: {
		id: "step-back-over", label: "Step over, backwards", key: "Alt+F10", enabled: behind,
		does: () => void control("next", { ...byLine, ...back }),
	},
	backIn: {
		id: "step-back-in", label: "Step back a line", key: "Alt+F11", enabled: behind,
		does: () => void control("stepBack", byLine),
	},
	backInstruction: {
		id: "step-back-insn", label: "Back one instruction", key: "F7", enabled: behind,
		does: () => void (inLibrary() ? control("stepIn", { ...byInstruction, ...back, enter: true }) : control("stepBack", byInstruction)),
	},
	instruction: {
		id: "step-insn", label: "Forward one instruction", key: "F8", enabled: ahead,
		does: () => void control("stepIn", { ...byInstruction, ...(inLibrary() && { enter: true }) }),
	},
	stepIn: { id: "step-in", label: "Step into", key: "F11", enabled: ahead, does: () => void control("stepIn", byLine) },
	enter: {
		id: "step-enter", label: "Step into, library code too", key: "Ctrl+F11", enabled: ahead,
		does: () => void control("stepIn", { ...byLine, enter: true }),
	},
	stepOver: { id: "step-over", label: "Step over", key: "F10", enabled: ahead, does: () => void control("next", byLine) },
	stepOut: { id: "step-out", label: "Step out", key: "Shift+F11", enabled: ahead, does: () => void control("stepOut", byLine) },
	toCaret: {
		id: "run-to-caret", label: "Run to the caret's line", key: "Ctrl+F10", enabled: computed(() => ahead.value && !sourceChanged.value),
		does: () => void control("goto", { file: current.peek().name, line: caretLine.peek() }),
	},
	backToCaret: {
		id: "back-to-caret", label: "Back to the caret's line", key: "Ctrl+Alt+F10", enabled: computed(() => behind.value && !sourceChanged.value),
		does: () => void control("goto", { file: current.peek().name, line: caretLine.peek(), ...back }),
	},
	resumeHere: {
		id: "resume-here", label: "Resume the program from this step", enabled: computed(() => ready.value && cursor.inPast.value),
		does: () => void resumeHere(),
	},
	toEnd: {
		id: "to-end", label: "Go to the newest step", enabled: computed(() => ready.value && cursor.inPast.value),
		does: () => void seek(cursor.frontier.peek()),
	},
} satisfies Record<string, Action>;

const byKey = new Map<string, Action>();
for (const action of Object.values(actions) as Action[])
	if (action.key)
		byKey.set(action.key, action);

/** "Ctrl+Shift+F5" of a key event. */
export function keyOf(event: KeyboardEvent): string {
	return (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "") + (event.shiftKey ? "Shift+" : "") + event.key;
}

/** @returns whether the key was one of ours; the browser's own meaning (F5 reloads) is then not wanted */
export function onActionKey(event: KeyboardEvent): boolean {
	const action = byKey.get(keyOf(event)) ?? (keyOf(event) === "Ctrl+Enter" ? actions.run : undefined);
	if (!action)
		return false;
	if (action.enabled.peek())
		action.does();
	return true;
}
