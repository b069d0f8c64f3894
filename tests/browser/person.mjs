/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A person before the page, on the real service: what the suites that go the whole path share. */

import { mkdirSync } from "node:fs";
import { openPage, runTests, same, startBrowser, startService } from "./lib.mjs";

export const digits = (text) => Number(text.replace(/\D/g, ""));

/** The page as an object with a person's deeds. */
export class Person {
	constructor(page) {
		this.page = page;
	}

	async type(source, language = "c") {
		await this.page.locator("#language").selectOption(language);
		await this.page.locator("#editor .cm-content").click();
		await this.page.keyboard.press("Control+a");
		await this.page.keyboard.insertText(source);
	}

	async run() {
		await this.page.locator("#run").click();
		await this.page.waitForFunction(() => document.querySelector("#position")?.value.replace(/\D/g, "") === "0");
	}

	/** How the next run is recorded. */
	async record(policy, budget) {
		await this.page.locator("#program-input").click();
		await this.page.locator("#policy").selectOption(policy);
		if (budget !== undefined)
			await this.page.locator("#budget").fill(String(budget));
		await this.page.keyboard.press("Escape");
	}

	async position() {
		return digits(await this.page.locator("#position").inputValue());
	}

	/** Press a button and wait until the shown position is another one. */
	async press(id) {
		const before = await this.page.locator("#position").inputValue();
		await this.page.locator(`#${id}[aria-disabled=false]`).click();
		await this.page.waitForFunction((was) => document.querySelector("#position").value !== was, before);
	}

	async status(pattern) {
		await this.page.locator("#status").filter({ hasText: pattern }).waitFor();
	}

	async output(text) {
		await this.page.locator("#output").filter({ hasText: text }).waitFor();
	}

	register(name) {
		return this.page.locator(`#registers [data-register="${name}"] dd`).innerText();
	}

	/** Address of the disassembly's current row. */
	async here() {
		return this.page.locator("#disassembly tr[aria-current=step]").getAttribute("data-address");
	}
}

/** Runs tests, each with a page and a session of its own, and ends the process with their result. */
export async function runOnService(build, tests) {
	const service = await startService(build);
	const browser = await startBrowser();
	const fixture = {
		async make() {
			const opened = await openPage(browser, service);
			return { ...opened, person: new Person(opened.page) };
		},
		/* The browser logs an answer of 422, which a compile error has; nothing else is to be complained of. */
		verify({ complaints }) {
			same(complaints.filter((text) => !text.includes("status of 422")).join("; "), "", "complaints of the page");
		},
		async explain({ page, complaints }, name) {
			mkdirSync("/tmp/penguintrace-shots", { recursive: true });
			await page.screenshot({ path: `/tmp/penguintrace-shots/${name.replace(/ /g, "-")}.png` });
			console.log(`# status: ${await page.locator("#status").innerText().catch(() => "?")}`);
			for (const text of complaints)
				console.log(`# page: ${text}`);
		},
		async end({ context }) {
			await context.close();
		},
	};
	const failed = await runTests(tests, fixture);
	await browser.close();
	await service.stop();
	process.exit(failed ? 1 : 0);
}
