/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One polite sentence a move, for those who hear the page: "Step 42, line 7: x 5→6". */

import type { State } from "../service/types";
import { hex } from "../service/word";
import * as cursor from "./cursor";
import { endingOf } from "./ending";

const CHANGES_MAX = 3;
const VALUE_MAX = 32;
/** While somebody scrubs or holds a key only the last move is worth a sentence. */
const SETTLE_MS = 150;

let timer: ReturnType<typeof setTimeout> | undefined;

/** A value in a sentence; the panes have all of it. */
const shortened = (value: string): string => (value.length > VALUE_MAX ? `${value.slice(0, VALUE_MAX)}…` : value);

/** What the last move changed, variables first. */
export function changes(): string[] {
	const told: string[] = [];
	const scope = cursor.scope.value;
	for (const v of [...scope.arguments, ...scope.locals]) {
		const old = cursor.changedVariables.value.get(v.name);
		if (old !== undefined)
			told.push(`${v.name} ${shortened(old)}→${shortened(v.value)}`);
	}
	for (const [name, old] of cursor.changedRegisters.value) {
		const now = cursor.registers.value.get(name);
		if (now !== undefined && !/^(rip|pc|e?flags|rflags)$/.test(name))
			told.push(`${name} ${hex(old)}→${hex(now)}`);
	}
	return told;
}

function sentence(state: State): string {
	const where = state.line ? `, line ${state.line}` : "";
	const ending = endingOf(state);
	const what = ending ?? changes().slice(0, CHANGES_MAX).join(", ");
	return `Step ${state.position}${where}${what ? `: ${what}` : ""}`;
}

export function speak(state: State): void {
	clearTimeout(timer);
	timer = setTimeout(() => (cursor.spoken.value = sentence(state)), SETTLE_MS);
}
