/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The page on the mock service (httpd/www/dev): what the suites on it share. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openPage, runTests, same, startBrowser } from "./lib.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const built = join(resolve(process.argv[2]), "httpd", "page");
const dev = join(here, "..", "..", "httpd", "www", "dev");
export const { SOURCE } = await import(join(dev, "program.mjs"));

if (!existsSync(join(built, ".build", "node_modules"))) {
	console.log("1..0 # SKIP the build took a page that was built before");
	process.exit(0);
}

function startMock() {
	const child = spawn(process.execPath, [join(dev, "mock.mjs"), built], { stdio: ["ignore", "pipe", "inherit"] });
	return new Promise((found, failed) => {
		createInterface({ input: child.stdout }).once("line", (line) => found({
			address: line.split(" ")[0],
			stop: () => child.kill("SIGTERM"),
		}));
		child.once("exit", (code) => failed(new Error(`the mock ended with ${code}`)));
	});
}

export const mood = (page, wanted) => page.waitForFunction((m) => document.querySelector("#status").dataset.mood === m, wanted);
export const atPosition = (page, wanted) => page.waitForFunction((p) => document.querySelector("#position").value === p, String(wanted));
export function keepSource(source) {
	if (localStorage.getItem("penguintrace.draft") === null)
		localStorage.setItem("penguintrace.draft", JSON.stringify({
			language: "c", compiler: "gcc", flags: "", files: [{ name: "main.c", text: source }], args: "", env: "", stdin: "",
		}));
}

/** Runs tests, each with a page of its own, and ends the process with their result. */
export async function runOnMock(tests) {
	const mock = await startMock();
	const browser = await startBrowser();
	const fixture = {
		async make() {
			const opened = await openPage(browser, { address: "about:blank" });
			opened.complaints.length = 0;
			await opened.page.addInitScript(keepSource, SOURCE);
			await opened.page.goto(mock.address);
			return { ...opened, browser, mock, expected: [] };
		},
		verify({ complaints, expected }) {
			const left = complaints.filter((text) => !text.startsWith("asks ") && !expected.some((e) => text.includes(e)));
			same(left.join("; "), "", "complaints of the page");
			const foreign = complaints.filter((text) => text.startsWith("asks ") && !text.startsWith(`asks ${mock.address}`));
			same(foreign.join("; "), "", "requests to others");
		},
		async explain({ page, complaints }) {
			console.log(`# status: ${await page.locator("#status").innerText().catch(() => "?")}`);
			for (const text of complaints.filter((t) => !t.startsWith("asks ")))
				console.log(`# page: ${text}`);
		},
		async end({ context }) {
			await context.close();
		},
	};
	const failed = await runTests(tests, fixture);
	await browser.close();
	mock.stop();
	process.exit(failed ? 1 : 0);
}
