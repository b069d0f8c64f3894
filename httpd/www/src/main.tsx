/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The page's start: draw, listen for the keys, join the session that the address names. */

import { render } from "preact";
import { toggleHere, hasFocus } from "./editor/editor";
import { onActionKey } from "./model/actions";
import { begin } from "./model/session";
import { App } from "./view/app";
import { toggleFocusedInstruction } from "./view/disassembly";

function onKey(event: KeyboardEvent): void {
	if (event.defaultPrevented || document.querySelector("dialog[open]"))
		return;
	const plain = !event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey;
	if (event.key === "F9" && plain) {
		if (hasFocus() || !toggleFocusedInstruction())
			toggleHere();
	} else if (!onActionKey(event))
		return;
	event.preventDefault();
	event.stopPropagation();
}

addEventListener("keydown", onKey, { capture: true });
render(<App />, document.getElementById("root")!);
void begin();
