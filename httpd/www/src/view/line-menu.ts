/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What can be done with a line: in the gutter's menu, and by keys for the caret's line. */

import { find, put, toggle, type Place } from "../model/breakpoint-control";
import { control } from "../model/control";
import * as cursor from "../model/cursor";
import { phase, ready, sourceChanged } from "../model/link";
import { caretLine, current } from "../model/source";
import { countVisits, goToVisit } from "../model/visits";
import { editBreakpoint } from "./breakpoint-dialog";
import { openMenu, type Item } from "./menu";

const lineOf = (line: number): Place & { kind: "line" } => ({ kind: "line", file: current.peek().name, line });

function enable(place: Place): void {
	const it = find(place);
	if (it)
		void put(place, { ...it, enabled: it.enabled === false });
}

export function showLineMenu(line: number, at: MouseEvent): void {
	const place = lineOf(line);
	const it = find(place);
	const set: Item[] = it
		? [{ label: "Remove the breakpoint", key: "F9", does: () => void toggle(place) },
			{ label: "Edit the breakpoint…", key: "Shift+F9", does: () => editBreakpoint(place) },
			{ label: it.enabled === false ? "Enable the breakpoint" : "Disable the breakpoint", key: "Ctrl+F9", does: () => enable(place) }]
		: [{ label: "Set a breakpoint", key: "F9", does: () => void toggle(place) },
			{ label: "Set a breakpoint with a condition or a message…", key: "Shift+F9", does: () => editBreakpoint(place) }];
	const go = (direction: "forward" | "back") => () => void control("goto", { file: place.file, line, direction });
	const run: Item[] = phase.peek() === "live" && ready.peek() && !sourceChanged.peek() && cursor.state.peek() !== undefined
		? [{ label: "Run to this line", key: "Ctrl+F10", does: go("forward") }, { label: "Back to this line", key: "Ctrl+Alt+F10", does: go("back") },
			{ label: "How often did it run?", does: () => void countVisits(place.file, line) },
			{ label: "To its next visit", key: "Ctrl+F8", does: () => void goToVisit(place.file, line, 1) },
			{ label: "To the visit before", key: "Ctrl+F7", does: () => void goToVisit(place.file, line, -1) }] : [];
	openMenu(`Line ${line}`, [...set, ...run], at);
}

/** Keys that are for the caret's line and no actions of the whole program. */
export const lineKeys: Record<string, () => void> = {
	"Shift+F9": () => editBreakpoint(lineOf(caretLine.peek())),
	"Ctrl+F9": () => enable(lineOf(caretLine.peek())),
	"Ctrl+F7": () => ready.peek() && void goToVisit(current.peek().name, caretLine.peek(), -1),
	"Ctrl+F8": () => ready.peek() && void goToVisit(current.peek().name, caretLine.peek(), 1),
};
