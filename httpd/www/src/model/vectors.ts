/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The registers beside the general ones: SIMD, masks, x87. Asked for while they are looked at. */

import { signal } from "@preact/signals";
import { bytes, list, text } from "../service/word";
import * as cursor from "./cursor";
import { refresh } from "./moment";
import { rides, type Rider } from "./riders";
import { kept } from "./store";

export interface VectorRegister {
	name: string;
	/** The lowest byte first. */
	data: Uint8Array;
	changed: boolean;
}

export type Lanes = "i8" | "u8" | "i16" | "u16" | "i32" | "u32" | "i64" | "u64" | "f32" | "f64" | "hex";

export const lanes = kept<Lanes>("lanes", "f32");
export const vectorsOpen = kept("vectors", false);
export const vectors = signal<{ position: number; registers: VectorRegister[]; error?: string }>({ position: -1, registers: [] });

function take(body: any, error: string | undefined): void {
	const position = cursor.position.peek();
	const before = vectors.peek();
	const marked = new Set(before.position === position ? before.registers.filter((r) => r.changed).map((r) => r.name) : []);
	vectors.value = {
		position, error,
		registers: list(body.vectors).map((r) => {
			const name = text(r?.name) ?? "?";
			return { name, data: bytes(r?.data) ?? new Uint8Array(), changed: r?.changed === true || marked.has(name) };
		}),
	};
}

/** What changed is told against the moment that is shown now. */
rides((): Rider[] => vectorsOpen.peek()
	? [{ command: "registers", arguments: { vectors: true, from: cursor.position.peek() }, take }] : []);

export function toggleVectors(): void {
	vectorsOpen.value = !vectorsOpen.peek();
	if (vectorsOpen.peek())
		void refresh();
}

const WIDTH: Record<Exclude<Lanes, "hex">, number> = { i8: 1, u8: 1, i16: 2, u16: 2, i32: 4, u32: 4, i64: 8, u64: 8, f32: 4, f64: 8 };

export const hexOf = (data: Uint8Array): string => [...data].reverse().map((b) => b.toString(16).padStart(2, "0")).join("");

/** An 80-bit number of x87 (Intel SDM volume 1, 4.2.2): 64 bits with the integer bit, 15 of exponent, the sign. */
function extended(data: Uint8Array): string {
	const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
	const mantissa = view.getBigUint64(0, true);
	const top = view.getUint16(8, true);
	const sign = top & 0x8000 ? "-" : "";
	const exponent = top & 0x7fff;
	if (exponent === 0x7fff)
		return mantissa << 1n & 0xffffffffffffffffn ? "NaN" : `${sign}∞`;
	return sign + String(Number(mantissa) * 2 ** (exponent - 16383 - 63));
}

/** A float to as many digits as tell it from its neighbours. */
const short = (n: number): string => (Number.isInteger(n) ? String(n) : String(Number(n.toPrecision(8))));

/** A register's lanes, the lowest first. */
export function laneValues(it: VectorRegister, as: Lanes): string[] {
	if (/^st\d?$/.test(it.name) && it.data.length === 10)
		return [as === "hex" ? `0x${hexOf(it.data)}` : extended(it.data)];
	if (as === "hex" || it.data.length < 16)
		return [`0x${hexOf(it.data)}`];
	const view = new DataView(it.data.buffer, it.data.byteOffset, it.data.byteLength);
	const width = WIDTH[as];
	return Array.from({ length: it.data.length / width }, (_, i) => {
		const at = i * width;
		switch (as) {
		case "i8": return String(view.getInt8(at));
		case "u8": return String(view.getUint8(at));
		case "i16": return String(view.getInt16(at, true));
		case "u16": return String(view.getUint16(at, true));
		case "i32": return String(view.getInt32(at, true));
		case "u32": return String(view.getUint32(at, true));
		case "i64": return String(view.getBigInt64(at, true));
		case "u64": return String(view.getBigUint64(at, true));
		case "f32": return short(view.getFloat32(at, true));
		case "f64": return String(view.getFloat64(at, true));
		}
	});
}
