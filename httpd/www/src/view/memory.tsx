/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Memory in rows of sixteen bytes; a byte is changed in place. */

import { signal } from "@preact/signals";
import { writeMemory } from "../model/edit";
import { ready } from "../model/link";
import { base, goTo, memory, ROW, scrollMemory, type Bytes } from "../model/memory";
import { hexByte } from "../model/numbers";
import { hex } from "../service/word";
import { CellEdit } from "./cell-edit";
import { Icon } from "./icons";
import { openMenu } from "./menu";
import { memoryItems } from "./value-menu";

const typed = signal("");
/** Index of the byte that has the focus, and whether it is being changed. */
const at = signal(0);
const editing = signal(false);

const character = (b: number): string => (b >= 32 && b < 127 ? String.fromCharCode(b) : "·");

function Byte({ of, index }: { of: Bytes; index: number }) {
	const value = of.data[index];
	if (value === undefined)
		return <td role="gridcell" class="none">  </td>;
	const old = of.old.get(index);
	const address = of.address + BigInt(index);
	if (editing.value && at.value === index)
		return (
			<td role="gridcell" tabIndex={0} class="edited"><CellEdit text={hexByte(value)} label={`Byte at ${hex(address)}`} home="td" maxLength={2} done={(text) => {
				editing.value = false;
				if (text !== undefined && /^[0-9a-f]{1,2}$/i.test(text) && parseInt(text, 16) !== value)
					void writeMemory(address, Uint8Array.of(parseInt(text, 16)));
			}} /></td>
		);
	return (
		<td role="gridcell" tabIndex={at.value === index ? 0 : -1} data-index={index} class={old === undefined ? undefined : "changed"}
			title={old === undefined ? hex(address) : `${hex(address)}, was ${hexByte(old)}`} onFocus={() => (at.value = index)}
			onDblClick={() => ready.peek() && (editing.value = true)}>{hexByte(value)}</td>
	);
}

function onKey(event: KeyboardEvent): void {
	const cell = event.target as HTMLElement;
	const index = Number(cell.dataset.index);
	const it = memory.peek();
	if (!it || Number.isNaN(index))
		return;
	const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: ROW, ArrowUp: -ROW };
	const step = steps[event.key];
	if (step !== undefined)
		cell.closest("table")!.querySelector<HTMLElement>(`[data-index="${index + step}"]`)?.focus();
	else if (event.key === "Enter" || event.key === "F2")
		editing.value = ready.peek();
	else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey))
		openMenu("Byte", memoryItems(hex(it.address + BigInt(index)), it.address + BigInt(index), 1), cell);
	else
		return;
	event.preventDefault();
	event.stopPropagation();
}

function Rows({ of }: { of: Bytes }) {
	const rows = Array.from({ length: Math.ceil(of.data.length / ROW) }, (_, r) => r * ROW);
	return (
		<div class="scroll" onContextMenu={(e) => {
			const index = (e.target as HTMLElement).dataset.index;
			if (index === undefined)
				return;
			e.preventDefault();
			const address = of.address + BigInt(index);
			openMenu("Byte", memoryItems(hex(address), address, 1), e);
		}}>
			<table class="bytes-table" id="memory" role="grid" aria-label="Bytes" onKeyDown={onKey}>
				<tbody>
					{rows.map((r) => (
						<tr key={r} role="row">
							<th scope="row" role="rowheader">{hex(of.address + BigInt(r))}</th>
							{Array.from({ length: ROW }, (_, i) => <Byte key={i} of={of} index={r + i} />)}
							<td role="gridcell" class="text">{[...of.data.subarray(r, r + ROW)].map(character).join("")}</td>
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}

export function Memory() {
	const it = memory.value;
	return (
		<>
			<form class="line-form" onSubmit={(e) => {
				e.preventDefault();
				if (typed.peek().trim() !== "")
					void goTo(typed.peek().trim());
			}}>
				<input id="memory-address" type="text" aria-label="Address, or an expression" placeholder="$rsp, &x, p, 0x404040" spellcheck={false}
					autocomplete="off" autocapitalize="off" value={typed.value} onInput={(e) => (typed.value = e.currentTarget.value)} />
				<button type="submit" class="tool">Show</button>
				<button type="button" class="tool" disabled={base.value === undefined} aria-label="Lower addresses" title="Lower addresses"
					onClick={() => scrollMemory(-16)}><Icon name="chevron" side="up" /></button>
				<button type="button" class="tool" disabled={base.value === undefined} aria-label="Higher addresses" title="Higher addresses"
					onClick={() => scrollMemory(16)}><Icon name="chevron" /></button>
			</form>
			{!it ? <p class="empty">The bytes at an address appear here: type one, or choose “Show in memory” of a value.</p>
				: it.error !== undefined ? <p class="empty">{it.error}</p> : <Rows of={it} />}
		</>
	);
}
