/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Variables of the selected frame, and the stack trace that selects it. */

import { useEffect, useRef } from "preact/hooks";
import * as cursor from "../model/cursor";
import { selectFrame } from "../model/moment";
import { connected } from "../model/link";
import type { StackFrame, Variable } from "../service/types";
import { hex } from "../service/word";
import { Panel } from "./parts";
import { rowsOf, ValueTree, type Row } from "./values";

/** Names are unique in a list but for compilers' own; the row's key tells those apart. */
function rowsIn(group: string, of: Variable[]): Row[] {
	return of.flatMap((v, i) => rowsOf(v, `${group}/${v.name}.${i}`, 1, cursor.changedVariables.value.get(v.name)));
}

export function Variables() {
	const scope = cursor.scope.value;
	if (scope.arguments.length + scope.locals.length === 0)
		return <p class="empty">{cursor.state.value ? "No variables here." : "Arguments and local variables appear here."}</p>;
	const groups = [{ title: "Arguments", rows: rowsIn("a", scope.arguments) }, { title: "Locals", rows: rowsIn("l", scope.locals) }];
	return <ValueTree id="variables" label="Variables" groups={groups.filter((g) => g.rows.length > 0)} />;
}

function FrameRow({ it }: { it: StackFrame }) {
	const selected = it.id === cursor.frameId.value;
	const place = it.line ? `${it.file ?? ""}:${it.line}` : it.module?.split("/").pop() ?? (it.pc === undefined ? "" : hex(it.pc));
	const row = useRef<HTMLButtonElement>(null);
	useEffect(() => {
		/* Not scrollIntoView: that would move what surrounds the list as well. */
		const list = row.current?.closest(".scroll");
		if (!selected || !row.current || !list)
			return;
		const at = row.current.getBoundingClientRect(), seen = list.getBoundingClientRect();
		list.scrollTop += Math.max(0, at.bottom - seen.bottom) + Math.min(0, at.top - seen.top);
	}, [selected]);
	return (
		<li>
			<button type="button" ref={row} aria-pressed={selected} data-frame={it.id} onClick={() => connected.peek() && selectFrame(it.id)}>
				<span class="depth">{it.id}</span><b>{it.name}</b>{it.inlined && <i class="inlined">inlined</i>}<span class="at">{place}</span>
			</button>
		</li>
	);
}

export function Stack() {
	const frames = cursor.frames.value;
	if (frames.length === 0)
		return <p class="empty">{cursor.state.value ? "No frames here." : "The calls that led here appear here."}</p>;
	const more = cursor.totalFrames.value - frames.length;
	return (
		<div class="scroll">
			<ol class="stack" id="stack">
				{frames.map((f) => <FrameRow key={f.id} it={f} />)}
				{more > 0 && <li class="more">… and {more} more</li>}
			</ol>
		</div>
	);
}

export const StackPane = () => <Panel id="stack-pane" title="Call stack"><Stack /></Panel>;
