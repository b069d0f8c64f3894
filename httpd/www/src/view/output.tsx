/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the program printed, and what is typed for it. */

import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { seek } from "../model/control";
import * as cursor from "../model/cursor";
import { asks, live, phase, ready, running, waiting } from "../model/link";
import { forgetLogged, logged } from "../model/logged";
import { cursorEnd, shown, woven, type Part } from "../model/output";
import { render } from "../model/terminal";
import { sendInput, typed } from "../model/typed";
import { Icon } from "./icons";
import { spaced } from "../model/numbers";

function Text({ of }: { of: Part }) {
	if (of.typed)
		return <span class="typed" title="Typed for the program">{of.text}</span>;
	return <>{render(of.text).map((r, i) => (r.look === "" ? r.text : <span key={i} class={r.look}>{r.text}</span>))}</>;
}

const Texts = ({ of }: { of: Part[] }) => <>{of.map((p, i) => <Text key={i} of={p} />)}</>;

/** Follows the end of what had been printed at the cursor. */
function Printed() {
	const box = useRef<HTMLPreElement>(null);
	const { before, after, skipped } = shown.value;
	/* While the program goes on the cursor stays where it was, and what is printed is not of a later step that is known. */
	const later = !running.value && !waiting.value;
	const done = typed.value.filter((t) => !later || t.position < cursor.position.value);
	const past = woven(0, cursorEnd.value, done);
	const future = woven(cursorEnd.value, Infinity, typed.value.slice(done.length));
	useLayoutEffect(() => {
		const pane = box.current;
		if (!pane)
			return;
		const later = pane.querySelector<HTMLElement>(".future");
		pane.scrollTop = later ? later.offsetTop - pane.clientHeight + 40 : pane.scrollHeight;
	}, [before, after, typed.value]);
	return (
		<pre id="output" class="output" ref={box} tabIndex={0} role="log" aria-label="Output of the program">
			{skipped > 0 && <i class="skipped">{`[${skipped} bytes before this are not shown]\n`}</i>}
			<Texts of={past} />
			{future.length > 0 && later ? <span class="future" title="Printed after the step that is shown"><Texts of={future} /></span>
				: <Texts of={future} />}
		</pre>
	);
}

/** What log messages of breakpoints said: not the program's output, and each leads to its moment. */
function Log() {
	const box = useRef<HTMLUListElement>(null);
	const lines = logged.value;
	useLayoutEffect(() => {
		if (box.current)
			box.current.scrollTop = box.current.scrollHeight;
	}, [lines]);
	if (lines.length === 0)
		return null;
	return (
		<section class="log" aria-label="Log messages of breakpoints">
			<header><h3>Log messages</h3><button type="button" class="tool small" id="clear-log" onClick={() => forgetLogged()}>Clear</button></header>
			<ul id="log" ref={box}>
				{lines.map((l, i) => (
					<li key={i} class={l.position > cursor.position.value ? "later" : undefined}>
						<button type="button" class="step" title="Go to this step" onClick={() => ready.peek() && seek(l.position)}>{spaced(l.position)}</button>
						<span>{l.text}</span>
					</li>
				))}
			</ul>
		</section>
	);
}

const line = signal("");

/** Whom the input is for, and when it is taken. */
function inputLabel(): string {
	if (waiting.value)
		return "The program waits for input:";
	if (asks.value)
		return `The program waits for input, at step ${spaced(cursor.frontier.value)}:`;
	return cursor.inPast.value && live.value?.status !== "exited" ? "Input, for the newest step:" : "Input:";
}

export function Output() {
	const field = useRef<HTMLInputElement>(null);
	const here = waiting.value;
	const open = phase.value === "live" && live.value?.status !== "exited";
	useEffect(() => {
		const active = document.activeElement;
		if (here && (active === null || active === document.body || active.closest("#controls")))
			field.current?.focus({ preventScroll: true });
	}, [here]);
	const send = (text: string, eof: boolean) => {
		line.value = "";
		if (open)
			void sendInput(text, eof);
	};
	return (
		<div class="output-pane">
			<div class="printed"><Printed /><Log /></div>
			<form class={asks.value ? "input-line asks" : "input-line"} onSubmit={(e) => {
				e.preventDefault();
				send(line.peek() + "\n", false);
			}}>
				<label for="input">{inputLabel()}</label>
				<input id="input" ref={field} type="text" autocomplete="off" autocapitalize="off" spellcheck={false} disabled={!open}
					value={line.value} onInput={(e) => (line.value = e.currentTarget.value)}
					onKeyDown={(e) => {
						if (e.ctrlKey && e.key.toLowerCase() === "d") {
							e.preventDefault();
							send(line.peek(), true);
						}
					}} />
				<button type="submit" id="send-input" class="tool" disabled={!open} title="Send this line (Enter)"><Icon name="enter" /><span class="face">Send</span></button>
				<button type="button" id="send-eof" class="tool" disabled={!open} title="No more input (Ctrl+D)" onClick={() => send(line.peek(), true)}>End of input</button>
			</form>
		</div>
	);
}
