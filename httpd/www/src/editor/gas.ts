/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* GNU assembler, both syntaxes, for the editor. */

import { StreamLanguage, type StringStream } from "@codemirror/language";
import { REGISTER, SIZE_WORD } from "./asm-words";

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
