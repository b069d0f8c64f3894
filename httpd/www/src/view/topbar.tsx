/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The top bar: what is to be run, and how the page looks. */

import { examples } from "../examples";
import { diagnostics, info, notice, session } from "../model/link";
import { isDark, shape, theme, type Theme } from "../model/settings";
import { defaultFileName, draft, edit, replace, setLanguage, shelf, type Draft } from "../model/source";
import type { CompilerInfo, Policy } from "../service/types";
import { helpOpen } from "./help";
import { Icon, Penguin } from "./icons";
import { Popover } from "./parts";
import { POLICY_NAMES } from "./recording";

const LANGUAGE_NAMES: Record<string, string> = { "c": "C", "c++": "C++", "asm": "Assembly" };
const FLAG_IDEAS = ["-O0", "-O1", "-O2", "-O3", "-Os", "-Og", "-Wall -Wextra", "-O2 -march=native", "-std=c17", "-std=c++20"];

/** Another source: what was said about the one before is no longer about what is seen. */
function choose(next: Draft, typedByPerson = false): void {
	replace(next, typedByPerson);
	diagnostics.value = [];
	notice.value = undefined;
}

function Examples() {
	return (
		<Popover id="examples" label="Examples" face={<><Icon name="book" /><span class="face">Examples</span></>}>
			{(close) => (
				<div class="menu">
					{examples.map((e) => (
						<button type="button" key={e.title} onClick={() => {
							close();
							choose({
								...draft.peek(), language: e.language, flags: e.flags ?? "", args: e.args ?? "", stdin: "", session: undefined,
								files: [{ name: defaultFileName(e.language), text: e.text }],
							});
						}}><b>{e.title}</b><span>{e.about}</span></button>
					))}
					{shelf.value.length > 0 && <h3>What you typed before</h3>}
					{shelf.value.map((item) => (
						<button type="button" key={item.when} onClick={() => {
							close();
							choose(item.draft, true);
						}}><b>{item.title}</b><span>{new Date(item.when).toLocaleString()}</span></button>
					))}
				</div>
			)}
		</Popover>
	);
}

function Language() {
	const offered = info.value?.languages ?? [];
	const names = offered.length > 0 ? offered.map((l) => l.name) : Object.keys(LANGUAGE_NAMES);
	if (!names.includes(draft.value.language))
		names.push(draft.value.language);
	return (
		<select id="language" aria-label="Language" value={draft.value.language}
			onChange={(e) => {
				const name = e.currentTarget.value;
				setLanguage(name, offered.find((l) => l.name === name)?.compilers[0]?.name ?? draft.peek().compiler);
			}}>
			{names.map((n) => <option key={n} value={n}>{LANGUAGE_NAMES[n] ?? n}</option>)}
		</select>
	);
}

/** "12.2.0" of "gcc (Debian 12.2.0-14+deb12u1) 12.2.0" */
export const shortVersion = (version: string | undefined): string => version?.match(/\d+(?:\.\d+)+/g)?.at(-1) ?? "";

function Compiler() {
	const offered: CompilerInfo[] = info.value?.languages.find((l) => l.name === draft.value.language)?.compilers
		?? [{ name: draft.value.compiler }];
	return (
		<label class="field"><span>Compiler</span>
			<select id="compiler" value={draft.value.compiler} onChange={(e) => edit({ compiler: e.currentTarget.value })}>
				{offered.map((c) => <option key={c.name} value={c.name} title={c.version}>{`${c.name} ${shortVersion(c.version)}`.trim()}</option>)}
			</select>
		</label>
	);
}

function Flags() {
	return (
		<label class="field grow"><span>Flags</span>
			<input id="flags" type="text" list="flag-ideas" placeholder="-O0 -g" spellcheck={false} autocomplete="off" autocapitalize="off"
				value={draft.value.flags} onInput={(e) => edit({ flags: e.currentTarget.value })} />
			<datalist id="flag-ideas">{FLAG_IDEAS.map((f) => <option key={f} value={f} />)}</datalist>
		</label>
	);
}

function Given() {
	const it = draft.value;
	const any = [it.args, it.stdin, it.env, it.policy, it.budget].some((text) => text !== "");
	const compact = shape.value === "narrow";
	return (
		<Popover id="program-input" label={compact ? "Options" : "Program input"} wide
			title="Arguments, input and environment of the program, and how it is recorded"
			face={<><Icon name="sliders" /><span class="face">{compact ? "Options" : "Program input"}</span>{any && <i class="pip" title="set" />}</>}>
			{() => (
				<div class="form">
					{compact && <><Compiler /><Flags /></>}
					<label class="field tall"><span>Arguments</span>
						<input id="args" type="text" spellcheck={false} value={it.args} placeholder={'one "and two"'}
							onInput={(e) => edit({ args: e.currentTarget.value })} />
					</label>
					<label class="field tall"><span>Input that is there from the start</span>
						<textarea id="stdin" rows={4} spellcheck={false} value={it.stdin} onInput={(e) => edit({ stdin: e.currentTarget.value })} />
					</label>
					<label class="field tall"><span>Environment, NAME=value a line</span>
						<textarea id="env" rows={2} spellcheck={false} value={it.env} onInput={(e) => edit({ env: e.currentTarget.value })} />
					</label>
					<label class="field tall"><span>Record</span>
						<select id="policy" value={it.policy} onChange={(e) => edit({ policy: e.currentTarget.value as Policy | "" })}>
							<option value="">As the service does it</option>
							{(Object.keys(POLICY_NAMES) as Policy[]).map((p) => <option key={p} value={p}>{POLICY_NAMES[p]}</option>)}
						</select>
					</label>
					{it.policy !== "step" && <label class="field tall"><span>Steps to record ahead</span>
						<input id="budget" type="text" inputMode="numeric" value={it.budget} placeholder="as the service does it"
							onInput={(e) => edit({ budget: e.currentTarget.value })} />
					</label>}
					<p class="hint">Used by the next run. While the program runs, type below its output.</p>
				</div>
			)}
		</Popover>
	);
}

const NEXT_THEME: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const THEME_NAMES: Record<Theme, string> = { system: "as the system", light: "light", dark: "dark" };

function ThemeSwitch() {
	const label = `Theme: ${THEME_NAMES[theme.value]}`;
	return (
		<button type="button" id="theme" class="tool" aria-label={label} title={label}
			onClick={() => (theme.value = NEXT_THEME[theme.peek()])}>
			<Icon name={theme.value === "system" ? "system" : isDark.value ? "moon" : "sun"} />
		</button>
	);
}

/** What isolation the service says it has, when it is less than all of it. */
function Isolation() {
	const level = info.value?.isolation;
	if (level === undefined || level === "namespaces")
		return null;
	return <span id="isolation" class="chip warn" title={info.value?.isolationNote}>Isolation: {level}</span>;
}

export function TopBar() {
	const compact = shape.value === "narrow";
	return (
		<header id="top">
			<h1><Penguin /><span>penguintrace</span></h1>
			<Examples />
			<Language />
			{!compact && <Compiler />}
			{!compact && <Flags />}
			<Given />
			<Isolation />
			<span class="space" data-session={session.value?.id} />
			<ThemeSwitch />
			<button type="button" id="help" class="tool" aria-label="Keys and help" title="Keys and help"
				onClick={() => (helpOpen.value = true)}><Icon name="question" /></button>
		</header>
	);
}
