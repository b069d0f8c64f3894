/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The threads of the moment, and the one that is looked at and stepped. */

import { signal } from "@preact/signals";
import { integer, list, text } from "../service/word";
import * as cursor from "./cursor";
import { bottomTab } from "./layout";
import { complain } from "./link";
import { showAll } from "./moment";
import { rides, type Rider } from "./riders";

export interface Thread {
	id: number;
	name: string;
	status: string;
}

export const threads = signal<Thread[]>([]);

rides((): Rider[] => (bottomTab.peek() !== "threads" ? [] : [{
	command: "threads", arguments: {},
	take(body) {
		threads.value = list(body.threads).map((t) => ({ id: integer(t?.id) ?? 0, name: text(t?.name) ?? "", status: text(t?.status) ?? "" }));
	},
}]));

/** Shows a thread's place; steps are its own from now on. */
export async function pickThread(id: number): Promise<void> {
	cursor.chosenThread.value = id;
	try {
		await showAll();
	} catch (error) {
		cursor.chosenThread.value = undefined;
		complain(error);
	}
}
