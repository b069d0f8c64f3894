/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The memory pane: bytes around an address that an expression names, read anew at each moment while the pane is seen. */

import { signal } from "@preact/signals";
import type { Word } from "../service/types";
import { bytes, readVariable } from "../service/word";
import * as cursor from "./cursor";
import { stateTab } from "./layout";
import { complain, request } from "./link";
import { refresh } from "./moment";
import { rides, type Rider } from "./riders";

export const ROW = 16;
const ROWS = 32;
const SIZE = ROW * ROWS;

export interface Bytes {
	/** Of the first, a multiple of ROW. */
	address: Word;
	/** Fewer than SIZE where the memory ends. */
	data: Uint8Array;
	/** Index → what was there at the moment shown before. */
	old: ReadonlyMap<number, number>;
	position: number;
	error?: string;
}

/** What was asked for; the pane stands where it is, whatever else is typed. */
export const base = signal<Word | undefined>(undefined);
export const memory = signal<Bytes | undefined>(undefined);

function take(address: Word, body: any, error: string | undefined): void {
	const data = bytes(body.data) ?? new Uint8Array();
	const before = memory.peek();
	const position = cursor.position.peek();
	const old = new Map<number, number>();
	if (before?.address === address && before.position === position)
		before.old.forEach((was, i) => old.set(i, was));
	else if (before?.address === address)
		data.forEach((b, i) => before.data[i] !== undefined && before.data[i] !== b && old.set(i, before.data[i]!));
	memory.value = { address, data, old, position, error };
}

/** The program's memory ends at pages: what cannot be read in one piece is read up to the page's end. */
const PAGE = 4096n;
const sizeFrom = (address: Word): number => {
	const left = Number(PAGE - (address % PAGE));
	return left < SIZE ? Math.max(left, ROW) : SIZE;
};

rides((): Rider[] => {
	const address = base.peek();
	if (address === undefined || stateTab.peek() !== "memory")
		return [];
	return [{
		command: "readMemory", arguments: { address, count: sizeFrom(address) }, take: (body, error) => take(address, body, error),
	}];
});

export async function showMemory(address: Word): Promise<void> {
	base.value = BigInt.asUintN(64, address & ~BigInt(ROW - 1));
	await refresh();
}

export async function scrollMemory(rows: number): Promise<void> {
	const from = base.peek();
	if (from !== undefined)
		await showMemory(from + BigInt(rows * ROW));
}

/** An address, or an expression whose value is one; of what is in memory and no pointer, where it is. */
export async function goTo(expression: string): Promise<void> {
	try {
		const it = readVariable(await request("evaluate", { expression, frameId: cursor.frameId.peek() }));
		const value = /^(?:0x[0-9a-f]+|\d+)/i.exec(it.value)?.[0];
		const isAddress = /\*(?: const)?$/.test(it.type ?? "") || it.address === undefined;
		const address = isAddress && value !== undefined ? BigInt(value) : it.address;
		if (address === undefined)
			throw new Error(`${expression} is no address.`);
		await showMemory(address);
	} catch (error) {
		complain(error);
	}
}

export function forgetMemory(): void {
	base.value = undefined;
	memory.value = undefined;
}
