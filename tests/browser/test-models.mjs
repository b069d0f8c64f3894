#!/usr/bin/env node
/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The page's parts that have no elements: terminal text, output by byte, words, answers with wrong fields. Usage: test-models.mjs BUILD */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runTests, same } from "./lib.mjs";

const work = join(resolve(process.argv[2]), "httpd", "page", ".build");
if (!existsSync(join(work, "node_modules"))) {
	console.log("1..0 # SKIP the build took a page that was built before");
	process.exit(0);
}

/** What a browser has and these parts touch. */
Object.assign(globalThis, {
	localStorage: { getItem: () => null, setItem() {} },
	document: { addEventListener() {}, documentElement: { dataset: {} }, visibilityState: "visible" },
	matchMedia: () => ({ matches: false, addEventListener() {} }),
	addEventListener() {},
});

const { buildSync } = createRequire(join(work, "package.json"))("esbuild");

const scratch = mkdtempSync(join(tmpdir(), "penguintrace-models-"));
let loaded = 0;

/** Modules bundled as one, so that they share their state. */
async function load(...paths) {
	const contents = paths.map((path) => `export * from "./src/${path}";`).join("\n");
	const outfile = join(scratch, `${++loaded}.mjs`);
	buildSync({ stdin: { contents, resolveDir: work }, bundle: true, format: "esm", outfile });
	return import(outfile);
}

const plain = (runs) => runs.map((r) => r.text).join("");

async function terminalTextMovesInItsLine() {
	const { render } = await load("model/terminal.ts");
	same(plain(render("10%\r20%\r\nend\n")), "20%\nend\n", "carriage return");
	same(plain(render("abc\b\bX\n")), "aXc\n", "backspace");
	same(plain(render("abc\rX\nnext")), "Xbc\nnext", "a line that ends within");
	same(plain(render("a\x1b[2Jb\x1b]0;title\x07c\x1bMd")), "abcd", "other sequences");
	same(plain(render("<b>&amp;</b>")), "<b>&amp;</b>", "markup is text");
}

async function coloursEndWhereTheyAreEnded() {
	const { render } = await load("model/terminal.ts");
	const runs = render("\x1b[1;31mred\x1b[0m plain \x1b[38;5;7munknown");
	same(JSON.stringify(runs), JSON.stringify([
		{ text: "red", look: "ansi-1 ansi-bold" }, { text: " plain unknown", look: "" },
	]), "runs");
}

async function anUnfinishedSequenceHarmsNothing() {
	const { render } = await load("model/terminal.ts");
	for (const text of ["\x1b", "\x1b[", "\x1b[31", "\x1b]0;never ended", "\x1b[".repeat(50_000)])
		plain(render(text));
	same(plain(render("a\x1b[31")).startsWith("a"), true, "what came before");
}

async function outputComesInAnyOrder() {
	const { addOutput, addStateOutput, outputEnd, resetOutput } = await load("model/output.ts");
	resetOutput();
	same(addOutput(0, 5, "hello"), true, "first");
	same(addOutput(8, 9, "x"), false, "after a gap");
	same(addOutput(3, 8, "lo wo"), true, "overlapping");
	same(outputEnd(), 8, "end");
	same(addOutput(0, 4, "hell"), true, "known");
	same(addStateOutput("rld", 11), true, "a state's");
	same(outputEnd(), 11, "end");
	same(addStateOutput("\ufffd\ufffd", 20), false, "of unknown length");
}

/** Wait until a signal's value is as it should be. */
function until(signal, wanted) {
	return new Promise((done) => signal.subscribe((value) => wanted(value) && done()));
}

async function theCursorCutsOutputByBytes() {
	const { addOutput, cursorEnd, resetOutput, shown } = await load("model/output.ts");
	resetOutput();
	addOutput(0, 6, "añbñ");
	cursorEnd.value = 3;
	await until(shown, ({ before, after }) => before.length + after.length === 4);
	same(shown.value.before, "añ", "before");
	same(shown.value.after, "bñ", "after");
}

async function oldOutputIsLetGo() {
	const { addOutput, resetOutput, shown, cursorEnd } = await load("model/output.ts");
	resetOutput();
	const chunk = "x".repeat(10_000);
	for (let i = 0; i < 1000; i++)
		addOutput(i * 10_000, (i + 1) * 10_000, chunk);
	cursorEnd.value = 10_000_000;
	await until(shown, ({ before, skipped }) => skipped + before.length === 10_000_000);
	same(shown.value.before.length <= 280_000, true, "kept is bounded");
	same(shown.value.skipped + shown.value.before.length, 10_000_000, "and says what it left out");
}

async function wordsAreSplitLikeAShellsAndNoMore() {
	const { words } = await load("model/source.ts");
	same(words(`-O2  -DX="a b" 'c d' $(rm)`).join("|"), "-O2|-DX=a b|c d|$(rm)", "words");
	same(words("   ").length, 0, "none");
}

async function wrongFieldsBecomeShownValues() {
	const { readFrames, readInstructions, readState, readVariables, word } = await load("service/word.ts");
	same(String(word(-1)), "18446744073709551615", "negative");
	same(String(word("0xffffffffffffffff")), "18446744073709551615", "JSON");
	same(word("zebra"), undefined, "no word");
	for (const bad of [undefined, null, 7, "x", [], { registers: { rax: "zebra" }, live: 3, with: 9, stackFrames: [null], variables: [4], instructions: [{}] }]) {
		same(readState(bad).position, 0, "position");
		readFrames(bad);
		readVariables(bad);
		same(readInstructions(bad).length, 0, "instructions without an address");
	}
}

async function instructionsAreSplitIntoKinds() {
	const { wordsOf } = await load("editor/asm-words.ts");
	const kinds = (text) => wordsOf(text).filter((w) => w.kind !== "plain").map((w) => `${w.kind[0]}:${w.text}`).join(" ");
	same(kinds("mov %rax,-0x8(%rbp)"), "m:mov r:%rax n:-0x8 r:%rbp", "AT&T");
	same(kinds("mov dword ptr [rbp - 8], 4"), "m:mov r:rbp n:8 n:4", "Intel");
	same(kinds("jne 0x401136 <main+4>"), "m:jne n:0x401136 s:<main+4>", "a jump");
	for (const text of ["call 0x401136 <main>", "ldr x0, [sp, #-16]!", "vmovdqa %ymm0,(%rdi,%rcx,8)", "(bad)", ""])
		same(wordsOf(text).map((w) => w.text).join(""), text, "nothing is lost");
}

const failed = await runTests([
	terminalTextMovesInItsLine, coloursEndWhereTheyAreEnded, anUnfinishedSequenceHarmsNothing, outputComesInAnyOrder,
	theCursorCutsOutputByBytes, oldOutputIsLetGo, wordsAreSplitLikeAShellsAndNoMore, wrongFieldsBecomeShownValues,
	instructionsAreSplitIntoKinds,
], { make: () => ({}), end() {} });
rmSync(scratch, { recursive: true });
process.exit(failed ? 1 : 0);
