/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The control and timeline bar. */

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { actions, type Action } from "../model/actions";
import * as cursor from "../model/cursor";
import { control, seek } from "../model/control";
import { phase, running } from "../model/link";
import { spaced } from "../model/numbers";
import { willContinue } from "../model/session";
import { shape } from "../model/settings";
import { Icon } from "./icons";
import { OverviewCanvas } from "./overview";
import { RecordingButton } from "./recording";
import { Chips, Status } from "./status";

function Button(props: { action: Action; icon: string; mirrored?: boolean; label?: string; primary?: boolean; text?: string }) {
	const { action } = props;
	const enabled = action.enabled.value;
	const label = props.label ?? action.label;
	return (
		<button type="button" id={action.id} class={props.primary ? "control primary" : "control"} aria-disabled={!enabled}
			aria-label={label} aria-keyshortcuts={action.key?.replace(/Ctrl/g, "Control")}
			title={action.key ? `${label} (${action.key})` : label} onClick={() => action.enabled.peek() && action.does()}>
			<Icon name={props.icon} mirrored={props.mirrored} />
			{props.text && <span>{props.text}</span>}
		</button>
	);
}

function Run() {
	const going = willContinue.value;
	return <Button action={actions.run} icon={going ? "continue" : "run"} label={going ? "Continue" : "Run"} primary
		text={phase.value === "starting" ? "Compiling" : going ? "Continue" : "Run"} />;
}

/** Lines by the arrows that go in, over and out; single instructions by the arrows that end at a bar. */
function Steps() {
	return (
		<>
			<div class="group" role="group" aria-label="Backwards">
				<Button action={actions.toStart} icon="toEnd" mirrored />
				<Button action={actions.reverseContinue} icon="continue" mirrored />
				<Button action={actions.backOut} icon="out" mirrored />
				<Button action={actions.backOver} icon="over" mirrored />
				<Button action={actions.backIn} icon="into" mirrored />
				<Button action={actions.backInstruction} icon="instruction" mirrored />
			</div>
			<div class="group" role="group" aria-label="Forwards">
				<Button action={actions.instruction} icon="instruction" />
				<Button action={actions.stepIn} icon="into" />
				<Button action={actions.stepOver} icon="over" />
				<Button action={actions.stepOut} icon="out" />
				<Button action={actions.toEnd} icon="toEnd" />
			</div>
		</>
	);
}

/** The narrow window's buttons: what is pressed most lies lowest, and Run gives its place to Pause. */
function FewButtons() {
	return (
		<>
			<Button action={actions.restart} icon="restart" />
			<Button action={actions.stop} icon="stop" />
			{running.value ? <Button action={actions.pause} icon="pause" /> : <Run />}
			<Button action={actions.reverseContinue} icon="continue" mirrored />
			<Button action={actions.backOut} icon="out" mirrored />
			<Button action={actions.stepOut} icon="out" />
			<Button action={actions.backOver} icon="over" mirrored />
			<Button action={actions.backIn} icon="into" mirrored />
			<Button action={actions.backInstruction} icon="instruction" mirrored />
			<Button action={actions.instruction} icon="instruction" />
			<Button action={actions.stepIn} icon="into" />
			<Button action={actions.stepOver} icon="over" />
		</>
	);
}

const typing = signal<string | undefined>(undefined);

function Position() {
	const go = () => {
		const digits = (typing.peek() ?? "").replace(/\D/g, "");
		typing.value = undefined;
		if (digits !== "")
			void seek(Number(digits));
	};
	const has = cursor.state.value !== undefined;
	return (
		<span class="position">
			<input id="position" type="text" inputMode="numeric" aria-label="Step" autocomplete="off" disabled={!has}
				value={typing.value ?? (has ? spaced(cursor.position.value) : "–")}
				onFocus={(e) => e.currentTarget.select()} onInput={(e) => (typing.value = e.currentTarget.value)}
				onBlur={() => (typing.value = undefined)}
				onKeyDown={(e) => {
					if (e.key === "Enter")
						go();
					else if (e.key === "Escape")
						typing.value = undefined;
				}} />
			<span id="frontier" aria-label={`of ${cursor.frontier.value}`} role="img">/&nbsp;{has ? spaced(cursor.frontier.value) : "–"}</span>
		</span>
	);
}

const dragged = signal<number | undefined>(undefined);

function Slider() {
	const now = cursor.state.value;
	const line = now?.line ? `, line ${now.line}` : "";
	const key = (event: KeyboardEvent) => {
		const step = event.key === "ArrowRight" || event.key === "ArrowUp" ? 1 : event.key === "ArrowLeft" || event.key === "ArrowDown" ? -1 : 0;
		const beyond = step > 0 && !cursor.inPast.peek() && actions.instruction.enabled.peek();
		if (step === 0 || (!event.shiftKey && !beyond))
			return;
		const granularity = event.shiftKey ? "line" : "instruction";
		void control(step > 0 ? "stepIn" : "stepBack", { granularity });
		event.preventDefault();
	};
	return (
		<div class="track"><OverviewCanvas /><input id="slider" type="range" min={0} max={cursor.frontier.value} step={1} disabled={!now || cursor.frontier.value === 0}
			value={dragged.value ?? cursor.position.value} aria-label="Timeline"
			aria-valuetext={`Step ${cursor.position.value} of ${cursor.frontier.value}${line}`}
			onKeyDown={key}
			onInput={async (e) => {
				dragged.value = Number(e.currentTarget.value);
				await seek(dragged.value);
			}}
			onChange={() => (dragged.value = undefined)} onBlur={() => (dragged.value = undefined)} /></div>
	);
}

/** Buttons of a toolbar are one stop of the Tab key; arrows go between them. */
function roving(event: KeyboardEvent): void {
	const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
	const bar = event.currentTarget as HTMLElement;
	const buttons = [...bar.querySelectorAll<HTMLElement>("button")];
	const at = buttons.indexOf(event.target as HTMLElement);
	if (step === 0 || at < 0)
		return;
	buttons[(at + step + buttons.length) % buttons.length]!.focus();
	event.preventDefault();
}

function Toolbar({ children }: { children: ComponentChildren }) {
	const bar = useRef<HTMLDivElement>(null);
	const stopAt = (target: EventTarget | null) => {
		for (const b of bar.current?.querySelectorAll("button") ?? [])
			b.tabIndex = b === target ? 0 : -1;
	};
	useEffect(() => stopAt(bar.current?.querySelector("button") ?? null), []);
	return (
		<div id="toolbar" class="toolbar" role="toolbar" aria-label="Run and step" ref={bar} onKeyDown={roving}
			onFocusIn={(e) => stopAt(e.target)}>{children}</div>
	);
}

function Narrow() {
	return (
		<section id="controls" class="narrow" aria-label="Timeline and steps">
			<div class="row">
				<Button action={actions.toStart} icon="toEnd" mirrored />
				<Slider />
				<Button action={actions.toEnd} icon="toEnd" />
				<Position />
				<RecordingButton />
			</div>
			<Toolbar><FewButtons /></Toolbar>
		</section>
	);
}

export function ControlBar() {
	if (shape.value === "narrow")
		return <Narrow />;
	return (
		<section id="controls" aria-label="Timeline and steps">
			<Toolbar>
				<div class="group" role="group" aria-label="Program">
					<Run />
					<Button action={actions.pause} icon="pause" />
					<Button action={actions.stop} icon="stop" />
					<Button action={actions.restart} icon="restart" />
				</div>
				<Steps />
			</Toolbar>
			<Slider />
			<div class="reach"><Position /><RecordingButton /></div>
			<div class="standing"><Status /><div class="besides"><Chips /></div></div>
		</section>
	);
}
