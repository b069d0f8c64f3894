/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The page's shape at three widths. Panes keep their ids; only where they stand differs. */

import { effect } from "@preact/signals";
import { bottomTab, segment } from "../model/layout";
import { diagnostics, notice, waiting } from "../model/link";
import { refresh } from "../model/moment";
import { shape } from "../model/settings";
import { BreakpointDialog } from "./breakpoint-dialog";
import { breakpointCount, Breakpoints } from "./breakpoints";
import { ControlBar } from "./controls";
import { Question } from "./dialogs";
import { DisassemblyPane } from "./disassembly";
import { Help } from "./help";
import { MenuHost } from "./menu";
import { Now } from "./now";
import { Output } from "./output";
import { CloseButton, sizeOf, Splitter, Tabs, type Tab } from "./parts";
import { errorCount, Problems } from "./problems";
import { RegistersPane } from "./registers";
import { SourcePane } from "./source";
import { LiveRegion } from "./status";
import { StopsDialog } from "./stops";
import { Syscalls } from "./syscalls";
import { Threads } from "./threads";
import { TopBar } from "./topbar";
import { StateTabs } from "./state-tabs";
import { StackPane } from "./variables";

let hadErrors = false;
effect(() => {
	const has = errorCount.value > 0;
	if (has) {
		bottomTab.value = "problems";
		if (segment.peek() !== "code")
			segment.value = "output";
	} else if (hadErrors)
		bottomTab.value = "output";
	hadErrors = has;
});
effect(() => {
	if (waiting.value) {
		bottomTab.value = "output";
		segment.value = "output";
	}
});

const bottomTabs: Tab[] = [
	{ id: "output", title: "Output", content: () => <Output /> },
	{ id: "breakpoints", title: "Breakpoints", content: () => <Breakpoints />, badge: <BreakpointCount /> },
	{ id: "syscalls", title: "System calls", content: () => <Syscalls /> },
	{ id: "threads", title: "Threads", content: () => <Threads /> },
	{
		id: "problems", title: "Problems", content: () => <Problems />,
		badge: <ProblemCount />,
	},
];

function BreakpointCount() {
	const n = breakpointCount();
	return n === 0 ? null : <span class="badge count">{n}</span>;
}

function ProblemCount() {
	const n = diagnostics.value.length;
	return n === 0 ? null : <span class={errorCount.value > 0 ? "badge error" : "badge"}>{n}</span>;
}

const Bottom = () =>
	<Tabs id="bottom" label="Output and lists" tabs={bottomTabs} open={bottomTab.value} onOpen={open} />;

function open(id: string): void {
	bottomTab.value = id;
	if (id === "threads")
		void refresh();
}

function Banner() {
	const it = notice.value;
	if (!it)
		return null;
	return (
		<div id="notice" class={`notice ${it.kind}`} role="alert">
			<span id="notice-text">{it.text}</span>
			<CloseButton label="Dismiss" onClick={() => (notice.value = undefined)} />
		</div>
	);
}

const px = (n: number): string => `${n}px`;

function Wide() {
	const grid = {
		"--source": px(sizeOf("source", 420)), "--state": px(sizeOf("state", 500)), "--bottom": px(sizeOf("bottom", 190)),
		"--stack": px(sizeOf("stack", 150)),
	};
	return (
		<main class="wide" style={grid}>
			<SourcePane />
			<Splitter name="source" label="Width of the source" axis="x" grows={1} size={420} min={220} max={900} />
			<DisassemblyPane />
			<Splitter name="state" label="Width of the state" axis="x" grows={-1} size={500} min={300} max={800} />
			<div class="state">
				<RegistersPane />
				<StateTabs />
				<Splitter name="stack" label="Height of the call stack" axis="y" grows={-1} size={150} min={60} max={500} />
				<StackPane />
			</div>
			<Splitter name="bottom" label="Height of the output" axis="y" grows={-1} size={190} min={80} max={600} />
			<Bottom />
		</main>
	);
}

function Medium() {
	const grid = { "--state": px(sizeOf("state-medium", 460)), "--listing": px(sizeOf("listing", 290)), "--bottom": px(sizeOf("bottom-medium", 190)) };
	return (
		<main class="medium" style={grid}>
			<div class="code">
				<SourcePane />
				<Splitter name="listing" label="Height of the disassembly" axis="y" grows={-1} size={290} min={80} max={700} />
				<DisassemblyPane />
			</div>
			<Splitter name="state-medium" label="Width of the state" axis="x" grows={-1} size={460} min={300} max={600} />
			<div class="state">
				<RegistersPane />
				<div class="two"><StateTabs /><StackPane /></div>
				<Splitter name="bottom-medium" label="Height of the output" axis="y" grows={-1} size={190} min={80} max={400} />
				<Bottom />
			</div>
		</main>
	);
}

const segments: [string, string][] = [["code", "Code"], ["asm", "Asm"], ["state", "State"], ["output", "Output"]];

function Narrow() {
	const open = segment.value;
	return (
		<main class="narrow">
			<Now />
			<div class="segments wide" role="group" aria-label="Pane">
				{segments.map(([id, title]) => (
					<button type="button" key={id} id={`segment-${id}`} aria-pressed={open === id} onClick={() => (segment.value = id)}>
						{title}{id === "output" && <ProblemCount />}
					</button>
				))}
			</div>
			<div class="one">
				{open === "code" && <SourcePane />}
				{open === "asm" && <DisassemblyPane />}
				{open === "state" && <div class="state"><RegistersPane /><StateTabs /><StackPane /></div>}
				{open === "output" && <Bottom />}
			</div>
		</main>
	);
}

export function App() {
	const now = shape.value;
	const bar = <ControlBar />;
	return (
		<div id="page" class={now}>
			<TopBar />
			{now !== "narrow" && bar}
			<Banner />
			{now === "wide" ? <Wide /> : now === "medium" ? <Medium /> : <Narrow />}
			{now === "narrow" && bar}
			<LiveRegion />
			<Help />
			<BreakpointDialog />
			<StopsDialog />
			<Question />
			<MenuHost />
		</div>
	);
}
