/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Values as a tree: a row a value, opened with the right arrow, edited in place with F2, its menu with Enter. The same for
 * variables and for watched expressions.
 */

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { editable, isScalar, setValue } from "../model/edit";
import { ready } from "../model/link";
import { below, isOpen, RANGE, ranges, toggle, type Below } from "../model/tree";
import { watch } from "../model/watches";
import type { Variable } from "../service/types";
import { hex } from "../service/word";
import { CellEdit } from "./cell-edit";
import { openMenu, type Item } from "./menu";
import { Changed, shortNames } from "./parts";
import { valueItems } from "./value-menu";

/** A row of the tree, and what can be done with it. */
export interface Row {
	key: string;
	level: number;
	name: ComponentChildren;
	/** As the tests and the name column's reader know it. */
	label: string;
	variable?: Variable;
	/** Instead of a value. */
	note?: string;
	old?: string;
	below?: Below;
	/** The row's first column is edited, and not its value. */
	rename?(text: string): void;
	remove?(): void;
}

const LONG = 140;
/** Of what can be opened. */
const SHORT = 200;

function partsOf(it: Below, level: number): Row[] {
	return ranges(it).map((part) => ({
		key: `${part.expression}[${part.start}+${part.count}]`, level, label: `[${part.start} … ${part.start + part.count - 1}]`,
		name: `[${part.start} … ${part.start + part.count - 1}]`, note: "", below: part,
	}));
}

function children(it: Below, level: number): Row[] {
	if (it.count > RANGE)
		return partsOf(it, level).flatMap((row) => [row, ...(isOpen(row.below!) ? children(row.below!, level + 1) : [])]);
	const answer = below(it);
	if (!answer)
		return [{ key: `${it.expression}…`, level, label: "", name: "", note: "…" }];
	if (answer.error !== undefined)
		return [{ key: `${it.expression}!`, level, label: "", name: "", note: answer.error }];
	return answer.variables.flatMap((v, i) => rowsOf(v, `${it.expression}/${it.start + i}`, level, answer.old.get(v.name)));
}

/** A value's row, and those below it that are open. */
export function rowsOf(v: Variable, key: string, level: number, old?: string, more: Partial<Row> = {}): Row[] {
	const part = v.children > 0 && v.expression ? { expression: v.expression, start: 0, count: v.children } : undefined;
	const row: Row = { key, level, name: v.name, label: v.name, variable: v, old, below: part, ...more };
	return part && isOpen(part) ? [row, ...children(part, level + 1)] : [row];
}

/** What is being edited: the row's key, and which of its two columns. */
const editing = signal<{ key: string; name: boolean } | undefined>(undefined);

function Value({ row }: { row: Row }) {
	const v = row.variable;
	if (!v)
		return <span class="note">{row.note}</span>;
	if (editing.value?.key === row.key && !editing.value.name)
		return <CellEdit text={editable(v.value)} label={`Value of ${row.label}`} home="tr" done={(text) => {
			editing.value = undefined;
			if (text !== undefined && text.trim() !== "" && text !== editable(v.value))
				void setValue(v.expression ?? v.name, text.trim());
		}} />;
	const text = v.available || v.value ? shortNames(v.value) : "not available here";
	if (row.below && text.length > SHORT)
		return <>{row.old === undefined ? null : <Changed />}{text.slice(0, SHORT)}</>;
	return <>{row.old === undefined ? null : <Changed />}{text.length <= LONG ? text
		: <details><summary>{text.slice(0, LONG - 20)}…</summary>{text}</details>}</>;
}

function startEdit(row: Row): void {
	if (row.rename)
		editing.value = { key: row.key, name: true };
	else if (row.variable && isScalar(row.variable) && ready.peek())
		editing.value = { key: row.key, name: false };
}

function itemsOf(row: Row): Item[] {
	const v = row.variable;
	const own: Item[] = [];
	if (v && isScalar(v))
		own.push({ label: "Change the value", key: row.rename ? undefined : "F2", does: () => ready.peek() && (editing.value = { key: row.key, name: false }) });
	if (v && !row.rename)
		own.push({ label: "Watch", does: () => watch(v.expression ?? v.name) });
	if (row.rename)
		own.push({ label: "Edit the expression", key: "F2", does: () => (editing.value = { key: row.key, name: true }) });
	if (row.remove)
		own.push({ label: "Remove", key: "Delete", does: row.remove });
	return v ? valueItems(v, own) : own;
}

function showMenu(row: Row, at: MouseEvent | KeyboardEvent | HTMLElement): void {
	const items = itemsOf(row);
	if (items.length > 0)
		openMenu(row.label, items, at);
}

function Line({ row, first }: { row: Row; first: boolean }) {
	const v = row.variable;
	const open = row.below && isOpen(row.below);
	const where = v?.register ? `in ${v.register}` : v?.address === undefined ? "" : `at ${hex(v.address)}`;
	return (
		<tr class={row.old === undefined ? "" : "changed"} role="row" aria-level={row.level} aria-expanded={open} tabIndex={first ? 0 : -1}
			data-variable={row.label} data-key={row.key} title={row.old === undefined ? where : `was ${row.old}; ${where}`}
			onContextMenu={(e) => {
				e.preventDefault();
				showMenu(row, e);
			}}>
			<th scope="row" role="rowheader" class={`level-${Math.min(row.level, 9)}`} onClick={() => row.below && toggle(row.below)}
				onDblClick={() => row.rename && startEdit(row)}>
				<span class={row.below ? "twist" : "twist none"} aria-hidden="true" />
				{editing.value?.key === row.key && editing.value.name
					? <CellEdit text={row.label} label="Expression" home="tr" done={(text) => {
						editing.value = undefined;
						if (text !== undefined)
							row.rename?.(text);
					}} /> : row.name}
			</th>
			<td role="gridcell" class={!v || v.available ? "value" : "value unavailable"}
				onClick={(e) => !(e.target as HTMLElement).closest("summary, input") && (getSelection()?.isCollapsed ?? true) && showMenu(row, e)}
				onDblClick={() => startEdit(row)}><Value row={row} /></td>
			<td role="gridcell" class="type" title={v?.type}>{shortNames(v?.type ?? "")}</td>
		</tr>
	);
}

/** The keys of a tree grid (WAI-ARIA practices), on the row that has the focus. */
function onKey(event: KeyboardEvent, rows: Row[]): void {
	const line = event.target as HTMLElement;
	const row = rows.find((r) => r.key === line.dataset.key);
	if (!row || line.tagName !== "TR")
		return;
	const lines = [...line.closest("table")!.querySelectorAll<HTMLElement>("tr[data-key]")];
	const at = lines.indexOf(line);
	const focus = (to: HTMLElement | undefined) => to?.focus();
	const open = row.below && isOpen(row.below);
	const keys: Record<string, () => void> = {
		ArrowDown: () => focus(lines[at + 1]), ArrowUp: () => focus(lines[at - 1]), Home: () => focus(lines[0]), End: () => focus(lines.at(-1)),
		ArrowRight: () => (row.below && !open ? toggle(row.below) : focus(lines[at + 1])),
		ArrowLeft: () => (open ? toggle(row.below!) : focus(lines.slice(0, at).reverse().find((l) => Number(l.getAttribute("aria-level")) < row.level))),
		F2: () => startEdit(row), Delete: () => row.remove?.(), Enter: () => showMenu(row, line), ContextMenu: () => showMenu(row, line),
	};
	const does = keys[event.key] ?? (event.key === "F10" && event.shiftKey ? keys.Enter : undefined);
	if (!does || event.ctrlKey || event.altKey)
		return;
	does();
	event.preventDefault();
	event.stopPropagation();
}

const lastFocus = signal<Record<string, string>>({});

/** Groups of rows, each under its heading if it has one. */
export function ValueTree({ id, label, groups }: { id: string; label: string; groups: { title?: string; rows: Row[] }[] }) {
	const all = groups.flatMap((g) => g.rows);
	const stop = all.some((r) => r.key === lastFocus.value[id]) ? lastFocus.value[id] : all[0]?.key;
	return (
		<div class="scroll">
			<table class="variables" id={id} role="treegrid" aria-label={label} onKeyDown={(e) => onKey(e, all)}
				onFocusIn={(e) => {
					const key = (e.target as HTMLElement).dataset.key;
					if (key !== undefined)
						lastFocus.value = { ...lastFocus.peek(), [id]: key };
				}}>
				{groups.map((g, i) => (
					<tbody key={i} role="rowgroup">
						{g.title && <tr class="heading" role="row"><th role="columnheader" colSpan={3}>{g.title}</th></tr>}
						{g.rows.map((r) => <Line key={r.key} row={r} first={r.key === stop} />)}
					</tbody>
				))}
			</table>
		</div>
	);
}
