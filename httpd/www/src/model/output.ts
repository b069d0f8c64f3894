/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the program has printed, by byte: pieces arrive with events and with states, in any order and overlapping. The cursor's
 * `outputEnd` says how much of it had been printed at the moment looked at.
 */

import { computed, signal } from "@preact/signals";

interface Piece {
	start: number;
	end: number;
	text: string;
}

/** Older output than this many bytes is not kept in the page (the service has all of it). */
const KEEP_BYTES = 256 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A program that prints without end must not have the page draw without end. */
const PUBLISH_MS = 50;

let stored: Piece[] = [];
const pieces = signal<Piece[]>([]);
export const cursorEnd = signal(0);

let published = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

function publish(): void {
	if (timer !== undefined)
		return;
	const show = () => {
		timer = undefined;
		published = performance.now();
		pieces.value = [...stored];
	};
	const due = published + PUBLISH_MS - performance.now();
	if (due > 0)
		timer = setTimeout(show, due);
	else
		show();
}

export const outputEnd = (): number => stored.at(-1)?.end ?? 0;

/** The timeline's, that the bytes are of. */
let epoch = 0;

/** A cut takes output back: what is printed after it has numbers that were others' before. */
export function enterEpoch(next: number): void {
	if (next <= epoch)
		return;
	epoch = next;
	stored = [];
	pieces.value = [];
}

export function resetOutput(): void {
	epoch = 0;
	stored = [];
	pieces.value = [];
	cursorEnd.value = 0;
}

/** The part of a piece from byte `from` on. Where bytes became U+FFFD the cut may be off by some characters. */
function cut(piece: Piece, from: number, to: number): string {
	return decoder.decode(encoder.encode(piece.text).subarray(from - piece.start, to - piece.start));
}

/**
 * Takes in bytes [start, end) as text.
 * @returns false when there is a gap before it, which has to be asked for first
 */
export function addOutput(start: number, end: number, text: string): boolean {
	const have = outputEnd();
	if (start > have)
		return false;
	if (end <= have)
		return true;
	const piece = { start: have, end, text: start === have ? text : cut({ start, end, text }, have, end) };
	const last = stored.at(-1);
	if (last && last.end - last.start < 4096)
		stored[stored.length - 1] = { start: last.start, end, text: last.text + piece.text };
	else
		stored.push(piece);
	while (stored.length > 1 && end - stored[0]!.end > KEEP_BYTES)
		stored.shift();
	publish();
	return true;
}

/** Where what is printed up to byte `end` has to be asked for from: not all of it, when it is long. */
export function wantedFrom(end: number): number {
	const start = end - KEEP_BYTES;
	if (start > outputEnd())
		stored = [{ start, end: start, text: "" }];
	return outputEnd();
}

/** A state's `output` ends at byte `end`; its length in bytes is known where nothing was replaced in it. */
export function addStateOutput(text: string, end: number): boolean {
	if (text === "")
		return true;
	if (text.includes("\ufffd"))
		return end <= outputEnd();
	return addOutput(end - encoder.encode(text).length, end, text);
}

/** What was printed in bytes [from, to), as far as it is kept. */
function between(from: number, to: number): string {
	let found = "";
	for (const piece of pieces.value)
		if (piece.end > from && piece.start < to)
			found += piece.start >= from && piece.end <= to ? piece.text
				: cut(piece, Math.max(piece.start, from), Math.min(piece.end, to));
	return found;
}

/** What had been printed at the cursor, and what was printed after it. */
export const shown = computed(() => {
	const at = cursorEnd.value;
	return { before: between(0, at), after: between(at, Infinity), skipped: pieces.value[0]?.start ?? 0 };
});

export interface Part {
	text: string;
	/** Typed for the program, and not printed by it. */
	typed: boolean;
}

/** Output with what was typed in between: (from, to] by bytes; `typed` in order of its places. */
export function woven(from: number, to: number, typed: { at: number; text: string }[]): Part[] {
	const parts: Part[] = [];
	let done = from;
	for (const t of typed) {
		const at = Math.max(done, Math.min(t.at, to));
		parts.push({ text: between(done, at), typed: false }, { text: t.text, typed: true });
		done = at;
	}
	parts.push({ text: between(done, to), typed: false });
	return parts.filter((p) => p.text !== "");
}
