/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* System calls as strace writes them, each with the step that made it. */

import { seek } from "../model/control";
import * as cursor from "../model/cursor";
import { ready } from "../model/link";
import { spaced } from "../model/numbers";
import { calls, loadCalls, PAGE, type Call } from "../model/syscalls";

function Line({ it }: { it: Call }) {
	const at = cursor.position.value;
	return (
		<tr class={it.position === at ? "here" : it.position > at ? "later" : undefined} data-call={it.name}>
			<td><button type="button" class="link" title="Go to this step" onClick={() => ready.peek() && seek(it.position)}>{spaced(it.position)}</button></td>
			<td class="kind">{it.thread ?? ""}</td>
			<th scope="row" class="call">{it.text}</th>
			<td class="asks">{it.result && `= ${it.result}`}{it.native && <span class="message">at full speed</span>}</td>
		</tr>
	);
}

export function Syscalls() {
	const it = calls.value;
	if (!it || !cursor.state.value)
		return <p class="empty">The system calls of the program appear here.</p>;
	if (it.error !== undefined)
		return <p class="empty">{it.error}</p>;
	if (it.total === 0)
		return <p class="empty">No system call is recorded yet.</p>;
	return (
		<>
			<div class="scroll">
				<table class="list" id="syscalls" aria-label="System calls">
					<thead><tr><th scope="col">Step</th><th scope="col">Thread</th><th scope="col">Call</th><th scope="col">Result</th></tr></thead>
					<tbody>{it.calls.map((c, i) => <Line key={it.start + i} it={c} />)}</tbody>
				</table>
			</div>
			{(it.total > PAGE || !it.complete) && (
				<div class="line-form">
					{it.total > PAGE && (
						<>
							<button type="button" class="button" disabled={it.start === 0} onClick={() => void loadCalls(Math.max(0, it.start - PAGE))}>Earlier</button>
							<span>{spaced(it.start + 1)} to {spaced(it.start + it.calls.length)} of {spaced(it.total)}</span>
							<button type="button" class="button" disabled={it.start + it.calls.length >= it.total} onClick={() => void loadCalls(it.start + PAGE)}>Later</button>
						</>
					)}
					{!it.complete && <span class="hint">Code that ran at full speed made more calls than are listed.</span>}
				</div>
			)}
		</>
	);
}
