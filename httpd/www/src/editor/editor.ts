/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The source editor: CodeMirror in a shadow root, one editor state a file, told by the models what to show. */

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { cpp } from "@codemirror/lang-cpp";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { setDiagnostics, type Diagnostic as Underline } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, Text, type Extension } from "@codemirror/state";
import {
	drawSelection, EditorView, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers,
} from "@codemirror/view";
import { computed, effect, signal, untracked } from "@preact/signals";
import { toggle } from "../model/breakpoint-control";
import { breakpointsOf, lineBreakpoints, setLines } from "../model/breakpoints";
import * as cursor from "../model/cursor";
import { bandKey, bands, hoveredLine } from "../model/disassembly";
import { diagnostics, session } from "../model/link";
import { activeFile, caretLine, current, draft, replaced, typed } from "../model/source";
import type { Diagnostic } from "../service/types";
import { gas } from "./gas";
import { breakpointGutter, dotsOf, marks, setDots, setMarks, setOrigin, startOf, type Marks } from "./marks";
import { theme } from "./theme";

const TAB_WIDTH = 8;

/** Tab is the editor's; Escape and then Tab leaves it, as CodeMirror documents. */
const common: Extension = [
	lineNumbers(), highlightActiveLineGutter(), highlightSpecialChars(), history(), drawSelection(), indentOnInput(),
	bracketMatching(), highlightSelectionMatches(), search({ top: true }), EditorState.tabSize.of(TAB_WIDTH), indentUnit.of("\t"),
	keymap.of([...defaultKeymap.filter((k) => k.key !== "Mod-Enter"), ...searchKeymap, ...historyKeymap, indentWithTab]),
	marks, theme,
];

let view: EditorView | undefined;

/** The file's text as it stands in the editor, kept a state a file so that undo survives changing files. */
const states = new Map<string, EditorState>();

export function focusEditor(line?: number, column?: number): void {
	if (!view)
		return;
	if (line !== undefined && line >= 1 && line <= view.state.doc.lines) {
		const at = view.state.doc.line(line);
		const anchor = Math.min(at.to, at.from + Math.max(0, (column ?? 1) - 1));
		view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
	}
	view.focus();
}

export const hasFocus = (): boolean => view?.hasFocus ?? false;

/** F9 and the gutter: the breakpoint of a line, of the line that the caret is on when none is named. */
export function toggleHere(line?: number): void {
	if (view)
		void toggle({ kind: "line", file: current.peek().name, line: line ?? view.state.doc.lineAt(view.state.selection.main.head).number });
}

/** Opens the menu of a line; of the views, and theirs to say. */
let lineMenu: (line: number, at: MouseEvent) => void = () => undefined;

function makeState(name: string, text: string): EditorState {
	return EditorState.create({
		doc: text,
		extensions: [
			breakpointGutter(toggleHere, (line, at) => lineMenu(line, at)), common, /\.(s|S|asm|inc)$/.test(name) ? gas : cpp(),
			EditorView.contentAttributes.of({ "aria-label": `Source, ${name}`, tabindex: "0" }),
			EditorView.domEventHandlers({ beforeinput: typeOver, mousemove: hover, mouseleave: () => void (hoveredLine.value = undefined) }),
			EditorView.updateListener.of((update) => {
				caretLine.value = update.state.doc.lineAt(update.state.selection.main.head).number;
				if (!update.docChanged)
					return;
				typed(name, update.state.doc.toString());
				const before = breakpointsOf(name);
				const now = dotsOf(update.state);
				if (before.length !== now.length || before.some((b, i) => b.line !== now[i]!.line))
					setLines(name, now);
			}),
		],
	});
}

/**
 * Chromium types over a selection by giving the new text the look of the old one in a style attribute, which the policy refuses
 * aloud. So it is not left to it.
 */
function typeOver(event: InputEvent, at: EditorView): boolean {
	if (event.inputType !== "insertText" || !event.data || event.isComposing || at.state.selection.main.empty)
		return false;
	event.preventDefault();
	at.dispatch(at.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
	return true;
}

function hover(event: MouseEvent, at: EditorView): void {
	const offset = at.posAtCoords({ x: event.clientX, y: event.clientY });
	const line = offset === null ? undefined : at.state.doc.lineAt(offset).number;
	const key = line === undefined ? undefined : bandKey(current.peek().name, line);
	hoveredLine.value = key !== undefined && bands.peek().has(key) ? key : undefined;
}

function severity(of: Diagnostic): Underline["severity"] {
	return /error/.test(of.severity) ? "error" : /warning/.test(of.severity) ? "warning" : "info";
}

/** A problem names a column; what is underlined is the word there, or the line when there is none. */
function underline(of: Diagnostic, state: EditorState): Underline | undefined {
	const start = of.line === undefined ? undefined : startOf(state, of.line);
	if (start === undefined)
		return undefined;
	const line = state.doc.lineAt(start);
	const from = Math.min(line.to, line.from + Math.max(0, (of.column ?? 1) - 1));
	const word = /^(?:\w+|\S)/.exec(state.sliceDoc(from, line.to))?.[0].length ?? 0;
	const indent = line.text.length - line.text.trimStart().length;
	return word > 0
		? { from, to: from + word, severity: severity(of), message: of.message }
		: { from: line.from + indent, to: line.to, severity: severity(of), message: of.message };
}

function marksFor(name: string): Marks {
	const place = cursor.place.value;
	const isHere = place?.line !== undefined && (place.file === undefined || place.file === name);
	const own = new Map<number, number>();
	for (const [key, colour] of bands.value) {
		const at = key.lastIndexOf(":");
		if (key.slice(0, at) === name || key.slice(0, at) === "")
			own.set(Number(key.slice(at + 1)), colour);
	}
	const hovered = hoveredLine.value;
	return {
		bands: own,
		current: isHere && cursor.frameId.value === 0 ? place!.line : undefined,
		frame: isHere && cursor.frameId.value !== 0 ? place!.line : undefined,
		hover: hovered?.startsWith(name + ":") ? Number(hovered.slice(name.length + 1)) : undefined,
	};
}

/** The file in the editor; it changes with the file and when its text is replaced from outside, and not with typing. */
const wantedFile = computed(() => `${replaced.value}/${draft.value.files[activeFile.value]?.name ?? draft.value.files[0]!.name}`);

/** Puts the editor into an element. @returns what takes it out again */
export function mountEditor(host: HTMLElement, onLineMenu: typeof lineMenu): () => void {
	lineMenu = onLineMenu;
	const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
	const start = current.peek();
	const editor = new EditorView({ parent: root, root, state: makeState(start.name, start.text) });
	view = editor;
	/** What is installed; everything that paints follows it. */
	const installed = signal("");
	let origin: unknown;

	const install = (wanted: string) => {
		const [generation] = installed.peek().split("/", 1);
		const [nextGeneration] = wanted.split("/", 1);
		if (generation !== nextGeneration)
			states.clear();
		else
			states.set(installed.peek().slice(generation!.length + 1), editor.state);
		const { name, text } = current.peek();
		const keptState = states.get(name);
		editor.setState(keptState && keptState.doc.toString() === text ? keptState : makeState(name, text));
		installed.value = wanted;
	};

	const paint = () => {
		const file = installed.value;
		const name = current.peek().name;
		const ran = session.value?.files.find((f) => f.name === name);
		if (origin !== ran || paintedFile !== file)
			editor.dispatch({ effects: setOrigin.of(ran ? Text.of(ran.text.split("\n")) : undefined) });
		origin = ran;
		paintedFile = file;
		editor.dispatch({ effects: setMarks.of(marksFor(name)) });
	};
	let paintedFile = "";

	const showPlace = () => {
		const place = cursor.place.value;
		const index = draft.peek().files.findIndex((f) => f.name === place?.file);
		if (index >= 0)
			activeFile.value = index;
	};

	const scrollToPlace = () => {
		installed.value;
		const place = cursor.place.value;
		if (place?.line === undefined || (place.file !== undefined && place.file !== current.peek().name))
			return;
		const at = startOf(editor.state, place.line);
		if (at !== undefined)
			editor.dispatch({ effects: EditorView.scrollIntoView(at, { y: "nearest", yMargin: 60 }) });
	};

	const underlineProblems = () => {
		installed.value;
		const lines = diagnostics.value
			.filter((d) => d.file === undefined || d.file === current.peek().name)
			.map((d) => underline(d, editor.state))
			.filter((d): d is Underline => d !== undefined);
		editor.dispatch(setDiagnostics(editor.state, lines));
	};

	const effects = [
		effect(() => {
			const wanted = wantedFile.value;
			untracked(() => install(wanted));
		}),
		effect(() => {
			installed.value;
			editor.dispatch({ effects: setDots.of(lineBreakpoints.value[current.peek().name] ?? []) });
		}),
		effect(paint),
		effect(showPlace),
		effect(scrollToPlace),
		effect(underlineProblems),
	];
	return () => {
		effects.forEach((dispose) => dispose());
		editor.destroy();
		view = undefined;
	};
}
