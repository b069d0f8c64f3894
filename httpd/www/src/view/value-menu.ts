/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What can be asked of a value: when it changed, to stop when it changes, to watch it, to see its bytes. */

import { signal } from "@preact/signals";
import { watchMemory } from "../model/breakpoint-control";
import { seek } from "../model/control";
import * as cursor from "../model/cursor";
import { lastWrite, type Written } from "../model/history";
import { openState } from "../model/layout";
import { complain } from "../model/link";
import { showMemory } from "../model/memory";
import { spaced } from "../model/numbers";
import { watch } from "../model/watches";
import type { Variable, Word } from "../service/types";
import type { Item } from "./menu";

/** Looked up while the menu is open; the way there is offered when it is known. */
function lastChanged(what: Written): Item {
	const label = signal("Last changed: looking…");
	const does = signal<(() => void) | undefined>(undefined);
	const look = async () => {
		const here = cursor.position.peek();
		const first = await lastWrite(what);
		const now = first?.position === here ? await lastWrite(what, here - 1) : first;
		const where = now?.line ? `, line ${now.line}` : "";
		if (!now)
			label.value = first ? "Changed by this step, and not before" : "Not changed in what is recorded before this step";
		else {
			label.value = `${first !== now ? "Changed by this step; before that" : "Last changed"} at step ${spaced(now.position)}${where} – go`;
			does.value = () => void seek(now.position);
		}
	};
	look().catch((error) => {
		label.value = "Last change cannot be looked up";
		complain(error);
	});
	return { label, does };
}

async function show(address: Word): Promise<void> {
	openState("memory");
	await showMemory(address);
}

/** Items for memory of `size` bytes that is shown as `name`. */
export function memoryItems(name: string, address: Word, size: number): Item[] {
	return [
		lastChanged({ address, size }),
		{ label: "Break when it changes", does: () => void watchMemory(address, size, name, "change") },
		{ label: "Break when it is written", does: () => void watchMemory(address, size, name, "write") },
		{ label: "Show in memory", does: () => void show(address) },
	];
}

/** Items for a register: it has no address, and what it holds may be one. */
export function registerItems(name: string, value: Word): Item[] {
	return [
		lastChanged({ expression: `$${name}`, frameId: 0 }),
		{ label: "Watch", does: () => watch(`$${name}`) },
		{ label: "Show what it points to in memory", does: () => void show(value) },
	];
}

export function valueItems(of: Variable, more: Item[]): Item[] {
	const expression = of.expression ?? of.name;
	const place = of.address !== undefined && of.size ? memoryItems(expression, of.address, of.size)
		: of.register ? [lastChanged({ expression, frameId: cursor.frameId.peek() })] : [];
	const pointer = of.type?.endsWith("*") ? /^0x[0-9a-f]+/.exec(of.value)?.[0] : undefined;
	return [
		...place,
		...(pointer && pointer !== "0x0" ? [{ label: "Show what it points to in memory", does: () => void show(BigInt(pointer)) }] : []),
		...more,
	];
}
