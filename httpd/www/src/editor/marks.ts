/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a run paints on the source: the current line, a selected frame's line, the bands. Lines are those of the text that was
 * run; the text may have been edited since, so they are carried through the changes made after it.
 */

import { ChangeSet, StateEffect, StateField, Text, type EditorState, type Range } from "@codemirror/state";
import { Decoration, EditorView, gutter, gutterLineClass, GutterMarker, type DecorationSet } from "@codemirror/view";
import { RangeSet } from "@codemirror/state";
import { isPlain, wishText, type LineBreakpoint } from "../model/breakpoints";

export interface Marks {
	current?: number;
	frame?: number;
	hover?: number;
	/** line → colour number */
	bands: ReadonlyMap<number, number>;
}

interface Origin {
	text: Text;
	changes: ChangeSet;
}

/** The text that was run, or undefined when this file was not part of a run. */
export const setOrigin = StateEffect.define<Text | undefined>();
export const setMarks = StateEffect.define<Marks>();

const origin = StateField.define<Origin | undefined>({
	create: () => undefined,
	update(value, tr) {
		for (const effect of tr.effects)
			if (effect.is(setOrigin))
				return effect.value && effect.value.eq(tr.newDoc)
					? { text: effect.value, changes: ChangeSet.empty(tr.newDoc.length) }
					: undefined;
		if (!value || !tr.docChanged)
			return value;
		return { text: value.text, changes: value.changes.compose(tr.changes) };
	},
});

/** Where a line of the text that was run begins now. */
export function startOf(state: EditorState, line: number): number | undefined {
	const from = state.field(origin, false);
	const text = from?.text ?? state.doc;
	if (line < 1 || line > text.lines)
		return undefined;
	const at = text.line(line).from;
	return state.doc.lineAt(from ? from.changes.mapPos(at, 1) : at).from;
}

const currentLine = Decoration.line({ class: "pt-current", attributes: { "aria-current": "step" } });
const frameLine = Decoration.line({ class: "pt-frame" });
const hoverLine = Decoration.line({ class: "pt-hover" });
const bandLines = Array.from({ length: 6 }, (_, n) => Decoration.line({ class: `pt-band-${n}` }));

function decorate(state: EditorState, marks: Marks): DecorationSet {
	const ranges: Range<Decoration>[] = [];
	const add = (line: number | undefined, decoration: Decoration) => {
		const at = line === undefined ? undefined : startOf(state, line);
		if (at !== undefined)
			ranges.push(decoration.range(at));
	};
	for (const [line, colour] of marks.bands)
		add(line, bandLines[colour]!);
	add(marks.current, currentLine);
	add(marks.frame, frameLine);
	add(marks.hover, hoverLine);
	return Decoration.set(ranges, true);
}

const decorations = StateField.define<DecorationSet>({
	create: () => Decoration.none,
	update(value, tr) {
		for (const effect of tr.effects)
			if (effect.is(setMarks))
				return decorate(tr.state, effect.value);
		return value.map(tr.changes);
	},
	provide: (field) => EditorView.decorations.from(field),
});

class HereMarker extends GutterMarker {
	override elementClass = "pt-here";
}

const here = new HereMarker();

const hereLine = gutterLineClass.compute([decorations], (state) => {
	const at: Range<GutterMarker>[] = [];
	state.field(decorations).between(0, state.doc.length, (from, _to, decoration) => {
		if (decoration.eq(currentLine))
			at.push(here.range(from));
	});
	return RangeSet.of(at);
});

export const marks = [origin, decorations, hereLine];

export type Dot = LineBreakpoint;

export const setDots = StateEffect.define<Dot[]>();

class DotMarker extends GutterMarker {
	readonly dot: Dot;
	constructor(dot: Dot) {
		super();
		this.dot = dot;
	}
	override eq(other: DotMarker): boolean {
		return JSON.stringify({ ...other.dot, line: 0 }) === JSON.stringify({ ...this.dot, line: 0 });
	}
	override toDOM(): Node {
		const node = document.createElement("div");
		const { dot } = this;
		node.className = ["pt-dot", dot.verified === false && "unverified", dot.enabled === false && "off", dot.logMessage ? "says" :
			(dot.condition || dot.hitCondition) && "asks"].filter(Boolean).join(" ");
		node.title = [`Breakpoint${isPlain(dot) ? "" : `, ${wishText(dot)}`}`, dot.message].filter(Boolean).join(". ");
		return node;
	}
}

const dots = StateField.define<RangeSet<DotMarker>>({
	create: () => RangeSet.empty,
	update(value, tr) {
		for (const effect of tr.effects)
			if (effect.is(setDots))
				return RangeSet.of(effect.value
					.filter((d) => d.line >= 1 && d.line <= tr.newDoc.lines)
					.map((d) => new DotMarker(d).range(tr.newDoc.line(d.line).from)), true);
		return value.map(tr.changes);
	},
});

/** The breakpoints as they stand in the text now, at most one a line. */
export function dotsOf(state: EditorState): Dot[] {
	const found = new Map<number, Dot>();
	state.field(dots).between(0, state.doc.length, (from, _to, marker) => {
		const line = state.doc.lineAt(from).number;
		found.set(line, { ...marker.dot, line });
	});
	return [...found.values()];
}

/** The gutter; a click asks for the line's breakpoint to be toggled, a right click for what else can be done there. */
export const breakpointGutter = (toggle: (line: number) => void, menu: (line: number, at: MouseEvent) => void) => [
	dots,
	gutter({
		class: "pt-breakpoints",
		markers: (view) => view.state.field(dots),
		initialSpacer: () => new DotMarker({ line: 0 }),
		domEventHandlers: {
			mousedown(view, block, event) {
				if ((event as MouseEvent).button === 0)
					toggle(view.state.doc.lineAt(block.from).number);
				return true;
			},
			contextmenu(view, block, event) {
				event.preventDefault();
				menu(view.state.doc.lineAt(block.from).number, event as MouseEvent);
				return true;
			},
		},
	}),
];
