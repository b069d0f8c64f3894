/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One line on what the program is doing, for the eye; `spoken` is the same for the ear. */

import { computed } from "@preact/signals";
import { dataBreakpoints } from "../model/breakpoints";
import * as cursor from "../model/cursor";
import { endingOf, meaningOf } from "../model/ending";
import { connected, phase, running, stale, waiting } from "../model/link";
import { bytesValue, duration } from "../model/numbers";
import { amount } from "../model/recording";
import type { State } from "../service/types";
import { hex } from "../service/word";

export type Mood = "idle" | "busy" | "stopped" | "waiting" | "bad" | "done";

const REASONS: Record<string, string> = {
	entry: "At the start",
	breakpoint: "At a breakpoint",
	"data breakpoint": "At a data breakpoint",
	"function breakpoint": "At a function breakpoint",
	pause: "Paused",
	limit: "Stopped at a limit",
};

function reasonOf(now: State): string {
	if (now.limit)
		return `Stopped at the limit of ${amount(now.limit, now.limit.limit)}`;
	/* Why it stopped is another thread's reason, where one was picked. */
	return cursor.chosenThread.value === undefined ? REASONS[now.reason ?? ""] ?? "Stopped" : "Stopped";
}

/** Where a rule of the person's has stopped it. */
function caughtText({ kind, name }: { kind: string; name?: string }): string {
	const what: Record<string, string> = {
		throw: "An exception is thrown", catch: "An exception is caught", syscall: "Before the system call", signal: "Signal",
		fork: "Before another process is made", exec: "Before another program is executed", exit: "Before the program leaves",
	};
	const joint = kind === "throw" || kind === "catch" ? ": " : " ";
	return name ? `${what[kind] ?? "Stopped at"}${joint}${name}` : what[kind] ?? "Stopped";
}

export const status = computed<{ mood: Mood; text: string }>(() => {
	if (phase.value === "none")
		return { mood: "idle", text: "Not running" };
	if (phase.value === "starting")
		return { mood: "busy", text: "Compiling…" };
	if (phase.value === "gone")
		return { mood: "bad", text: "The session has ended" };
	if (!connected.value)
		return { mood: "busy", text: cursor.state.value ? "Connection lost, trying again…" : "Connecting…" };
	if (waiting.value)
		return { mood: "waiting", text: "Waiting for input" };
	if (running.value)
		return { mood: "busy", text: "Running…" };
	const now = cursor.state.value;
	if (!now)
		return { mood: "busy", text: "Starting…" };
	const ending = endingOf(now);
	if (!ending && now.caught)
		return { mood: "stopped", text: caughtText(now.caught) };
	if (ending)
		return { mood: now.signal ? "bad" : "done", text: ending };
	const where = now.function ? ` in ${now.function}` : "";
	const line = now.line ? `, line ${now.line}` : "";
	return { mood: "stopped", text: `${reasonOf(now)}${where}${line}` };
});

/** A library call that was one step is worth a word: no instruction of it was seen. */
function Macro() {
	const now = cursor.state.value;
	const macro = now?.macro;
	/* At the end the way out of the program is no news beside how it ended. */
	if (!macro || !macro.name || now.status === "exited")
		return null;
	const time = macro.microseconds === undefined ? "" : ` in ${duration(macro.microseconds)}`;
	const what = `${macro.name}${time}`;
	return <span class="chip macro" title={`${what}: ${macro.advice ?? "this ran at full speed as one step"}`}>{what}</span>;
}

export function Status() {
	const { mood, text } = status.value;
	return <span id="status" class={`status ${mood}`} data-mood={mood} title={text}>{text}</span>;
}

/** No call-depth that a person means; a stack of 8 MiB holds many more. */
const MANY_FRAMES = 64;
const NEAR = 65536n;

/** A recursion without end: the fault is where the stack would have grown to next. */
const overflowed = computed(() => {
	const address = cursor.state.value?.signal?.address;
	const sp = cursor.registers.value.get("rsp") ?? cursor.registers.value.get("sp");
	return address !== undefined && sp !== undefined && cursor.totalFrames.value >= MANY_FRAMES &&
		address > sp - NEAR && address < sp + NEAR;
});

/** What a data breakpoint saw: the memory before and after the step. */
function Touched() {
	const it = cursor.state.value?.touched;
	if (!it || !it.old || !it.now)
		return null;
	const label = dataBreakpoints.value.find((b) => b.id === it.id)?.label ?? (it.address === undefined ? "" : hex(it.address));
	const text = `${label}: ${bytesValue(it.old)} → ${bytesValue(it.now)}`;
	return <span class="chip" id="touched" title={text}>{text}</span>;
}

/** What else there is to say of the moment, as far as there is room. */
export function Chips() {
	const now = cursor.state.value;
	const meaning = overflowed.value ? "stack overflow: calls too deep" : now?.signal && meaningOf(now.signal);
	return (
		<>
			{stale.value && <span class="chip warn" id="stale" title="What is shown is of the run before; Run takes the changes in">Changed since Run</span>}
			{meaning && <span class="chip">{meaning}</span>}
			{now?.thread !== undefined && now.thread > 1 && <span class="chip">thread {now.thread}</span>}
			<Touched />
			{now?.caught?.within && <span class="chip" title="It happened inside the next step, which ran at full speed">within the next step</span>}
			{now?.signals.map((s, i) => <span key={i} class="chip" title={s.delivered ? "Came in this step" : "Came in this step, and was held back"}>
				{s.name}{s.delivered ? "" : " held back"}</span>)}
			{now?.kind === "write" && <span class="chip" title="This step is a change that was made by hand">changed by hand</span>}
			<Macro />
		</>
	);
}

/** What was moved to, in one sentence, when it has settled. */
export function LiveRegion() {
	return <div id="spoken" class="unseen" role="status" aria-live="polite">{cursor.spoken.value}</div>;
}
