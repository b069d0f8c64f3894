/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The words of assembler: what is a register, and one disassembled instruction in parts to be coloured. */

/** Names as Intel syntax and `.intel_syntax noprefix` have them; AT&T puts % before any of them. */
export const REGISTER = new RegExp("^(?:" + [
	"[re]?(?:ax|bx|cx|dx|si|di|bp|sp|ip)", "[abcd][lh]", "(?:si|di|bp|sp)l", "r(?:8|9|1[0-5])[dwb]?", "[re]?flags",
	"[cdefgs]s", "[xyz]mm(?:[12]?\\d|3[01])", "k[0-7]", "st(?:\\([0-7]\\))?", "[cd]r\\d",
	"[xw](?:[12]?\\d|30)", "[xw]zr", "[bhsdqv](?:[12]?\\d|3[01])", "sp", "lr", "pc",
].join("|") + ")$", "i");

export const SIZE_WORD = /^(?:byte|[dqo]?word|[xyz]mmword|tbyte|ptr|offset|short)$/i;

const isRegister = (word: string): boolean => word.startsWith("%") || REGISTER.test(word);

export interface Word {
	text: string;
	kind: "mnemonic" | "register" | "number" | "symbol" | "plain";
}

/** One disassembled instruction as coloured words. */
export function wordsOf(instruction: string): Word[] {
	const found: Word[] = [];
	for (const m of instruction.matchAll(/<[^>]*>|[$#]?-?0x[0-9a-f]+|\$-?\d+|%?[a-z_.][\w.]*|-?\b\d+\b|[^\w%$<#-]+|./gi)) {
		const text = m[0];
		const kind = found.length === 0 ? "mnemonic"
			: /^[$#]?-?(0x|\d)/.test(text) ? "number"
			: isRegister(text) ? "register"
			: /^[<a-z_]/i.test(text) && !SIZE_WORD.test(text) ? "symbol" : "plain";
		found.push({ text, kind });
	}
	return found;
}
