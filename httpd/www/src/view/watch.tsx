/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Watched expressions: a tree of their values, and a line to type another. */

import { signal } from "@preact/signals";
import { rewatch, unwatch, watch, watches, WATCHES_MAX, type Watched } from "../model/watches";
import { Icon } from "./icons";
import { rowsOf, ValueTree, type Row } from "./values";

const typed = signal("");

function rows(it: Watched): Row[] {
	const key = `w/${it.expression}`;
	const own = { rename: (text: string) => rewatch(it.expression, text), remove: () => unwatch(it.expression) };
	return it.value ? rowsOf(it.value, key, 1, it.old, own)
		: [{ key, level: 1, name: it.expression, label: it.expression, note: it.error ?? "", ...own }];
}

export function Watch() {
	const full = watches.value.length >= WATCHES_MAX;
	return (
		<>
			{watches.value.length === 0 ? <p class="empty">Expressions of C are evaluated here at each step.</p>
				: <ValueTree id="watches" label="Watched expressions" groups={[{ rows: watches.value.flatMap(rows) }]} />}
			<form class="line-form" onSubmit={(e) => {
				e.preventDefault();
				watch(typed.peek());
				typed.value = "";
			}}>
				<input id="watch-expression" type="text" aria-label="Expression to watch" placeholder="p->next->value, a[i] > 3, $rax" spellcheck={false}
					autocomplete="off" autocapitalize="off" disabled={full} value={typed.value} onInput={(e) => (typed.value = e.currentTarget.value)} />
				<button type="submit" id="add-watch" class="tool" disabled={full} title="Watch this expression (Enter)"><Icon name="plus" />Watch</button>
			</form>
		</>
	);
}
