/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Variables of the selected frame, and the stack trace that selects it. */

import { useEffect, useRef } from "preact/hooks";
import * as cursor from "../model/cursor";
import { selectFrame } from "../model/control";
import { connected } from "../model/link";
import type { StackFrame, Variable } from "../service/types";
import { hex } from "../service/word";
import { Changed, Panel, shortNames } from "./parts";

const LONG = 140;

function Value({ of }: { of: string }) {
	if (of.length <= LONG)
		return <>{of}</>;
	return <details><summary>{of.slice(0, LONG - 20)}…</summary>{of}</details>;
}

function VariableRow({ it }: { it: Variable }) {
	const old = cursor.changedVariables.value.get(it.name);
	const where = it.register ? `in ${it.register}` : it.address === undefined ? "" : `at ${hex(it.address)}`;
	return (
		<tr class={old === undefined ? "" : "changed"} data-variable={it.name} title={old === undefined ? where : `was ${old}; ${where}`}>
			<th scope="row">{it.name}</th>
			<td class={it.available ? "value" : "value unavailable"}>
				{old === undefined ? null : <Changed />}
				{it.available || it.value ? <Value of={shortNames(it.value)} /> : "not available here"}
			</td>
			<td class="type" title={it.type}>{shortNames(it.type ?? "")}</td>
		</tr>
	);
}

function Group({ title, of }: { title: string; of: Variable[] }) {
	if (of.length === 0)
		return null;
	return (
		<>
			<tr class="heading"><th scope="colgroup" colSpan={3}>{title}</th></tr>
			{of.map((v, i) => <VariableRow key={`${v.name}.${i}`} it={v} />)}
		</>
	);
}

export function Variables() {
	const scope = cursor.scope.value;
	if (scope.arguments.length + scope.locals.length === 0)
		return <p class="empty">{cursor.state.value ? "No variables here." : "Arguments and local variables appear here."}</p>;
	return (
		<div class="scroll" tabIndex={0} role="group" aria-label="Variables">
			<table class="variables" id="variables">
				<tbody>
					<Group title="Arguments" of={scope.arguments} />
					<Group title="Locals" of={scope.locals} />
				</tbody>
			</table>
		</div>
	);
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
				<span class="depth">{it.id}</span><b>{it.name}</b><span class="at">{place}</span>
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

export const VariablesPane = () => {
	const frame = cursor.frameId.value === 0 ? undefined : cursor.frame.value;
	return <Panel id="variables-pane" title={frame ? `Variables of ${frame.name}` : "Variables"}><Variables /></Panel>;
};

export const StackPane = () => <Panel id="stack-pane" title="Call stack"><Stack /></Panel>;
