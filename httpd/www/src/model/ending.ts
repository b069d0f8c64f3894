/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How a program's moment is put into words. */

import type { SignalInfo, State } from "../service/types";
import { hex } from "../service/word";

const SIGNALS: Record<string, string> = {
	SIGSEGV: "segmentation fault",
	SIGBUS: "bus error",
	SIGFPE: "division by zero or overflow",
	SIGILL: "illegal instruction",
	SIGABRT: "aborted",
	SIGTRAP: "trap",
	SIGKILL: "killed",
	SIGTERM: "terminated",
	SIGPIPE: "broken pipe",
	SIGSYS: "bad system call",
};

export const meaningOf = (signal: SignalInfo): string | undefined => SIGNALS[signal.name];

function describeSignal(signal: SignalInfo): string {
	const where = signal.address === undefined ? "" : ` at ${hex(signal.address)}`;
	const how = signal.access ? `, ${signal.access}` : "";
	return signal.name + where + how;
}

/** How the program ended or why it cannot go on, if this is such a moment. */
export function endingOf(state: State): string | undefined {
	if (state.signal && state.status === "exited")
		return `Ended by ${describeSignal(state.signal)}`;
	if (state.signal)
		return describeSignal(state.signal);
	if (state.status === "exited")
		return state.exitCode === undefined ? "Exited" : `Exited with code ${state.exitCode}`;
	return undefined;
}
