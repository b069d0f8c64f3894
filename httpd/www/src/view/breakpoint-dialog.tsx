/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a breakpoint asks: its condition, its hits, its message. */

import { signal } from "@preact/signals";
import { find, put, type Place } from "../model/breakpoint-control";
import type { Wish } from "../model/breakpoints";
import { hex } from "../service/word";
import { Dialog } from "./dialogs";

const edited = signal<{ place: Place; wish: Wish } | undefined>(undefined);

export function editBreakpoint(place: Place): void {
	edited.value = { place, wish: { ...find(place) } };
}

export function placeName(place: Place): string {
	switch (place.kind) {
	case "line": return `${place.file}:${place.line}`;
	case "function": return `${place.name}()`;
	case "instruction": return hex(place.address);
	case "data": return place.dataId;
	}
}

function Field(props: { id: string; label: string; hint: string; value: string | undefined; onInput(text: string): void }) {
	return (
		<label class="field tall"><span>{props.label}</span>
			<input id={props.id} type="text" spellcheck={false} autocomplete="off" autocapitalize="off" placeholder={props.hint}
				value={props.value ?? ""} onInput={(e) => props.onInput(e.currentTarget.value)} />
		</label>
	);
}

export function BreakpointDialog() {
	const it = edited.value;
	const close = () => (edited.value = undefined);
	const set = (part: Wish) => (edited.value = { ...edited.peek()!, wish: { ...edited.peek()!.wish, ...part } });
	const done = (wish: Wish | undefined) => {
		close();
		void put(it!.place, wish);
	};
	const message = it && find(it.place)?.message;
	return (
		<Dialog id="breakpoint-dialog" title={it ? `Breakpoint at ${placeName(it.place)}` : ""} open={it !== undefined} onClose={close}>
			{it && (
				<form class="form" onSubmit={(e) => {
					e.preventDefault();
					done(it.wish);
				}}>
					<Field id="condition" label="Stop only if this is not 0" hint="i > 3 && p->next != 0" value={it.wish.condition}
						onInput={(condition) => set({ condition })} />
					<Field id="hit-condition" label="Stop only at these hits: 5 (the fifth), >=5, %5 (each fifth)" hint="5" value={it.wish.hitCondition}
						onInput={(hitCondition) => set({ hitCondition })} />
					<Field id="log-message" label="Say this and do not stop; expressions in braces" hint="i is {i}, sum {sum}" value={it.wish.logMessage}
						onInput={(logMessage) => set({ logMessage })} />
					<label class="check"><input id="breakpoint-enabled" type="checkbox" checked={it.wish.enabled !== false}
						onChange={(e) => set({ enabled: e.currentTarget.checked })} />Enabled</label>
					{message && <p class="hint">{message}</p>}
					<div class="buttons">
						<button type="button" id="delete-breakpoint" class="button" onClick={() => done(undefined)}>Delete</button>
						<button type="submit" id="save-breakpoint" class="button primary">Set</button>
					</div>
				</form>
			)}
		</Dialog>
	);
}
