/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Keys, what the service is, and where its source is. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { actions, type Action } from "../model/actions";
import { info } from "../model/link";
import { CloseButton } from "./parts";

export const helpOpen = signal(false);

const OTHER_KEYS = [
	["F9", "Set or clear a breakpoint on the caret's line, or on the focused instruction"],
	["Ctrl+Enter", "Run or continue"],
	["← →", "On the timeline: one step back or forward"],
	["Shift+← →", "On the timeline: one line back or forward"],
	["Home End", "On the timeline: to the start, to the newest step"],
	["Ctrl+D", "In the input line: no more input"],
	["Escape, Tab", "Leave the editor with the keyboard"],
];

function About() {
	const it = info.value;
	if (!it)
		return null;
	const compilers = [...new Set(it.languages.flatMap((l) => l.compilers.map((c) => c.version ?? c.name)))];
	return (
		<p class="about">
			{it.version ? `Version ${it.version}. ` : ""}{it.isolation ? `Isolation: ${it.isolation}. ` : ""}{it.isolationNote ? `${it.isolationNote} ` : ""}
			{compilers.length > 0 ? `Compilers: ${compilers.join(", ")}. ` : ""}
			Free software under the AGPL-3.0-or-later: <a href="/source.tar.gz">this service's source</a>,
			and <a href="/licenses.txt">the terms of what the page is made with</a>.
		</p>
	);
}

export function Help() {
	const dialog = useRef<HTMLDialogElement>(null);
	useEffect(() => {
		if (helpOpen.value)
			dialog.current?.showModal();
		else
			dialog.current?.close();
	}, [helpOpen.value]);
	return (
		<dialog id="help-dialog" ref={dialog} aria-labelledby="help-title" onClose={() => (helpOpen.value = false)}
			onClick={(e) => e.target === dialog.current && (helpOpen.value = false)}>
			<header><h2 id="help-title">Keys</h2><CloseButton label="Close" onClick={() => (helpOpen.value = false)} /></header>
			<div class="keys">
				<table>
					<tbody>
						{(Object.values(actions) as Action[]).filter((a) => a.key).map((a) => (
							<tr key={a.id}><th scope="row"><kbd>{a.key}</kbd></th><td>{a.id === "run" ? "Run or continue" : a.label}</td></tr>
						))}
					</tbody>
				</table>
				<table>
					<tbody>{OTHER_KEYS.map(([key, what]) => <tr key={key}><th scope="row"><kbd>{key}</kbd></th><td>{what}</td></tr>)}</tbody>
				</table>
			</div>
			<p class="about">
				What Continue runs, and a call into a library, runs at full speed and is one step of the timeline.
				A session follows one program: <code>fork</code> and <code>exec</code> fail in it; threads work.
			</p>
			<About />
		</dialog>
	);
}
