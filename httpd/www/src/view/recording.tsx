/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Beside the timeline: how far it is recorded, and how it goes on. */

import { signal } from "@preact/signals";
import { actions } from "../model/actions";
import { live } from "../model/link";
import { amount, limitName, recorded, setRecording } from "../model/recording";
import { shape } from "../model/settings";
import type { Limit, Policy } from "../service/types";
import { Popover } from "./parts";

export const POLICY_NAMES: Record<Policy, string> = {
	ahead: "Ahead: your code, in the background",
	step: "Only what is stepped; Continue runs at full speed",
	everything: "Everything: library code, too",
};

function LimitBar({ of }: { of: Limit }) {
	const share = of.limit > 0 ? Math.min(1, of.used / of.limit) : 0;
	return (
		<li class={share >= 1 ? "limit full" : "limit"}>
			<span>{limitName(of)}</span>
			<span>{amount(of, of.used)} of {amount(of, of.limit)}</span>
			<meter min={0} max={1} value={share} aria-label={limitName(of)} />
		</li>
	);
}

const budget = signal("");

function Settings({ close }: { close(): void }) {
	const now = live.value;
	const policy = now?.policy ?? "step";
	const ahead = now?.limits.find((l) => l.name === "ahead");
	const steps = Number(budget.value.replace(/\D/g, "")) || ahead?.limit || 50_000;
	return (
		<div class="form">
			<p id="recorded-text">{recorded.value.text}</p>
			{now && (
				<>
					<fieldset>
						<legend>Record</legend>
						{(Object.keys(POLICY_NAMES) as Policy[]).map((p) => (
							<label class="check" key={p}><input type="radio" name="policy" value={p} checked={p === policy}
								onChange={() => void setRecording({ policy: p })} />{POLICY_NAMES[p]}</label>
						))}
					</fieldset>
					{policy !== "step" && now.status !== "exited" && (
						<form class="line-form flat" onSubmit={(e) => {
							e.preventDefault();
							void setRecording({ policy, budget: steps });
							close();
						}}>
							<input id="more-steps" type="text" inputMode="numeric" aria-label="Steps to record ahead" placeholder={String(ahead?.limit ?? 50_000)}
								value={budget.value} onInput={(e) => (budget.value = e.currentTarget.value)} />
							<button type="submit" id="record-further" class="button">Record further</button>
						</form>
					)}
					<ul class="limits" aria-label="Limits">{now.limits.filter((l) => l.name !== "ahead" || policy !== "step").map((l) => <LimitBar key={l.name} of={l} />)}</ul>
				</>
			)}
			{now && now.varies.length > 0 && <p class="hint">Another run may differ in: {now.varies.join(", ")}.</p>}
			<button type="button" id={actions.resumeHere.id} class="button" aria-disabled={!actions.resumeHere.enabled.value} onClick={() => {
				if (!actions.resumeHere.enabled.peek())
					return;
				close();
				actions.resumeHere.does();
			}}>Resume the program from this step</button>
			<p class="hint">Forgets what was recorded after it, and has the program run on from here.</p>
		</div>
	);
}

export function RecordingButton() {
	const { mood, short, text } = recorded.value;
	return (
		<Popover id="recording" label="Recording" wide at="end" title={text}
			face={<><i class={`tape ${mood}`} aria-hidden="true" /><span class={shape.value === "wide" && short ? "tape-text" : "unseen"}>{short || "Recording"}</span></>}>
			{(close) => <Settings close={close} />}
		</Popover>
	);
}
