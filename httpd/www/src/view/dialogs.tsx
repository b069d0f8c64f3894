/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A dialog that a signal opens, and the question that is asked before something is lost. */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { question } from "../model/ask";
import { CloseButton } from "./parts";

/** Its content exists only while it is open. */
export function Dialog(props: { id: string; title: string; open: boolean; onClose(): void; children: ComponentChildren }) {
	const dialog = useRef<HTMLDialogElement>(null);
	/* Before anything else can happen: it takes the focus. */
	useLayoutEffect(() => {
		if (props.open && !dialog.current?.open) {
			dialog.current?.showModal();
			dialog.current?.querySelector<HTMLElement>("input, .buttons button")?.focus();
		}
		if (!props.open)
			dialog.current?.close();
	}, [props.open]);
	return (
		<dialog id={props.id} ref={dialog} aria-labelledby={`${props.id}-title`} onClose={props.onClose}
			onMouseDown={(e) => e.target === dialog.current && props.onClose()}>
			{props.open && (
				<>
					<header><h2 id={`${props.id}-title`}>{props.title}</h2><CloseButton label="Close" onClick={props.onClose} /></header>
					{props.children}
				</>
			)}
		</dialog>
	);
}

/** The way back is what Enter does at first. */
export function Question() {
	const it = question.value;
	return (
		<Dialog id="question" title={it?.title ?? ""} open={it !== undefined} onClose={() => it?.answer(false)}>
			<p id="question-text">{it?.text}</p>
			<div class="buttons">
				<button type="button" id="question-no" class="button" onClick={() => it?.answer(false)}>Leave it as it is</button>
				<button type="button" id="question-yes" class="button danger" onClick={() => it?.answer(true)}>{it?.yes}</button>
			</div>
		</Dialog>
	);
}
