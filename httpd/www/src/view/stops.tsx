/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What else stops the program: a dialog of choices, each of which holds at once. */

import { signal } from "@preact/signals";
import { FILTERS, setCalls, setFilter, setSignal, SIGNALS, stops, stopsCount, type Filter } from "../model/stops";
import { Dialog } from "./dialogs";

const open = signal(false);

const FILTER_NAMES: Record<Filter, string> = {
	throw: "A C++ exception is thrown", catch: "A C++ exception is caught", fork: "Another process is made (fork, clone)",
	exec: "Another program is executed (exec)", exit: "The program leaves (exit)",
};

const RULES: Record<string, string> = {
	"": "as usual", "stop pass": "stop, then pass it", "stop": "stop, and hold it back", "pass": "pass it, do not stop", "none": "hold it back",
};

function Signal({ name }: { name: string }) {
	const rule = stops.value.signals.find((s) => s.name === name);
	const value = rule ? [rule.stop && "stop", rule.pass && "pass"].filter(Boolean).join(" ") || "none" : "";
	const choose = (to: string) =>
		void setSignal(name, to === "" ? undefined : { name, stop: to.includes("stop"), pass: to.includes("pass") });
	return (
		<label class="field"><span>{name}</span>
			<select data-signal={name} value={value} onChange={(e) => choose(e.currentTarget.value)}>
				{Object.entries(RULES).map(([v, text]) => <option key={v} value={v}>{text}</option>)}
			</select>
		</label>
	);
}

export function StopsButton() {
	const n = stopsCount();
	return (
		<button type="button" id="stops" class="tool" aria-haspopup="dialog" title="Signals, exceptions, processes, system calls" onClick={() => (open.value = true)}>
			Also stop at…{n > 0 && <span class="badge count">{n}</span>}</button>
	);
}

export function StopsDialog() {
	return (
		<Dialog id="stops-dialog" title="Also stop at" open={open.value} onClose={() => (open.value = false)}>
			<div class="form">
				<fieldset>
					<legend>Stop when</legend>
					{FILTERS.map((f) => (
						<label class="check" key={f}><input type="checkbox" data-filter={f} checked={stops.value.filters.includes(f)}
							onChange={(e) => void setFilter(f, e.currentTarget.checked)} />{FILTER_NAMES[f]}</label>
					))}
				</fieldset>
				<label class="field tall"><span>Stop before these system calls</span>
					<input id="stop-calls" type="text" spellcheck={false} autocomplete="off" autocapitalize="off" placeholder="openat, write"
						value={stops.value.calls} onChange={(e) => void setCalls(e.currentTarget.value)} />
				</label>
				<fieldset>
					<legend>Signals: as usual is passed to the program, and stops where it would end it</legend>
					<div class="signals">{SIGNALS.map((s) => <Signal key={s} name={s} />)}</div>
				</fieldset>
			</div>
		</Dialog>
	);
}
