/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The editor's looks. It lives in a shadow root (README.md), so its colours come in as custom properties of app.css. */

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const band = (n: number) => ({
	[`.pt-band-${n}`]: { backgroundColor: `var(--band-${n})`, boxShadow: `inset 3px 0 var(--edge-${n})` },
});

const view = EditorView.theme({
	"&": { height: "100%", fontSize: "var(--code-size)", color: "var(--ink)", backgroundColor: "var(--panel)" },
	"&.cm-focused": { outline: "none" },
	".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "var(--code-line)", overflow: "auto" },
	".cm-content": { caretColor: "var(--ink)", paddingBottom: "40px" },
	".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
	"&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
		{ backgroundColor: "var(--selection)" },
	".cm-gutters": { backgroundColor: "var(--panel)", color: "var(--faint)", borderRight: "1px solid var(--line)" },
	".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--ink)" },
	".cm-lineNumbers .cm-gutterElement": { minWidth: "26px", padding: "0 6px 0 2px" },
	".pt-breakpoints": { width: "20px", cursor: "pointer" },
	".pt-breakpoints .cm-gutterElement": { display: "flex", alignItems: "center", justifyContent: "center" },
	".pt-dot": {
		width: "11px", height: "11px", borderRadius: "50%", boxSizing: "border-box",
		backgroundColor: "var(--breakpoint)", border: "2px solid var(--breakpoint)",
	},
	".pt-dot.unverified": { backgroundColor: "transparent" },
	".pt-dot.off": { backgroundColor: "transparent", borderColor: "var(--faint)" },
	".pt-dot.says": { borderRadius: "0", transform: "rotate(45deg)", width: "10px", height: "10px" },
	".pt-dot.asks": { boxShadow: "inset 0 0 0 1.5px var(--panel)" },
	".pt-breakpoints .cm-gutterElement:hover:not(:has(.pt-dot))::after": {
		content: "''", width: "9px", height: "9px", borderRadius: "50%", backgroundColor: "var(--breakpoint)", opacity: "0.35",
	},
	...band(0), ...band(1), ...band(2), ...band(3), ...band(4), ...band(5),
	".pt-hover": { outline: "1px solid var(--accent)", outlineOffset: "-1px" },
	".pt-current": { backgroundColor: "var(--current) !important", boxShadow: "inset 4px 0 var(--current-edge) !important" },
	".pt-frame": { boxShadow: "inset 4px 0 var(--accent) !important" },
	".pt-here": { color: "var(--current-edge)", fontWeight: "bold" },
	".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--error) 1px", textUnderlineOffset: "3px" },
	".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--warning) 1px", textUnderlineOffset: "3px" },
	".cm-lintRange-info": { backgroundImage: "none", textDecoration: "underline dotted var(--accent) 1px", textUnderlineOffset: "3px" },
	".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "6px" },
	".cm-diagnostic": { padding: "4px 8px", fontFamily: "var(--sans)" },
	".cm-panels": { backgroundColor: "var(--raised)", color: "var(--ink)", borderColor: "var(--line)" },
	".cm-textfield": { backgroundColor: "var(--panel)", color: "var(--ink)", border: "1px solid var(--line)" },
	".cm-button": { backgroundImage: "none", backgroundColor: "var(--panel)", color: "var(--ink)", border: "1px solid var(--line)" },
	".cm-searchMatch": { backgroundColor: "var(--match)" },
	"&.cm-focused .cm-matchingBracket": { backgroundColor: "transparent", outline: "1px solid var(--faint)" },
});

const highlight = HighlightStyle.define([
	{ tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: "var(--code-keyword)" },
	{ tag: [tags.typeName, tags.standard(tags.typeName), tags.namespace], color: "var(--code-type)" },
	{ tag: [tags.string, tags.character, tags.special(tags.string)], color: "var(--code-string)" },
	{ tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
	{ tag: [tags.comment, tags.lineComment, tags.blockComment], color: "var(--code-comment)", fontStyle: "italic" },
	{ tag: [tags.meta, tags.processingInstruction, tags.macroName], color: "var(--code-meta)" },
	{ tag: [tags.special(tags.variableName)], color: "var(--code-register)" },
	{ tag: [tags.labelName, tags.function(tags.variableName), tags.function(tags.definition(tags.variableName))], color: "var(--code-function)" },
]);

export const theme = [view, syntaxHighlighting(highlight)];
