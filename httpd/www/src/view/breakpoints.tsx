/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* All breakpoints in one list: what they are on, what they ask, whether they are on. */

import { signal } from "@preact/signals";
import { focusEditor } from "../editor/editor";
import { find, put, type Place } from "../model/breakpoint-control";
import {
	dataBreakpoints, functionBreakpoints, instructionBreakpoints, lineBreakpoints, wishText, type AccessType, type Wish,
} from "../model/breakpoints";
import { phase } from "../model/link";
import { activeFile, draft } from "../model/source";
import { hex } from "../service/word";
import { editBreakpoint } from "./breakpoint-dialog";
import { Icon } from "./icons";
import { CloseButton } from "./parts";
import { StopsButton } from "./stops";

const ACCESS: Record<AccessType, string> = {
	write: "when it is written", change: "when it changes", readWrite: "when it is read or written", read: "when it is read",
};

interface Listed {
	place: Place;
	kind: string;
	name: string;
	asks: string;
	it: Wish & { verified?: boolean; message?: string };
}

function listed(): Listed[] {
	return [
		...Object.entries(lineBreakpoints.value).flatMap(([file, lines]) => lines.map((it): Listed =>
			({ place: { kind: "line", file, line: it.line }, kind: "Line", name: `${file}:${it.line}`, asks: wishText(it), it }))),
		...functionBreakpoints.value.map((it): Listed =>
			({ place: { kind: "function", name: it.name }, kind: "Function", name: `${it.name}()`, asks: wishText(it), it })),
		...[...instructionBreakpoints.value.values()].map((it): Listed =>
			({ place: { kind: "instruction", address: it.address }, kind: "Instruction", name: hex(it.address), asks: wishText(it), it })),
		...dataBreakpoints.value.map((it): Listed =>
			({ place: { kind: "data", dataId: it.dataId }, kind: "Data", name: it.label, asks: ACCESS[it.accessType], it })),
	];
}

export const breakpointCount = (): number => listed().length;

function goTo(place: Place): void {
	if (place.kind !== "line")
		return;
	const index = draft.peek().files.findIndex((f) => f.name === place.file);
	if (index >= 0)
		activeFile.value = index;
	focusEditor(place.line);
}

function Line({ of }: { of: Listed }) {
	const { place, it } = of;
	const on = it.enabled !== false;
	const wrong = on && it.verified === false;
	return (
		<tr class={on ? undefined : "off"} data-breakpoint={of.name}>
			<td><input type="checkbox" checked={on} aria-label={`${of.name} enabled`}
				onChange={(e) => void put(place, { ...find(place), enabled: e.currentTarget.checked })} /></td>
			<td class="kind">{of.kind}</td>
			<th scope="row">{place.kind === "line"
				? <button type="button" class="link" onClick={() => goTo(place)}>{of.name}</button> : of.name}</th>
			<td class="asks">{of.asks}{it.message && <span class={wrong ? "message wrong" : "message"}>{wrong && "Not set: "}{it.message}</span>}</td>
			<td class="actions">
				{place.kind !== "data" && <button type="button" class="tool small edit" aria-label={`Edit ${of.name}`} title="Condition, hits, message"
					onClick={() => editBreakpoint(place)}><Icon name="sliders" /></button>}
				<CloseButton label={`Delete ${of.name}`} onClick={() => void put(place, undefined)} />
			</td>
		</tr>
	);
}

const typed = signal("");

export function Breakpoints() {
	const all = listed();
	return (
		<>
			{all.length === 0 ? <p class="empty">No breakpoints. Click beside a line's number, or press F9; right-click there, or press Shift+F9, for a condition.</p> : (
				<div class="scroll">
					<table class="list" id="breakpoints" aria-label="Breakpoints">
						<tbody>{all.map((b) => <Line key={`${b.kind} ${b.name}`} of={b} />)}</tbody>
					</table>
				</div>
			)}
			<form class="line-form" onSubmit={(e) => {
				e.preventDefault();
				const name = typed.peek().trim().replace(/\(\)$/, "");
				typed.value = "";
				if (name !== "")
					void put({ kind: "function", name }, {});
			}}>
				<input id="function-breakpoint" type="text" aria-label="Function to stop in" placeholder="Function: factorial, Shape::area" spellcheck={false}
					autocomplete="off" autocapitalize="off" value={typed.value} onInput={(e) => (typed.value = e.currentTarget.value)} />
				<button type="submit" class="tool" title="Stop where this function begins"><Icon name="plus" /><span class="face">Function breakpoint</span></button>
				<StopsButton />
			</form>
			{phase.value === "live" && all.some((b) => b.it.verified === false && !b.it.message) && <p class="hint">Hollow ones are not set yet.</p>}
		</>
	);
}
