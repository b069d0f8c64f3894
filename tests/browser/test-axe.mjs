#!/usr/bin/env node
/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What axe-core finds in the states that a person sees, at three widths, light and dark, on the mock. Usage: test-axe.mjs BUILD */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { same } from "./lib.mjs";
import { keepSource, mood, runOnMock, SOURCE } from "./mock.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Every violation that axe-core knows of, in the states that a person sees. */
async function violations(browser, mock, viewport, colorScheme) {
	const context = await browser.newContext({ viewport, colorScheme, bypassCSP: true });
	const page = await context.newPage();
	await page.addInitScript(AXE);
	await page.addInitScript(keepSource, SOURCE);
	await page.goto(mock.address);
	const found = [];
	const look = async (where) => {
		const { violations: all } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
		found.push(...all.map((v) => `${where}: ${v.id} at ${v.nodes[0].target}`));
	};
	await look("empty");
	await page.locator("#run").click();
	await mood(page, "stopped");
	await page.keyboard.press("F5");
	await mood(page, "waiting");
	await look("waiting");
	await page.locator("#input").fill("3");
	await page.locator("#send-input").click();
	await mood(page, "done");
	await page.keyboard.press("F7");
	await page.locator("#to-end[aria-disabled=false]").waitFor();
	for (const segment of await page.locator("[id^=segment-]").all()) {
		await segment.click();
		await look(await segment.innerText());
	}
	await look("before the newest step");
	const segment = async (name) => {
		const button = page.locator(`#segment-${name}`);
		if (await button.count() > 0)
			await button.click();
	};
	await segment("state");
	await page.locator('#variables [data-variable="n"] .value').click();
	await look("a value's menu");
	await page.keyboard.press("Escape");
	await page.locator("#vectors-toggle").click();
	await page.locator("#tab-watch").click();
	for (const expression of ["n", "nothing"]) {
		await page.locator("#watch-expression").fill(expression);
		await page.keyboard.press("Enter");
	}
	await page.locator('#watches [data-variable="nothing"]').filter({ hasText: "no variable" }).waitFor();
	await look("watches");
	await page.locator("#tab-memory").click();
	await page.locator("#memory-address").fill("&n");
	await page.keyboard.press("Enter");
	await page.locator("#memory").waitFor();
	await look("memory");
	await segment("output");
	await page.locator("#tab-breakpoints").click();
	await page.locator("#function-breakpoint").fill("factorial");
	await page.keyboard.press("Enter");
	await page.locator("#breakpoints").waitFor();
	await look("breakpoints");
	await page.locator("#breakpoints .edit").click();
	await look("a breakpoint's dialog");
	await page.keyboard.press("Escape");
	await page.locator("#stops").click();
	await look("what else stops");
	await page.keyboard.press("Escape");
	for (const tab of ["syscalls", "threads"]) {
		await page.locator(`#tab-${tab}`).click();
		await page.locator(`#${tab}`).waitFor();
		await look(tab);
	}
	await page.locator("#recording").click();
	await look("recording");
	await page.locator("#resume-here").click();
	await page.locator("#question-text").waitFor();
	await look("a question");
	await page.keyboard.press("Escape");
	for (const opens of ["#examples", "#program-input", "#help"]) {
		await page.locator(opens).click();
		await look(opens);
		await page.keyboard.press("Escape");
	}
	await context.close();
	return found.join("; ");
}

const axeAt = (width, height, scheme) => Object.defineProperty(async ({ browser, mock }) =>
	same(await violations(browser, mock, { width, height }, scheme), "", "violations"), "name", { value: `axeAt${width}${scheme}` });

await runOnMock([[1400, 900], [1024, 768], [390, 844]].flatMap(([w, h]) => ["Light", "Dark"].map((s) => axeAt(w, h, s.toLowerCase()))));
