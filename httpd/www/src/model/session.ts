/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The life of a session as the page sees it: run (compile, start, join), join from the address's fragment, be told of its end.
 * What was seen stays on the page until the next run.
 */

import { batch, computed, effect } from "@preact/signals";
import { createSession, deleteSession, getInfo, ServiceError } from "../service/api";
import { SessionSocket } from "../service/socket";
import type { SessionEvent, SourceFile } from "../service/types";
import { integer, list, readLive, readState, text } from "../service/word";
import * as breakpoints from "./breakpoints";
import { control, follow, interrupt } from "./control";
import * as cursor from "./cursor";
import { forgetListings, shownPc } from "./disassembly";
import { busy, complain, connected, diagnostics, info, inFlight, live, notice, phase, request, session, socket, stale } from "./link";
import { sendAllBreakpoints, takeBreakpoints } from "./breakpoint-control";
import { addLogged, endPass, forgetLogged } from "./logged";
import { forgetMemory } from "./memory";
import { showAll } from "./moment";
import * as output from "./output";
import { fetchOutput } from "./output-fetch";
import { draft, edit, replace, requestOf } from "./source";
import { sendAllStops, takeStops } from "./stops";
import { forgetCalls } from "./syscalls";
import { isTelling, tell } from "./told";
import { forgetTyped } from "./typed";
import { visits } from "./visits";
import { forgetWatched } from "./watches";

let compiling: AbortController | undefined;

/** Compiles and starts what is in the editor; a session that is there ends. */
export async function run(): Promise<void> {
	if (phase.peek() === "starting")
		return;
	const it = draft.peek();
	const old = session.peek()?.id;
	leave();
	breakpoints.dropOrphans();
	batch(() => {
		phase.value = "starting";
		notice.value = undefined;
		diagnostics.value = [];
		session.value = undefined;
		forget();
	});
	compiling = new AbortController();
	try {
		if (old)
			await deleteSession(old).catch(() => undefined);
		const asked = requestOf(it);
		const made = await createSession(asked, compiling.signal);
		diagnostics.value = made.diagnostics;
		session.value = { id: made.session, language: it.language, files: it.files, flags: asked.flags, request: JSON.stringify(asked) };
		edit({ session: made.session });
		history.replaceState(null, "", `#s=${made.session}`);
		join(made.session);
	} catch (error) {
		phase.value = "none";
		history.replaceState(null, "", location.pathname);
		if (error instanceof ServiceError)
			diagnostics.value = error.diagnostics;
		complain(error);
	} finally {
		compiling = undefined;
	}
}

/** Ends the compilation or the program; the record of a program stays. */
export async function stop(): Promise<void> {
	if (compiling)
		compiling.abort();
	else if (phase.peek() === "live")
		await interrupt("terminate");
}

/** Run, or go on. A program that is over, or a source that was changed, is run anew. */
export async function runOrContinue(): Promise<void> {
	if (willContinue.peek())
		await control("continue");
	else
		await run();
}

export const willContinue = computed(() =>
	phase.value === "live" && !stale.value && !(cursor.state.value?.status === "exited" && !cursor.inPast.value)
	&& !(live.value?.status === "exited" && !cursor.inPast.value));

function forget(): void {
	cursor.resetCursor();
	output.resetOutput();
	forgetTyped();
	forgetLogged();
	forgetWatched();
	forgetMemory();
	forgetCalls();
	visits.value = undefined;
	forgetListings();
	shownPc.value = undefined;
	live.value = undefined;
	busy.value = false;
}

function leave(): void {
	socket.peek()?.close();
	batch(() => {
		socket.value = undefined;
		connected.value = false;
		inFlight.value = undefined;
	});
}

function join(id: string): void {
	leave();
	phase.value = "live";
	socket.value = new SessionSocket(id, {
		event: onEvent,
		up: () => (connected.value = true),
		down: () => (connected.value = false),
		gone: onGone,
	});
}

function onGone(message: string): void {
	batch(() => {
		phase.value = "gone";
		connected.value = false;
		live.value = undefined;
		notice.value = { kind: "error", text: `${message.replace(/\.?$/, ".")} Your source is kept. Run starts a new session.` };
	});
	history.replaceState(null, "", location.pathname);
}

async function onHello(event: SessionEvent): Promise<void> {
	const id = socket.peek()!.id;
	const ours = session.peek()?.id === id;
	try {
		if (!ours)
			await adopt(id, event);
		else if (!cursor.state.peek())
			await tell(sendAllBreakpoints().then(sendAllStops));
		await showAll();
		await fetchOutput();
	} catch (error) {
		complain(error);
	}
}

/** A session that this page did not start: its source comes into the editor, unless the editor holds what was made of it. */
async function adopt(id: string, event: SessionEvent): Promise<void> {
	const files: SourceFile[] = [];
	for (const f of list(event.files)) {
		const name = text(f?.name) ?? "main";
		files.push({ name, text: text(f?.text) ?? await textOf(name) });
	}
	const language = text(event.language) || draft.peek().language;
	const flags = list(event.flags).map(String);
	session.value = { id, language, files, flags };
	if (draft.peek().session !== id && files.length > 0)
		replace({ ...draft.peek(), language, files, flags: flags.join(" "), session: id });
	take(event);
}

/** What another client has set, too. */
function take(event: SessionEvent): void {
	if (isTelling())
		return;
	takeBreakpoints(event.breakpoints);
	takeStops(event.stops);
}

/** Whole texts: a long one is not in the hello and comes in parts. */
async function textOf(name: string): Promise<string> {
	let whole = "";
	for (let start = 0, total = 1; start < total;) {
		const body = await request("source", { file: name, start });
		whole += text(body.text) ?? "";
		const end = integer(body.end) ?? total;
		total = integer(body.total) ?? end;
		start = end > start ? end : total;
	}
	return whole;
}

/** The timeline ends at a moment of its past now: what came after it never was. The state that follows says the rest. */
function onCut(frontier: number, epoch: number): void {
	batch(() => {
		cursor.reach(frontier, epoch);
		output.enterEpoch(epoch);
		forgetLogged(frontier + 1);
		visits.value = undefined;
	});
}

function onEvent(event: SessionEvent): void {
	switch (event.event) {
	case "hello":
		void onHello(event);
		return;
	case "output": {
		if (event.category === "console") {
			addLogged(integer(event.position) ?? 0, text(event.text) ?? "");
			return;
		}
		const start = integer(event.start);
		const end = integer(event.end);
		if (start !== undefined && end !== undefined && !output.addOutput(start, end, text(event.text) ?? ""))
			void fetchOutput(end);
		return;
	}
	case "breakpoint":
		take(event);
		return;
	case "frontier":
		cursor.reach(integer(event.frontier) ?? 0, integer(event.epoch) ?? cursor.epoch.peek());
		if (event.live)
			live.value = readLive(event.live);
		return;
	case "cut":
		onCut(integer(event.frontier) ?? 0, integer(event.epoch) ?? cursor.epoch.peek());
		return;
	default:
		if (event.event !== "continued" && event.state)
			endPass();
		if (text(event.message) ?? text(event.text))
			notice.value = { kind: "info", text: text(event.message) ?? text(event.text) ?? "" };
		if (event.state)
			void follow(readState(event.state));
	}
}

function fragmentSession(): string | undefined {
	return /^#s=([A-Za-z0-9_.-]{1,200})$/.exec(location.hash)?.[1];
}

/** The page's beginning: what the service offers, and the session that the address names. */
export async function begin(): Promise<void> {
	const id = fragmentSession();
	if (id)
		join(id);
	addEventListener("hashchange", () => {
		const next = fragmentSession();
		if (next && next !== session.peek()?.id) {
			forget();
			join(next);
		}
	});
	try {
		info.value = await getInfo();
	} catch (error) {
		complain(error);
	}
}

/** The choice of compilers follows what the service has. */
effect(() => {
	const offered = info.value?.languages.find((l) => l.name === draft.value.language)?.compilers ?? [];
	if (offered.length > 0 && !offered.some((c) => c.name === draft.value.compiler))
		edit({ compiler: offered[0]!.name });
});
