/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the person has typed: files, language, compiler, flags, what the program is given. It is kept in the browser at every
 * change, and what another source replaces is kept too (`shelf`), so nothing typed is ever lost.
 */

import { computed, effect, signal } from "@preact/signals";
import type { Policy, Recording, SessionRequest, SourceFile } from "../service/types";
import { recall, remember } from "./store";

export interface Draft {
	language: string;
	compiler: string;
	flags: string;
	files: SourceFile[];
	args: string;
	env: string;
	stdin: string;
	/** "": as the service does it. */
	policy: Policy | "";
	/** Steps to record ahead, as it was typed. */
	budget: string;
	/** The session that this source was last run as. */
	session?: string;
}

export interface ShelfItem {
	when: number;
	title: string;
	draft: Draft;
}

const SHELF_SIZE = 8;
const SAVE_DELAY_MS = 250;
const FILE_NAMES: Record<string, string> = { "c": "main.c", "c++": "main.cpp", "asm": "main.s" };

export const defaultFileName = (language: string): string => FILE_NAMES[language] ?? "main.txt";

const FIRST_SOURCE = `#include <stdio.h>

int main(void)
{
	int x = 5;

	x = x + 1;
	printf("x is %d\\n", x);
	return 0;
}
`;

const first: Draft = {
	language: "c",
	compiler: "gcc",
	flags: "",
	files: [{ name: "main.c", text: FIRST_SOURCE }],
	args: "",
	env: "",
	stdin: "",
	policy: "",
	budget: "",
};

function soundDraft(draft: Draft): boolean {
	return Array.isArray(draft?.files) && draft.files.length > 0
		&& draft.files.every((f) => typeof f?.name === "string" && typeof f?.text === "string");
}

const recalled = recall<Draft>("draft", first);

export const draft = signal<Draft>(soundDraft(recalled) ? { ...first, ...recalled } : first);
export const activeFile = signal(0);
/** The line that the editor's caret is on. */
export const caretLine = signal(1);
/** Grows when the text is replaced from outside the editor, so that the editor takes it anew. */
export const replaced = signal(0);
export const shelf = signal<ShelfItem[]>(recall<ShelfItem[]>("shelf", [])
	.filter((i) => soundDraft(i?.draft)).map((i) => ({ ...i, draft: { ...first, ...i.draft } })));

export const current = computed(() => draft.value.files[activeFile.value] ?? draft.value.files[0]!);

let saving: ReturnType<typeof setTimeout> | undefined;

function save(): void {
	clearTimeout(saving);
	saving = undefined;
	remember("draft", draft.peek());
}

effect(() => {
	draft.value;
	saving ??= setTimeout(save, SAVE_DELAY_MS);
});
addEventListener("pagehide", save);
document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && save());

export function edit(change: Partial<Draft>): void {
	draft.value = { ...draft.peek(), ...change };
}

/** The editor reports what was typed into a file. */
export function typed(name: string, text: string): void {
	edit({ files: draft.peek().files.map((f) => (f.name === name ? { ...f, text } : f)) });
}

function titleOf(it: Draft): string {
	const lines = it.files[0]!.text.split("\n").map((l) => l.trim());
	const telling = lines.find((l) => /^(\/\*|\/\/|#\s)/.test(l)) ?? lines.find((l) => l !== "" && !l.startsWith("#include"));
	return (telling ?? it.files[0]!.name).replace(/^(\/\*|\/\/|#)\s*|\s*\*\/$/g, "").slice(0, 48);
}

let pristine = JSON.stringify(first.files);

/** Replaces what is in the editor; what was typed goes on the shelf first. */
export function replace(next: Draft, typedByPerson = false): void {
	const before = draft.peek();
	const text = JSON.stringify(before.files);
	if (text !== pristine && text !== JSON.stringify(next.files)) {
		const rest = shelf.peek().filter((i) => JSON.stringify(i.draft.files) !== text);
		shelf.value = [{ when: Date.now(), title: titleOf(before), draft: before }, ...rest].slice(0, SHELF_SIZE);
		remember("shelf", shelf.value);
	}
	pristine = typedByPerson ? "" : JSON.stringify(next.files);
	draft.value = next;
	activeFile.value = 0;
	replaced.value++;
}

export function setLanguage(language: string, compiler: string): void {
	const before = draft.peek();
	const renamed = before.files.map((f) =>
		f.name === defaultFileName(before.language) ? { ...f, name: defaultFileName(language) } : f);
	edit({ language, compiler, files: renamed });
	replaced.value++;
}

export function addFile(): void {
	const names = new Set(draft.peek().files.map((f) => f.name));
	const extension = defaultFileName(draft.peek().language).split(".").pop();
	let n = 2;
	while (names.has(`file${n}.${extension}`))
		n++;
	edit({ files: [...draft.peek().files, { name: `file${n}.${extension}`, text: "" }] });
	activeFile.value = draft.peek().files.length - 1;
}

/** @returns what is wrong with the name, or undefined when the file has it now */
export function renameFile(index: number, name: string): string | undefined {
	const files = draft.peek().files;
	if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/.test(name))
		return "A file name is made of letters, digits, and . _ - .";
	if (files.some((f, i) => i !== index && f.name === name))
		return `There is already a file ${name}.`;
	edit({ files: files.map((f, i) => (i === index ? { ...f, name } : f)) });
	replaced.value++;
	return undefined;
}

export function removeFile(index: number): void {
	const files = draft.peek().files;
	if (files.length < 2)
		return;
	replaceFiles(files.filter((_, i) => i !== index));
}

function replaceFiles(files: SourceFile[]): void {
	const active = Math.min(activeFile.peek(), files.length - 1);
	replace({ ...draft.peek(), files }, true);
	activeFile.value = active;
}

/** Words as a shell would split them, with quotes, and nothing else of a shell. */
export function words(line: string): string[] {
	const found: string[] = [];
	for (const m of line.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g))
		found.push(m[0].replace(/"([^"]*)"|'([^']*)'/g, (_, a, b) => a ?? b ?? ""));
	return found;
}

/** Undefined where the service's own way is what is wanted. */
export function recordingOf(policy: Policy | "", budget: string): Recording | undefined {
	const steps = budget.replace(/\D/g, "");
	if (policy === "" && steps === "")
		return undefined;
	return { policy: policy || "ahead", budget: steps === "" || policy === "step" ? undefined : Math.min(Number(steps), Number.MAX_SAFE_INTEGER) };
}

export function requestOf(it: Draft): SessionRequest {
	const env: Record<string, string> = {};
	for (const entry of it.env.split("\n")) {
		const at = entry.indexOf("=");
		if (at > 0)
			env[entry.slice(0, at).trim()] = entry.slice(at + 1);
	}
	return {
		language: it.language,
		compiler: it.compiler || undefined,
		flags: words(it.flags),
		files: it.files,
		args: words(it.args),
		env,
		stdin: it.stdin === "" ? undefined : it.stdin,
		record: recordingOf(it.policy, it.budget),
	};
}
