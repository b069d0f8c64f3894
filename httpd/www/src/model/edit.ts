/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Changing the program: values, registers, bytes, and which moment it goes on from. The past is only changed after a question. */

import type { Variable, Word } from "../service/types";
import { ask } from "./ask";
import { change } from "./control";
import * as cursor from "./cursor";
import { spaced } from "./numbers";

/** What a rewind costs; asked nothing at the newest moment. @returns whether to go on */
async function mayRewind(title: string, yes: string): Promise<boolean> {
	if (!cursor.inPast.peek())
		return true;
	const position = cursor.position.peek();
	const after = cursor.frontier.peek() - position;
	return ask(title, `This rewinds the program to step ${spaced(position)} and forgets the ${spaced(after)} ${after === 1 ? "step" : "steps"} `
		+ "recorded after it, with what was printed there. It goes on from here; what was typed after this step is given to it again.", yes);
}

/** In the past the service rewinds the program itself. */
const write = async (what: string, command: string, args: Record<string, unknown>): Promise<boolean> =>
	await mayRewind(`Change ${what} in the past?`, "Rewind and change") && change(command, args);

/** Sets what an expression stands for, in the selected frame. */
export const setValue = (name: string, value: string): Promise<boolean> =>
	write(name, "setVariable", { frameId: cursor.frameId.peek(), name, value });

export const setRegister = (name: string, value: string): Promise<boolean> => write(name, "setRegister", { name, value });

export const writeMemory = (address: Word, data: Uint8Array): Promise<boolean> =>
	write(`memory at 0x${address.toString(16)}`, "writeMemory", { address, data });

/** The program goes on from the cursor's moment, as if what came after it had not been. */
export async function resumeHere(): Promise<void> {
	if (cursor.inPast.peek() && await mayRewind("Resume the program from here?", "Rewind"))
		await change("rewind", {});
}

/** The part of a shown value that can be typed again: `112 'p'` is 112. */
export const editable = (value: string): string => /^(?:-?[\w.+-]+|'.*')/.exec(value)?.[0] ?? value;

/** Whether one number could be written there. */
export const isScalar = (v: Variable): boolean => v.available && (v.children === 0 || /\*(?: const)?$/.test(v.type ?? ""));
