/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The page's start: draw, listen for the keys, join the session that the address names. */

import { render } from "preact";
import { toggleHere, hasFocus } from "./editor/editor";
import { keyOf, onActionKey } from "./model/actions";
import { toggle } from "./model/breakpoint-control";
import { begin } from "./model/session";
import { App } from "./view/app";
import { editBreakpoint } from "./view/breakpoint-dialog";
import { focusedInstruction } from "./view/disassembly";
import { lineKeys } from "./view/line-menu";

function onKey(event: KeyboardEvent): void {
	if (event.defaultPrevented || document.querySelector("dialog[open]"))
		return;
	const key = keyOf(event);
	const instruction = hasFocus() ? undefined : focusedInstruction();
	if (key === "F9" && instruction)
		void toggle(instruction);
	else if (key === "F9")
		toggleHere();
	else if (key === "Shift+F9" && instruction)
		editBreakpoint(instruction);
	else if (lineKeys[key])
		lineKeys[key]();
	else if (!onActionKey(event))
		return;
	event.preventDefault();
	event.stopPropagation();
}

addEventListener("keydown", onKey, { capture: true });
render(<App />, document.getElementById("root")!);
void begin();
