/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The disassembly pane: the function around the shown pc. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { wordsOf } from "../editor/asm-words";
import { instructionBreakpoints, lineBreakpoints } from "../model/breakpoints";
import * as cursor from "../model/cursor";
import { relist } from "../model/moment";
import { bandKey, bands, hoveredLine, listing, shownPc, type Listing } from "../model/disassembly";
import { connected, phase } from "../model/link";
import { shape, showBytes, syntax, type Syntax } from "../model/settings";
import { toggle, type Place } from "../model/breakpoint-control";
import type { Instruction, Word } from "../service/types";
import { hex } from "../service/word";
import { Panel, shortNames } from "./parts";

function Tools() {
	const choose = (to: Syntax) => {
		if (syntax.peek() === to)
			return;
		syntax.value = to;
		void relist();
	};
	return (
		<div class="tools">
			<label class="check"><input id="show-bytes" type="checkbox" checked={showBytes.value}
				onChange={(e) => (showBytes.value = e.currentTarget.checked)} />Bytes</label>
			<div class="segments" role="group" aria-label="Syntax">
				<button type="button" id="syntax-att" aria-pressed={syntax.value === "att"} onClick={() => choose("att")}>AT&amp;T</button>
				<button type="button" id="syntax-intel" aria-pressed={syntax.value === "intel"} onClick={() => choose("intel")}>Intel</button>
			</div>
		</div>
	);
}

const bytesOf = (bytes: Uint8Array | undefined): string =>
	[...(bytes ?? [])].map((b) => b.toString(16).padStart(2, "0")).join(" ");

interface RowProps {
	it: Instruction;
	here: boolean;
	frame: boolean;
	/** The source line's number stands at the first of its instructions in a row. */
	first: boolean;
	colour: number | undefined;
	set: boolean;
	dot: boolean;
	hovered: boolean;
}

function Row(p: RowProps) {
	const { it } = p;
	const key = it.line === undefined ? undefined : bandKey(it.file, it.line);
	const classes = [
		p.colour === undefined ? "" : `band-${p.colour}`, p.here ? "here" : "", p.frame ? "frame" : "", p.hovered ? "hovered" : "",
		p.first ? "first" : "",
	];
	return (
		<tr class={classes.join(" ").trim()} data-address={hex(it.address)} aria-current={p.here ? "step" : undefined}
			onMouseEnter={() => (hoveredLine.value = key)} onMouseLeave={() => (hoveredLine.value = undefined)}>
			<td class="mark">
				<button type="button" class={p.set ? "dot set" : p.dot ? "dot line" : "dot"} tabIndex={p.here ? 0 : -1} aria-pressed={p.set}
					aria-label={`Breakpoint at ${hex(it.address)}`} title={p.dot && !p.set ? "The line has a breakpoint" : "Breakpoint (F9)"}
					onClick={() => connected.peek() && void toggle({ kind: "instruction", address: it.address })} />
			</td>
			<td class="arrow">{p.here ? <span aria-label="current instruction" role="img">➤</span> : null}</td>
			<td class="line">{p.first && it.line !== undefined ? it.line : ""}</td>
			<td class="addr">{hex(it.address)}</td>
			{showBytes.value && <td class="bytes">{bytesOf(it.instructionBytes)}</td>}
			<td class="insn">{wordsOf(it.instruction).map((w, i) => <span key={i} class={w.kind}>{w.text}</span>)}
				{it.target && <span class="symbol target"> &lt;{shortNames(it.target)}&gt;</span>}</td>
		</tr>
	);
}

/** The first instruction of a line that has a breakpoint carries its dot. */
function lineDots(instructions: Instruction[]): Set<Word> {
	const found = new Set<Word>();
	const seen = new Set<string>();
	for (const i of instructions) {
		if (i.line === undefined)
			continue;
		const key = bandKey(i.file, i.line);
		if (seen.has(key))
			continue;
		seen.add(key);
		const of = lineBreakpoints.value[i.file ?? ""] ?? (i.file ? [] : Object.values(lineBreakpoints.value)[0] ?? []);
		if (of.some((b) => b.line === i.line && b.verified !== false))
			found.add(i.address);
	}
	return found;
}

/** Brings the current row into the middle third when it becomes another, moving the pane and never the page. */
function useCentred(pc: Word | undefined, of: Listing | undefined) {
	const box = useRef<HTMLDivElement>(null);
	useLayoutEffect(() => {
		const pane = box.current;
		const row = pane?.querySelector<HTMLElement>("tr.here, tr.frame");
		if (!pane || !row)
			return;
		const top = row.offsetTop - pane.scrollTop;
		if (top < pane.clientHeight / 3 || top > (pane.clientHeight * 2) / 3 - row.offsetHeight)
			pane.scrollTop = row.offsetTop - pane.clientHeight / 2 + row.offsetHeight / 2;
	}, [pc, of]);
	return box;
}

function moveFocus(event: KeyboardEvent): void {
	const step = event.key === "ArrowDown" ? "nextElementSibling" : event.key === "ArrowUp" ? "previousElementSibling" : undefined;
	const row = (event.target as HTMLElement).closest("tr");
	if (!step || !row)
		return;
	row[step]?.querySelector<HTMLElement>("button")?.focus();
	event.preventDefault();
}

/** The breakpoint's place of the row that has the focus, if one has. */
export function focusedInstruction(): Place | undefined {
	const address = document.activeElement?.closest<HTMLElement>("#disassembly tr")?.dataset.address;
	return address ? { kind: "instruction", address: BigInt(address) } : undefined;
}

function Instructions() {
	const it = listing.value;
	const pc = shownPc.value;
	const box = useCentred(pc, it);
	if (!it || pc === undefined)
		return <p class="empty">{phase.value === "none" ? "Run a program to see the instructions it became."
			: cursor.state.value && pc !== undefined ? `There is no code at ${hex(pc)}.` : ""}</p>;
	const own = cursor.frameId.value === 0;
	const dots = lineDots(it.instructions);
	let last: number | undefined;
	return (
		<div class="scroll" ref={box} tabIndex={-1}>
			<table class="listing" onKeyDown={moveFocus} aria-label={`Instructions of ${it.name}`}>
				<tbody>
					{it.instructions.map((i) => {
						const key = i.line === undefined ? undefined : bandKey(i.file, i.line);
						const first = i.line !== last;
						last = i.line;
						return <Row key={i.address} it={i} here={own && i.address === pc} frame={!own && i.address === pc} first={first}
							colour={key === undefined ? undefined : bands.value.get(key)} dot={dots.has(i.address)}
							set={instructionBreakpoints.value.has(i.address)} hovered={key !== undefined && key === hoveredLine.value} />;
					})}
				</tbody>
			</table>
		</div>
	);
}

export function DisassemblyPane() {
	const name = listing.value?.name;
	return (
		<Panel id="disassembly" title={name && shape.value !== "narrow" ? `Disassembly of ${name}` : "Disassembly"} tools={<Tools />}>
			<Instructions />
		</Panel>
	);
}
