/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A program's output as lines of coloured text: the part of a terminal that programs of this size use. Carriage return,
 * backspace and tab move in the line, SGR colours, every other escape sequence is dropped. The result is text, never markup.
 */

export interface Run {
	text: string;
	/** Class names, "" for none. */
	look: string;
}

const ESCAPE = /\x1b(?:\[([0-9;?]*)([ -/]*)([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])/y;

class Line {
	cells: string[] = [];
	looks: string[] = [];
	at = 0;

	put(character: string, look: string): void {
		while (this.cells.length < this.at) {
			this.cells.push(" ");
			this.looks.push("");
		}
		this.cells[this.at] = character;
		this.looks[this.at] = look;
		this.at++;
	}

	runs(into: Run[]): void {
		for (let i = 0; i < this.cells.length; i++) {
			const last = into.at(-1);
			if (last && last.look === this.looks[i])
				last.text += this.cells[i];
			else
				into.push({ text: this.cells[i]!, look: this.looks[i]! });
		}
	}
}

interface Look {
	colour?: number;
	bold: boolean;
}

function sgr(parameters: string, look: Look): Look {
	const next = { ...look };
	for (const p of parameters.split(";").map(Number)) {
		if (p === 0) {
			next.colour = undefined;
			next.bold = false;
		} else if (p === 1)
			next.bold = true;
		else if (p === 22)
			next.bold = false;
		else if (p >= 30 && p <= 37)
			next.colour = p - 30;
		else if (p >= 90 && p <= 97)
			next.colour = p - 90;
		else if (p === 39)
			next.colour = undefined;
		else if (p === 38 || p === 48)
			break;
	}
	return next;
}

const classOf = (look: Look): string =>
	[look.colour === undefined ? "" : `ansi-${look.colour}`, look.bold ? "ansi-bold" : ""].join(" ").trim();

/** Text without anything of a terminal in it needs no cells. */
const PLAIN = /^[^\x00-\x08\x0b-\x1f\x7f]*$/;

export function render(output: string): Run[] {
	const unix = output.replace(/\r+\n/g, "\n");
	if (PLAIN.test(unix))
		return unix === "" ? [] : [{ text: unix, look: "" }];
	const runs: Run[] = [];
	let look: Look = { bold: false };
	let line = new Line();
	for (let i = 0; i < unix.length;) {
		ESCAPE.lastIndex = i;
		const escape = ESCAPE.exec(unix);
		if (escape) {
			if (escape[3] === "m")
				look = sgr(escape[1] ?? "", look);
			i = ESCAPE.lastIndex;
			continue;
		}
		const c = String.fromCodePoint(unix.codePointAt(i)!);
		i += c.length;
		if (c === "\n") {
			line.at = line.cells.length;
			line.put("\n", "");
			line.runs(runs);
			line = new Line();
		} else if (c === "\r")
			line.at = 0;
		else if (c === "\b")
			line.at = Math.max(0, line.at - 1);
		else if (c === "\t" || c >= " ")
			line.put(c, classOf(look));
	}
	line.runs(runs);
	return runs;
}
