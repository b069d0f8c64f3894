/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* GNU assembler, both syntaxes, for the editor and, word by word, for the disassembly. */

import { StreamLanguage, type StringStream } from "@codemirror/language";

/** Names as Intel syntax and `.intel_syntax noprefix` have them; AT&T puts % before any of them. */
const REGISTER = new RegExp("^(?:" + [
	"[re]?(?:ax|bx|cx|dx|si|di|bp|sp|ip)", "[abcd][lh]", "(?:si|di|bp|sp)l", "r(?:8|9|1[0-5])[dwb]?", "[re]?flags",
	"[cdefgs]s", "[xyz]mm(?:[12]?\\d|3[01])", "k[0-7]", "st(?:\\([0-7]\\))?", "[cd]r\\d",
	"[xw](?:[12]?\\d|30)", "[xw]zr", "[bhsdqv](?:[12]?\\d|3[01])", "sp", "lr", "pc",
].join("|") + ")$", "i");

const SIZE_WORD = /^(?:byte|[dqo]?word|[xyz]mmword|tbyte|ptr|offset|short)$/i;

export const isRegister = (word: string): boolean => word.startsWith("%") || REGISTER.test(word);

interface LineState {
	/** The mnemonic of this line is still to come. */
	fresh: boolean;
	comment: boolean;
}

function token(stream: StringStream, state: LineState): string | null {
	if (stream.sol())
		state.fresh = true;
	if (state.comment) {
		state.comment = !stream.skipTo("*/");
		if (state.comment)
			stream.skipToEnd();
		else
			stream.match("*/");
		return "comment";
	}
	if (stream.eatSpace())
		return null;
	if (stream.match("/*")) {
		state.comment = true;
		return "comment";
	}
	if (stream.match("#") || stream.match("//") || (state.fresh && stream.match(";"))) {
		stream.skipToEnd();
		return "comment";
	}
	if (stream.match(/^"(?:[^"\\]|\\.)*"?/) || stream.match(/^'(?:[^'\\]|\\.)'?/))
		return "string";
	if (stream.match(/^\$?-?(?:0x[0-9a-f]+|0b[01]+|\d[\d.]*(?:e[+-]?\d+)?)\b/i))
		return "number";
	if (stream.eat(";")) {
		state.fresh = true;
		return "punctuation";
	}
	if (stream.match(/^%[a-z][a-z0-9]*(?:\(\d\))?/i))
		return "variableName.special";
	if (state.fresh && stream.match(/^[\w.$]+:/))
		return "labelName";
	if (stream.match(/^[\w.$@]+/)) {
		const word = stream.current();
		if (state.fresh) {
			state.fresh = /^(?:rep[nez]*|lock)$/i.test(word);
			return word.startsWith(".") ? "meta" : "keyword";
		}
		if (REGISTER.test(word))
			return "variableName.special";
		return SIZE_WORD.test(word) ? "typeName" : word.startsWith("@") ? "meta" : "variableName";
	}
	stream.next();
	return "punctuation";
}

export const gas = StreamLanguage.define<LineState>({
	name: "gas",
	startState: () => ({ fresh: true, comment: false }),
	token,
	languageData: { commentTokens: { line: "#", block: { open: "/*", close: "*/" } } },
});

export interface Word {
	text: string;
	kind: "mnemonic" | "register" | "number" | "symbol" | "plain";
}

/** One disassembled instruction as coloured words. */
export function wordsOf(instruction: string): Word[] {
	const found: Word[] = [];
	for (const m of instruction.matchAll(/<[^>]*>|[$#]?-?0x[0-9a-f]+|\$-?\d+|%?[a-z_.][\w.]*|-?\b\d+\b|[^\w%$<]+|./gi)) {
		const text = m[0];
		const kind = found.length === 0 ? "mnemonic"
			: /^[$#]?-?(0x|\d)/.test(text) ? "number"
			: isRegister(text) ? "register"
			: /^[<a-z_]/i.test(text) && !SIZE_WORD.test(text) ? "symbol" : "plain";
		found.push({ text, kind });
	}
	return found;
}
