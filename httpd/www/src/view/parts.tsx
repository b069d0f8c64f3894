/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Small parts that several views are made of. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Word } from "../service/types";
import { kept } from "../model/store";
import { Icon } from "./icons";

/** A titled region. */
export function Panel(props: { id: string; title: string; tools?: ComponentChildren; children: ComponentChildren }) {
	return (
		<section id={props.id} class="panel" aria-labelledby={`${props.id}-title`}>
			<header class="panel-head">
				<h2 id={`${props.id}-title`}>{props.title}</h2>
				{props.tools}
			</header>
			<div class="panel-body">{props.children}</div>
		</section>
	);
}

export interface Tab {
	id: string;
	title: string;
	badge?: ComponentChildren;
	content(): ComponentChildren;
}

/** Tabs with arrow keys; which one is open is the caller's. */
export function Tabs(props: { id: string; label: string; tabs: Tab[]; open: string; onOpen(id: string): void; tools?: ComponentChildren }) {
	const open = props.tabs.find((t) => t.id === props.open) ?? props.tabs[0]!;
	const list = useRef<HTMLDivElement>(null);
	const move = (event: KeyboardEvent) => {
		const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
		if (step === 0)
			return;
		const next = props.tabs[(props.tabs.indexOf(open) + step + props.tabs.length) % props.tabs.length]!;
		props.onOpen(next.id);
		list.current?.querySelector<HTMLElement>(`#tab-${next.id}`)?.focus();
		event.preventDefault();
	};
	return (
		<section id={props.id} class="panel" aria-label={props.label}>
			<header class="panel-head">
				<div class="tabs" role="tablist" aria-label={props.label} ref={list} onKeyDown={move}>
					{props.tabs.map((tab) => (
						<button key={tab.id} type="button" role="tab" id={`tab-${tab.id}`} aria-controls={`${props.id}-body`}
							aria-selected={tab === open} tabIndex={tab === open ? 0 : -1} onClick={() => props.onOpen(tab.id)}>
							{tab.title}{tab.badge}
						</button>
					))}
				</div>
				{props.tools}
			</header>
			<div class="panel-body" id={`${props.id}-body`} role="tabpanel" aria-labelledby={`tab-${open.id}`}>{open.content()}</div>
		</section>
	);
}

/** A button that opens a box below it; a click elsewhere, Escape, or what `children` calls closes it. */
export function Popover(props: {
	id: string; label: string; face: ComponentChildren; title?: string; wide?: boolean;
	/** `end`: its right edge is the button's. */
	at?: "end";
	children(close: () => void): ComponentChildren;
}) {
	const [open, setOpen] = useState(false);
	const box = useRef<HTMLDivElement>(null);
	const button = useRef<HTMLButtonElement>(null);
	const close = () => {
		setOpen(false);
		button.current?.focus();
	};
	useEffect(() => {
		if (!open)
			return undefined;
		const outside = (event: Event) => box.current?.contains(event.target as Node) || setOpen(false);
		addEventListener("pointerdown", outside);
		box.current?.querySelector<HTMLElement>(".popover button, .popover input, .popover select, .popover textarea")?.focus();
		return () => removeEventListener("pointerdown", outside);
	}, [open]);
	return (
		<div class="popover-at" ref={box} onKeyDown={(e) => {
			if (e.key === "Escape" && open) {
				close();
				e.stopPropagation();
			}
		}}>
			<button type="button" id={props.id} class="tool" ref={button} aria-haspopup="dialog" aria-expanded={open}
				title={props.title} onClick={() => setOpen(!open)}>{props.face}</button>
			{open && <div class={`popover${props.wide ? " wide" : ""}${props.at ? " end" : ""}`} role="dialog" aria-label={props.label}>{props.children(close)}</div>}
		</div>
	);
}

const sizes = kept<Record<string, number>>("sizes", {});

export const sizeOf = (name: string, fallback: number): number => sizes.value[name] ?? fallback;

/**
 * A bar between two panes, for the pointer and for arrow keys. `grows` says whether the named size grows when the bar goes right
 * or down (1) or left or up (-1).
 */
export function Splitter(props: { name: string; label: string; axis: "x" | "y"; grows: 1 | -1; size: number; min: number; max: number }) {
	const { name, axis, grows, min, max } = props;
	const size = sizeOf(name, props.size);
	const set = (value: number) => (sizes.value = { ...sizes.peek(), [name]: Math.round(Math.max(min, Math.min(max, value))) });
	const down = (event: PointerEvent) => {
		const bar = event.currentTarget as HTMLElement;
		const at = axis === "x" ? event.clientX : event.clientY;
		bar.setPointerCapture(event.pointerId);
		const move = (e: PointerEvent) => set(size + grows * ((axis === "x" ? e.clientX : e.clientY) - at));
		bar.addEventListener("pointermove", move);
		bar.addEventListener("lostpointercapture", () => bar.removeEventListener("pointermove", move), { once: true });
		event.preventDefault();
	};
	const key = (event: KeyboardEvent) => {
		const less = axis === "x" ? "ArrowLeft" : "ArrowUp";
		const more = axis === "x" ? "ArrowRight" : "ArrowDown";
		if (event.key !== less && event.key !== more)
			return;
		set(size + 16 * grows * (event.key === more ? 1 : -1));
		event.preventDefault();
	};
	return (
		<div class={`splitter ${axis}`} role="separator" tabIndex={0} aria-label={props.label}
			aria-orientation={axis === "x" ? "vertical" : "horizontal"} aria-valuenow={size} aria-valuemin={min} aria-valuemax={max}
			onPointerDown={down} onKeyDown={key} onDblClick={() => set(props.size)} />
	);
}

/** A 64-bit word in full, its leading zeros dim. */
export function HexWord({ value }: { value: Word }) {
	const digits = value.toString(16);
	return <span class="hex"><span class="zeros">0x{"0".repeat(16 - digits.length)}</span>{digits}</span>;
}

/** The sign that a value changed; it is drawn and not written, so that the value alone is what is copied. */
export const Changed = () => <span class="delta" role="img" aria-label="changed" />;

/** C++ names as people write them, and not as the library's templates spell them out. */
export function shortNames(text: string): string {
	return text.replace(/std::(?:__cxx11::)?basic_string<char, std::char_traits<char>, std::allocator<char> ?>/g, "std::string");
}

export function CloseButton(props: { label: string; onClick(): void }) {
	return <button type="button" class="tool small" aria-label={props.label} title={props.label} onClick={props.onClick}><Icon name="close" /></button>;
}
