/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the compiler said. */

import { computed } from "@preact/signals";
import { focusEditor } from "../editor/editor";
import { diagnostics } from "../model/link";
import { activeFile, draft } from "../model/source";
import type { Diagnostic } from "../service/types";

export const errorCount = computed(() => diagnostics.value.filter((d) => /error/.test(d.severity)).length);

function goTo(it: Diagnostic): void {
	const index = draft.peek().files.findIndex((f) => f.name === it.file);
	if (index >= 0)
		activeFile.value = index;
	focusEditor(it.line, it.column);
}

export function Problems() {
	if (diagnostics.value.length === 0)
		return <p class="empty">No problems.</p>;
	return (
		<ul class="problems" id="problems">
			{diagnostics.value.map((d, i) => {
				const place = d.line ? `${d.file ?? ""}:${d.line}${d.column ? `:${d.column}` : ""}` : d.file;
				const content = <><span class={`severity ${d.severity.split(" ").pop()}`}>{d.severity}</span>
					<span class="message">{d.message}</span>{place && <span class="at">{place}</span>}</>;
				return <li key={i}>{d.line ? <button type="button" onClick={() => goTo(d)}>{content}</button> : <div>{content}</div>}</li>;
			})}
		</ul>
	);
}
