/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Registers in two columns, flags as chips; what changed is marked by a sign, by weight and by colour. */

import { signal } from "@preact/signals";
import * as cursor from "../model/cursor";
import { setRegister } from "../model/edit";
import { ready } from "../model/link";
import { numberFormat, type NumberFormat } from "../model/settings";
import type { Word } from "../service/types";
import { hex } from "../service/word";
import { CellEdit } from "./cell-edit";
import { openMenu } from "./menu";
import { Changed, HexWord, Panel } from "./parts";
import { registerItems } from "./value-menu";
import { Vectors } from "./vectors";

/** Two columns as they are read together, then what else there is. */
const X86 = [
	["rax", "r8"], ["rbx", "r9"], ["rcx", "r10"], ["rdx", "r11"], ["rsi", "r12"], ["rdi", "r13"], ["rbp", "r14"], ["rsp", "r15"],
];
const X86_FLAGS: [string, number, string][] = [
	["CF", 0, "carry"], ["PF", 2, "parity"], ["AF", 4, "auxiliary carry"], ["ZF", 6, "zero"], ["SF", 7, "sign"],
	["TF", 8, "trap"], ["IF", 9, "interrupts enabled"], ["DF", 10, "direction"], ["OF", 11, "overflow"],
];
const ARM_FLAGS: [string, number, string][] = [["N", 31, "negative"], ["Z", 30, "zero"], ["C", 29, "carry"], ["V", 28, "overflow"]];
const FLAG_REGISTERS = ["eflags", "rflags", "pstate", "cpsr"];
const HIDDEN = new Set(["orig_rax", "cs", "ss", "ds", "es", "fs", "gs", "gs_base", ...FLAG_REGISTERS]);

function pairs(names: string[]): (string | undefined)[][] {
	if (names.includes("rax")) {
		const known = new Set(X86.flat());
		const rest = names.filter((n) => !known.has(n) && !HIDDEN.has(n));
		return [...X86, ...columns(rest)];
	}
	return columns(names.filter((n) => !HIDDEN.has(n)));
}

/** Down the first column, then down the second. */
function columns(names: string[]): (string | undefined)[][] {
	const half = Math.ceil(names.length / 2);
	return names.slice(0, half).map((n, i) => [n, names[half + i]]);
}

export function format(value: Word, as: NumberFormat): string {
	return as === "hex" ? hex(value) : as === "signed" ? BigInt.asIntN(64, value).toString() : value.toString();
}

/** The register that is being changed, and the one that the Tab key stops at. */
const editing = signal<string | undefined>(undefined);
const stop = signal("rax");

function change(name: string, before: string, text: string | undefined): void {
	editing.value = undefined;
	if (text !== undefined && text.trim() !== "" && text.trim() !== before)
		void setRegister(name, text.trim());
}

function edit(name: string): void {
	if (ready.peek())
		editing.value = name;
}

function showMenu(name: string, value: Word, at: MouseEvent | HTMLElement): void {
	openMenu(name, [{ label: "Change the value", key: "F2", does: () => edit(name) }, ...registerItems(name, value)], at);
}

/** Arrows go between the registers, which stand in two columns. */
function onKey(event: KeyboardEvent): void {
	const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(".value-button")];
	const at = all.indexOf(event.target as HTMLElement);
	const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 2, ArrowUp: -2 }[event.key];
	const name = all[at]?.closest<HTMLElement>("[data-register]")?.dataset.register;
	if (at < 0 || name === undefined)
		return;
	if (step !== undefined)
		all[at + step]?.focus();
	else if (event.key === "F2")
		edit(name);
	else
		return;
	event.preventDefault();
	event.stopPropagation();
}

function Cell({ name }: { name: string }) {
	const value = cursor.registers.value.get(name);
	const old = cursor.changedRegisters.value.get(name);
	const as = numberFormat.value;
	if (value === undefined)
		return null;
	return (
		<div class={old === undefined ? "register" : "register changed"} data-register={name}
			title={old === undefined ? `${hex(value)} = ${BigInt.asIntN(64, value)}` : `was ${format(old, as)}`}>
			<dt>{name}</dt>
			<dd>
				{editing.value === name ? <CellEdit text={format(value, as)} label={`Value of ${name}`} home="dd"
					done={(text) => change(name, format(value, as), text)} /> : (
					<button type="button" class="value-button" tabIndex={stop.value === name ? 0 : -1} onFocus={() => (stop.value = name)}
						aria-haspopup="menu" onClick={(e) => showMenu(name, value, e.currentTarget)} onDblClick={() => edit(name)}
						onContextMenu={(e) => {
							e.preventDefault();
							showMenu(name, value, e);
						}}>
						{old === undefined ? null : <Changed />}
						{as === "hex" ? <HexWord value={value} /> : format(value, as)}
					</button>
				)}
			</dd>
		</div>
	);
}

function Flags() {
	const name = FLAG_REGISTERS.find((n) => cursor.registers.value.has(n));
	if (name === undefined)
		return null;
	const value = cursor.registers.value.get(name)!;
	const old = cursor.changedRegisters.value.get(name) ?? value;
	const flags = name.endsWith("flags") ? X86_FLAGS : ARM_FLAGS;
	return (
		<ul id="flags-now" class="flags" aria-label="Flags">
			{flags.map(([flag, bit, meaning]) => {
				const on = (value >> BigInt(bit)) & 1n;
				const changed = on !== ((old >> BigInt(bit)) & 1n);
				return (
					<li key={flag} class={`${on ? "on" : "off"}${changed ? " changed" : ""}`} title={`${meaning}: ${on}`} data-flag={flag} data-value={String(on)}>
						{changed && <Changed />}{flag}<b>{String(on)}</b>
					</li>
				);
			})}
		</ul>
	);
}

function Format() {
	return (
		<select id="number-format" class="quiet" aria-label="Number format" value={numberFormat.value}
			onChange={(e) => (numberFormat.value = e.currentTarget.value as NumberFormat)}>
			<option value="hex">hex</option><option value="signed">signed</option><option value="unsigned">unsigned</option>
		</select>
	);
}

export function RegistersPane() {
	const names = [...cursor.registers.value.keys()];
	return (
		<Panel id="registers" title="Registers" tools={<div class="tools"><Format /></div>}>
			{names.length === 0 ? <p class="empty">The processor's registers appear here.</p> : (
				<div class="scroll" onKeyDown={onKey}>
					<dl class="registers">{pairs(names).flat().map((n, i) => n ? <Cell key={n} name={n} /> : <div key={i} />)}</dl>
					<Flags />
					<Vectors />
				</div>
			)}
		</Panel>
	);
}
