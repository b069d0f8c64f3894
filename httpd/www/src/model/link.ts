/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The session that the page is joined to, and what there is to say about it. */

import { computed, effect, signal } from "@preact/signals";
import { ServiceError } from "../service/api";
import type { SessionSocket } from "../service/socket";
import { draft, requestOf } from "./source";
import type { Diagnostic, Live, ServiceInfo, SourceFile } from "../service/types";

export interface Session {
	id: string;
	language: string;
	files: SourceFile[];
	flags: string[];
	/** All that it was run with, as `requestOf` has it; unknown of a session that this page did not start. */
	request?: string;
}

export interface Notice {
	kind: "error" | "info";
	text: string;
}

/** `none`: nothing was run. `starting`: being compiled. `live`: there. `gone`: it was there, and is shown as it was. */
export type Phase = "none" | "starting" | "live" | "gone";

export const info = signal<ServiceInfo | undefined>(undefined);
export const phase = signal<Phase>("none");
export const session = signal<Session | undefined>(undefined);
export const socket = signal<SessionSocket | undefined>(undefined);
/** The socket is open and its hello has come. */
export const connected = signal(false);
export const live = signal<Live | undefined>(undefined);
export const notice = signal<Notice | undefined>(undefined);
export const diagnostics = signal<Diagnostic[]>([]);
/** The control command whose answer is awaited. */
export const inFlight = signal<string | undefined>(undefined);

/** A control command is unfinished, this page's or another client's. What is recorded ahead goes on beside it and is none. */
export const busy = signal(false);

/** The program waits for input at the newest moment, wherever the cursor is. */
export const asks = computed(() => phase.value === "live" && live.value?.waiting === true);
/** And a command has come to that moment. */
export const waiting = computed(() => asks.value && busy.value);

const atWork = computed(() => phase.value === "live" && (inFlight.value !== undefined || busy.value));

/** An ordinary step is over before this; the buttons must not flicker with each one. */
const NOTICEABLE_MS = 120;
/** The program is running, for long enough to say so. */
export const running = signal(false);

effect(() => {
	if (!atWork.value) {
		running.value = false;
		return undefined;
	}
	const timer = setTimeout(() => (running.value = true), NOTICEABLE_MS);
	return () => clearTimeout(timer);
});

/** A control command would be taken. */
export const ready = computed(() => phase.value === "live" && connected.value && !running.value);

export function complain(error: unknown): void {
	if (error instanceof ServiceError && (error.code === "cancelled" || error.code === "disconnected"))
		return;
	notice.value = { kind: "error", text: error instanceof Error ? error.message : String(error) };
}

/** One request to the session. Rejects with a ServiceError. */
export function request(command: string, args: Record<string, unknown> = {}): Promise<any> {
	const it = socket.peek();
	if (!it)
		return Promise.reject(new ServiceError(0, "disconnected", "No program is running."));
	return it.request(command, args);
}

/** The editor holds something else than what was run. */
export const sourceChanged = computed(() => {
	const it = session.value;
	return it !== undefined && !sameFiles(it.files, draft.value.files);
});

/** Another run would be of something else: the source, or what it is compiled and run with. */
export const stale = computed(() => {
	const it = session.value;
	if (it === undefined || sourceChanged.value)
		return it !== undefined;
	const now = requestOf(draft.value);
	return it.request !== undefined ? it.request !== JSON.stringify(now)
		: it.language !== now.language || it.flags.join(" ") !== now.flags.join(" ");
});

function sameFiles(a: SourceFile[], b: SourceFile[]): boolean {
	return a.length === b.length && a.every((f, i) => f.name === b[i]!.name && f.text === b[i]!.text);
}
