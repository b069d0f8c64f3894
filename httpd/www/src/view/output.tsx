/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the program printed, and what is typed for it. */

import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { sendInput } from "../model/control";
import { live, phase, running, waiting } from "../model/link";
import { shown } from "../model/output";
import { render } from "../model/terminal";
import { Icon } from "./icons";

function Text({ of, future }: { of: string; future?: boolean }) {
	if (of === "")
		return null;
	const runs = render(of).map((r, i) => (r.look === "" ? r.text : <span key={i} class={r.look}>{r.text}</span>));
	return future ? <span class="future" title="Printed after the step that is shown">{runs}</span> : <>{runs}</>;
}

/** Follows the end of what had been printed at the cursor. */
function Printed() {
	const box = useRef<HTMLPreElement>(null);
	const { before, after, skipped } = shown.value;
	/* While the program goes on the cursor stays where it was, and what is printed is not of a later step that is known. */
	const later = !running.value && !waiting.value;
	useLayoutEffect(() => {
		const pane = box.current;
		if (!pane)
			return;
		const later = pane.querySelector<HTMLElement>(".future");
		pane.scrollTop = later ? later.offsetTop - pane.clientHeight + 40 : pane.scrollHeight;
	}, [before, after]);
	return (
		<pre id="output" class="output" ref={box} tabIndex={0} role="log" aria-label="Output of the program">
			{skipped > 0 && <i class="skipped">{`[${skipped} bytes before this are not shown]\n`}</i>}
			<Text of={before} />
			<Text of={after} future={later} />
		</pre>
	);
}

const line = signal("");

export function Output() {
	const field = useRef<HTMLInputElement>(null);
	const asks = waiting.value;
	const open = phase.value === "live" && live.value?.status !== "exited";
	useEffect(() => {
		const active = document.activeElement;
		if (asks && (active === null || active === document.body || active.closest("#controls")))
			field.current?.focus({ preventScroll: true });
	}, [asks]);
	const send = (text: string, eof: boolean) => {
		line.value = "";
		if (open)
			void sendInput(text, eof);
	};
	return (
		<div class="output-pane">
			<Printed />
			<form class={asks ? "input-line asks" : "input-line"} onSubmit={(e) => {
				e.preventDefault();
				send(line.peek() + "\n", false);
			}}>
				<label for="input">{asks ? "The program waits for input:" : "Input:"}</label>
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
