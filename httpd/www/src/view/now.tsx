/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The narrow window's "Now" card: the line, the instruction, what changed. */

import { wordsOf } from "../editor/asm-words";
import { changes } from "../model/announce";
import * as cursor from "../model/cursor";
import { currentInstruction } from "../model/disassembly";
import { session } from "../model/link";
import { Chips, Status } from "./status";

export function Now() {
	const now = cursor.state.value;
	const files = session.value?.files ?? [];
	const text = (files.find((f) => f.name === now?.file) ?? files[0])?.text;
	const line = now?.line && text ? text.split("\n")[now.line - 1]?.trim() : undefined;
	const instruction = currentInstruction.value?.instruction;
	const told = changes();
	return (
		<section id="now" aria-label="Now">
			<div class="besides"><Status /><Chips /></div>
			{line && <p class="now-line"><span class="number">{now!.line}</span><code>{line}</code></p>}
			{instruction && <p class="now-insn insn">{wordsOf(instruction).map((w, i) => <span key={i} class={w.kind}>{w.text}</span>)}</p>}
			{told.length > 0 && <p class="now-changes"><span class="delta" aria-hidden="true" /> {told.slice(0, 3).join(", ")}</p>}
		</section>
	);
}
