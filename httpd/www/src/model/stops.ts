/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What stops the program besides breakpoints: signals, C++ exceptions, processes, system calls. Kept between visits. */

import { list, text } from "../service/word";
import { complain, connected, phase, request } from "./link";
import { kept } from "./store";
import { tell } from "./told";

export const FILTERS = ["throw", "catch", "fork", "exec", "exit"] as const;
export type Filter = (typeof FILTERS)[number];

/** Whether commands stop at a signal, and whether the program gets it. */
export interface SignalRule {
	name: string;
	stop: boolean;
	pass: boolean;
}

interface Stops {
	filters: Filter[];
	signals: SignalRule[];
	/** Names of system calls, as they were typed. */
	calls: string;
}

export const stops = kept<Stops>("stops", { filters: [], signals: [], calls: "" });

export const SIGNALS = [
	"SIGINT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGCHLD", "SIGPIPE", "SIGSEGV", "SIGFPE", "SIGILL", "SIGBUS", "SIGABRT", "SIGTRAP",
	"SIGHUP", "SIGQUIT", "SIGTSTP", "SIGCONT", "SIGWINCH",
];

export const callNames = (typed: string): string[] => typed.split(/[\s,]+/).filter((w) => w !== "");

export const stopsCount = (): number =>
	stops.value.filters.length + stops.value.signals.filter((s) => s.stop).length + callNames(stops.value.calls).length;

const isLive = (): boolean => phase.peek() === "live" && connected.peek();

async function sendFilters(): Promise<void> {
	const { filters, signals } = stops.peek();
	await tell(request("setExceptionBreakpoints", { filters, signals }));
}

async function sendCalls(): Promise<void> {
	await tell(request("setSyscallRules", { rules: callNames(stops.peek().calls).map((name) => ({ name, stop: true })) }));
}

/** A new session is told, when there is something to tell. */
export async function sendAllStops(): Promise<void> {
	const { filters, signals, calls } = stops.peek();
	if (filters.length + signals.length > 0)
		await sendFilters().catch(complain);
	if (callNames(calls).length > 0)
		await sendCalls().catch(complain);
}

export async function setFilter(filter: Filter, on: boolean): Promise<void> {
	const rest = stops.peek().filters.filter((f) => f !== filter);
	stops.value = { ...stops.peek(), filters: on ? [...rest, filter] : rest };
	if (isLive())
		await sendFilters().catch(complain);
}

/** Without a rule a signal is passed, and stops when it would end the program. */
export async function setSignal(name: string, rule: SignalRule | undefined): Promise<void> {
	const rest = stops.peek().signals.filter((s) => s.name !== name);
	stops.value = { ...stops.peek(), signals: rule ? [...rest, rule] : rest };
	if (isLive())
		await sendFilters().catch(complain);
}

export async function setCalls(typed: string): Promise<void> {
	stops.value = { ...stops.peek(), calls: typed };
	if (isLive())
		await sendCalls().catch(complain);
}

/** All that is set in a session, as the hello and each change say. */
export function takeStops(raw: any): void {
	const calls = list(raw?.rules).map((r) => text(r?.name) ?? "").filter((name) => name !== "");
	const typed = stops.peek().calls;
	stops.value = {
		filters: FILTERS.filter((f) => list(raw?.filters).includes(f)),
		signals: list(raw?.signals).map((s) => ({ name: text(s?.name) ?? "", stop: s?.stop === true, pass: s?.pass === true })),
		calls: calls.join(" ") === callNames(typed).join(" ") ? typed : calls.join(", "),
	};
}
