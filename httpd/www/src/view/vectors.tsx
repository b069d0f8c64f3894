/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* SIMD and x87 registers, folded below the general ones; a lane selector says how their bytes are read. */

import { signal } from "@preact/signals";
import { setRegister } from "../model/edit";
import { ready } from "../model/link";
import { hexOf, lanes, laneValues, toggleVectors, vectors, vectorsOpen, type Lanes, type VectorRegister } from "../model/vectors";
import { CellEdit } from "./cell-edit";
import { Changed } from "./parts";

const LANE_NAMES: Record<Lanes, string> = {
	f32: "float", f64: "double", i8: "int8", u8: "uint8", i16: "int16", u16: "uint16", i32: "int32", u32: "uint32", i64: "int64", u64: "uint64", hex: "hex",
};

const editing = signal<string | undefined>(undefined);

function Line({ it }: { it: VectorRegister }) {
	const whole = `0x${hexOf(it.data)}`;
	return (
		<tr data-vector={it.name} class={it.changed ? "changed" : undefined} title={whole}>
			<th scope="row">{it.name}</th>
			<td>
				{editing.value === it.name ? <CellEdit text={whole} label={`Value of ${it.name}`} home="td" done={(text) => {
					editing.value = undefined;
					if (text !== undefined && text.trim() !== "" && text.trim() !== whole)
						void setRegister(it.name, text.trim());
				}} /> : (
					<button type="button" class="value-button lanes" title="Change it (as hexadecimal digits)" onClick={() => ready.peek() && (editing.value = it.name)}>
						{it.changed && <Changed />}{laneValues(it, lanes.value).map((v, i) => <span key={i} class={v === "0" ? "lane zero" : "lane"}>{v}</span>)}
					</button>
				)}
			</td>
		</tr>
	);
}

export function Vectors() {
	const open = vectorsOpen.value;
	const { registers, error } = vectors.value;
	return (
		<div class="vectors">
			<div class="vectors-head">
				<button type="button" id="vectors-toggle" class="tool small" aria-expanded={open} aria-controls="vectors" onClick={toggleVectors}>
					<span class="twist" aria-hidden="true" />SIMD and x87</button>
				{open && (
					<select id="lanes" class="quiet" aria-label="Lanes" value={lanes.value} onChange={(e) => (lanes.value = e.currentTarget.value as Lanes)}>
						{(Object.keys(LANE_NAMES) as Lanes[]).map((l) => <option key={l} value={l}>{LANE_NAMES[l]}</option>)}
					</select>
				)}
			</div>
			{open && (error !== undefined ? <p class="empty">{error}</p> : (
				<table class="list" id="vectors" aria-label="SIMD and x87 registers"><tbody>{registers.map((r) => <Line key={r.name} it={r} />)}</tbody></table>
			))}
		</div>
	);
}
