/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The instructions that have been seen, a function at a time, so that a step inside a known function asks nothing. */

import { computed, signal } from "@preact/signals";
import type { Instruction, Word } from "../service/types";
import { integer, readInstructions } from "../service/word";
import { syntax } from "./settings";

export interface Listing {
	name: string;
	instructions: Instruction[];
	/** The listing is part of a longer function. */
	partial: boolean;
}

/** One answer holds at most this many instructions. */
export const LISTING_MAX = 512;
const LISTINGS_KEPT = 64;
/** Adjacent source lines get adjacent colours, and there are this many. */
const BANDS = 6;

const listings = signal<Listing[]>([]);
export const shownPc = signal<Word | undefined>(undefined);

export function forgetListings(): void {
	listings.value = [];
}

const holds = (l: Listing, pc: Word): boolean => l.instructions.some((i) => i.address === pc);

export const knows = (pc: Word): boolean => listings.peek().some((l) => holds(l, pc));

export const listing = computed<Listing | undefined>(() => {
	const pc = shownPc.value;
	return pc === undefined ? undefined : listings.value.find((l) => holds(l, pc));
});

export const currentInstruction = computed<Instruction | undefined>(() =>
	listing.value?.instructions.find((i) => i.address === shownPc.value));

/** Takes in the answer to `disassemble`. @returns whether it holds `pc` */
export function addListing(body: any, pc: Word): boolean {
	const instructions = readInstructions(body);
	if (!instructions.some((i) => i.address === pc))
		return false;
	const symbol = instructions.find((i) => i.symbol)?.symbol ?? "";
	const made: Listing = {
		name: symbol.replace(/\+(0x)?[0-9a-f]+$/, ""),
		instructions,
		partial: (integer(body?.total) ?? instructions.length) > instructions.length,
	};
	const others = listings.peek().filter((l) => !l.instructions.some((i) => i.address === instructions[0]!.address));
	listings.value = [made, ...others].slice(0, LISTINGS_KEPT);
	return true;
}

/** The arguments that ask for the function around `pc`. */
export const functionAround = (address?: Word) =>
	({ address, function: true, instructionCount: LISTING_MAX, syntax: syntax.peek() });

/** The arguments that ask for what lies around `pc` where its function is too long for one answer. */
export const neighbourhood = (address: Word) =>
	({ address, instructionOffset: -64, instructionCount: 256, syntax: syntax.peek() });

/** file + line → colour number, for the lines that the shown function came from. */
export const bands = computed<ReadonlyMap<string, number>>(() => {
	const lines = new Map<string, Set<number>>();
	for (const i of listing.value?.instructions ?? [])
		if (i.line)
			(lines.get(i.file ?? "") ?? lines.set(i.file ?? "", new Set()).get(i.file ?? "")!).add(i.line);
	const colours = new Map<string, number>();
	for (const [file, set] of lines)
		[...set].sort((a, b) => a - b).forEach((line, index) => colours.set(bandKey(file, line), index % BANDS));
	return colours;
});

export const bandKey = (file: string | undefined, line: number): string => `${file ?? ""}:${line}`;

/** The source line that the pointer or the focus is on, in either pane. */
export const hoveredLine = signal<string | undefined>(undefined);
