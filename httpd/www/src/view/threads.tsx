/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The threads of the moment. */

import * as cursor from "../model/cursor";
import { ready } from "../model/link";
import { pickThread, threads } from "../model/threads";

export function Threads() {
	const now = cursor.state.value;
	if (!now || threads.value.length === 0)
		return <p class="empty">The program's threads appear here.</p>;
	return (
		<div class="scroll">
			<table class="list" id="threads" aria-label="Threads">
				<tbody>
					{threads.value.map((t) => {
						const here = t.id === now.thread;
						return (
							<tr key={t.id} class={here ? "here" : undefined} data-thread={t.id}>
								<th scope="row">{t.id}</th><td>{t.name}</td><td>{t.status}</td>
								<td class="asks">{here ? `shown and stepped: ${now.function ?? "??"}${now.line ? `, line ${now.line}` : ""}` : ""}</td>
								<td class="actions">{!here && <button type="button" class="button" onClick={() => ready.peek() && void pickThread(t.id)}>Show and step</button>}</td>
							</tr>
						);
					})}
				</tbody>
			</table>
		</div>
	);
}
