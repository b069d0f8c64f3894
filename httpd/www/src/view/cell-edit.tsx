/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A value that is being changed where it stands. */

import { useLayoutEffect, useRef } from "preact/hooks";

/**
 * @param home what has the focus again afterwards: the nearest element around that matches, or the first button in it
 * @param done what was typed, undefined when it was given up
 */
export function CellEdit(props: { text: string; label: string; home: string; maxLength?: number; done(text: string | undefined): void }) {
	const field = useRef<HTMLInputElement>(null);
	const finished = useRef(false);
	useLayoutEffect(() => {
		field.current?.focus();
		field.current?.select();
	}, []);
	const end = (value: string | undefined) => {
		if (finished.current)
			return;
		finished.current = true;
		props.done(value);
	};
	const key = (e: KeyboardEvent & { currentTarget: HTMLInputElement }) => {
		e.stopPropagation();
		if (e.key !== "Enter" && e.key !== "Escape")
			return;
		const home = e.currentTarget.closest<HTMLElement>(props.home);
		end(e.key === "Enter" ? e.currentTarget.value : undefined);
		requestAnimationFrame(() => (home?.hasAttribute("tabindex") ? home : home?.querySelector<HTMLElement>("button"))?.focus());
		e.preventDefault();
	};
	return (
		<input class="cell-edit" type="text" ref={field} aria-label={props.label} value={props.text} maxLength={props.maxLength} spellcheck={false}
			autocomplete="off" autocapitalize="off" onBlur={() => end(undefined)} onKeyDown={key} />
	);
}
