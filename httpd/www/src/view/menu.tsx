/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A menu for one thing of a pane: a value, a breakpoint, a line. One at a time, for the pointer and the keyboard. */

import { signal, type Signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";

export interface Item {
	/** A signal where what it says is still being looked up. */
	label: string | Signal<string>;
	key?: string;
	/** Without it the item only says something. */
	does?: (() => void) | Signal<(() => void) | undefined>;
}

interface Open {
	label: string;
	items: Item[];
	x: number;
	y: number;
	/** What has the focus again afterwards. */
	from: HTMLElement | null;
}

const open = signal<Open | undefined>(undefined);

/** Opens at the pointer, or below the element when a key asked for it. */
export function openMenu(label: string, items: Item[], at: MouseEvent | KeyboardEvent | HTMLElement): void {
	const target = at instanceof HTMLElement ? at : (at.currentTarget ?? at.target) as HTMLElement;
	const box = target.getBoundingClientRect();
	const mouse = at instanceof MouseEvent && (at.clientX !== 0 || at.clientY !== 0);
	open.value = {
		label, items, x: mouse ? at.clientX : box.left + 24, y: mouse ? at.clientY : box.bottom,
		from: target.closest<HTMLElement>("[tabindex], button") ?? (document.activeElement as HTMLElement | null),
	};
}

function close(back: boolean): void {
	const from = open.peek()?.from;
	open.value = undefined;
	if (back)
		from?.focus();
}

const actionOf = (item: Item): (() => void) | undefined =>
	typeof item.does === "function" || item.does === undefined ? item.does : item.does.value;

function Entry({ item }: { item: Item }) {
	const does = actionOf(item);
	return (
		<button type="button" role="menuitem" tabIndex={-1} aria-disabled={does === undefined} onClick={() => {
			if (!does)
				return;
			close(true);
			does();
		}}>
			<span>{typeof item.label === "string" ? item.label : item.label.value}</span>{item.key && <kbd>{item.key}</kbd>}
		</button>
	);
}

function onKey(event: KeyboardEvent): void {
	const entries = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("button")];
	const at = entries.indexOf(document.activeElement as HTMLElement);
	const to = { ArrowDown: at + 1, ArrowUp: at - 1 + entries.length, Home: 0, End: entries.length - 1 }[event.key];
	if (event.key === "Escape" || event.key === "Tab")
		close(true);
	else if (to === undefined)
		return;
	else
		entries[to % entries.length]?.focus();
	event.preventDefault();
	event.stopPropagation();
}

/** Stands once in the page. */
export function MenuHost() {
	const box = useRef<HTMLDivElement>(null);
	const it = open.value;
	useLayoutEffect(() => {
		if (!it || !box.current)
			return undefined;
		const { width, height } = box.current.getBoundingClientRect();
		box.current.style.left = `${Math.max(4, Math.min(it.x, innerWidth - width - 4))}px`;
		box.current.style.top = `${Math.max(4, it.y + height > innerHeight - 4 ? it.y - height - 4 : it.y + 2)}px`;
		box.current.querySelector<HTMLElement>("button")?.focus();
		const outside = (event: Event) => box.current?.contains(event.target as Node) || close(false);
		addEventListener("pointerdown", outside, { capture: true });
		return () => removeEventListener("pointerdown", outside, { capture: true });
	}, [it]);
	if (!it)
		return null;
	return (
		<aside aria-label={it.label}>
			<div id="menu" class="context-menu" role="menu" aria-label={it.label} ref={box} onKeyDown={onKey}>
				{it.items.map((item, i) => <Entry key={i} item={item} />)}
			</div>
		</aside>
	);
}
