/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Keys, what the service is, and where its source is. */

import { signal } from "@preact/signals";
import { actions, type Action } from "../model/actions";
import { info } from "../model/link";
import { Dialog } from "./dialogs";

export const helpOpen = signal(false);

const OTHER_KEYS = [
	["F9", "Set or clear a breakpoint on the caret's line, or on the focused instruction"],
	["Shift+F9", "Its condition, hits and message"],
	["Ctrl+F9", "Switch the caret's line's breakpoint off or on"],
	["Ctrl+F7 Ctrl+F8", "To the visit of the caret's line before, to the next one"],
	["Ctrl+Enter", "Run or continue"],
	["← →", "On the timeline: one step back or forward"],
	["Shift+← →", "On the timeline: one line back or forward"],
	["Home End", "On the timeline: to the start, to the newest step"],
	["→ ←", "On a value: open it, close it"],
	["F2", "On a value, a register, a byte: change it"],
	["Enter", "On a value or a register: when it last changed, break when it changes, watch, show in memory"],
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
	return (
		<Dialog id="help-dialog" title="Keys" open={helpOpen.value} onClose={() => (helpOpen.value = false)}>
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
				A program is recorded ahead of the step that is shown, so that all of its run can be looked at, in any order; the
				button beside the timeline says how far, and changes it. A call into a library runs at full speed and is one step, unless it is
				stepped into or has a breakpoint in it: then what was recorded behind it is recorded again. One step, too, is
				what Continue runs beyond what is recorded. A right click beside a line's number has what can be done with the line.
				A session follows one program: <code>fork</code> and <code>exec</code> fail in it; threads work.
			</p>
			<About />
		</Dialog>
	);
}
