#!/usr/bin/env node
/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Recorded ahead of the cursor: scrubbed, waited for, budgeted; and only as it is stepped. Usage: test-recording.mjs BUILD */

import { INPUT, check, same } from "./lib.mjs";
import { digits, runOnService } from "./person.mjs";

const LOOP = `#include <stdio.h>

int main(void)
{
	int sum = 0;
	for (int i = 0; i < 50; i++)
		sum += i;
	printf("sum %d\\n", sum);
	return 0;
}
`;

const ENDLESS = "int main(void)\n{\n\tvolatile unsigned n = 0;\n\tfor (;;)\n\t\tn++;\n}\n";

const frontier = async (page) => digits(await page.locator("#frontier").innerText());

async function theWholeRunIsThereAtTheStart({ page, person }) {
	await person.type(LOOP);
	await person.record("ahead");
	await person.run();
	await page.locator("#recording .tape.ended").waitFor();
	same(await person.position(), 0, "the cursor stays at the start");
	await person.status(/At the start in main/);
	const newest = await frontier(page);
	check(newest > 150, `recorded ahead: ${newest} steps`);
	await page.locator("#output .future").filter({ hasText: "sum 1225" }).waitFor();
	await page.locator("#position").fill(String(newest - 20));
	await page.keyboard.press("Enter");
	await page.waitForFunction((p) => document.querySelector("#position").value.replace(/\D/g, "") === String(p), newest - 20);
	await page.locator("#run[aria-disabled=false]").click();
	await person.status(/Exited with code 0/);
	same(await page.locator("#output .future").count(), 0, "nothing was printed later");
}

async function whatIsRecordedAheadWaitsForInput({ page, person }) {
	await person.type(INPUT);
	await person.record("ahead");
	await person.run();
	await page.locator("#recording .tape.waits").waitFor();
	await person.status(/At the start in main/);
	await page.locator("#step-over[aria-disabled=false]").waitFor();
	await page.locator(".input-line.asks label").filter({ hasText: /waits for input, at step \d/ }).waitFor();
	check(await page.evaluate(() => document.activeElement.id !== "input"), "it does not take the focus");
	await page.locator("#input").fill("Ada");
	await page.keyboard.press("Enter");
	await page.locator("#recording .tape.ended").waitFor();
	await page.locator("#output .typed").filter({ hasText: "Ada" }).waitFor();
	await page.locator("#run[aria-disabled=false]").click();
	await person.status(/exit/i);
	await page.waitForFunction(() => document.querySelector("#output").innerText === "name? Ada\nhello Ada\n");
}

async function aCommandThatComesToTheInputWaitsThere({ page, person }) {
	await person.type(INPUT);
	await person.record("ahead");
	await person.run();
	await page.locator("#run[aria-disabled=false]").click();
	await person.status(/Waiting for input/);
	await page.waitForFunction(() => document.activeElement.id === "input");
	await page.keyboard.type("Bob\n");
	await person.status(/exit/i);
	await person.output(/hello Bob/);
}

async function theBudgetIsNamedAndRaised({ page, person }) {
	await person.type(ENDLESS);
	await person.record("ahead", 500);
	await person.run();
	await page.locator("#recording .tape.full").waitFor();
	same(await frontier(page), 500, "frontier");
	await page.locator("#recording").click();
	await page.locator("#recorded-text").filter({ hasText: /500 steps were recorded ahead, up to step 500/ }).waitFor();
	await page.locator("#more-steps").fill("1500");
	await page.locator("#record-further").click();
	await page.waitForFunction(() => Number(document.querySelector("#frontier").innerText.replace(/\D/g, "")) >= 1500);
	same(await person.position(), 0, "the cursor stays");
}

async function onlyWhatIsSteppedWhenThatIsAsked({ page, person }) {
	await person.type(LOOP);
	await person.record("step");
	await person.run();
	same(await frontier(page), 0, "frontier");
	await person.press("step-over");
	same(await frontier(page), await person.position(), "frontier and cursor");
	await page.locator("#recording").click();
	same(await page.locator("#recording + .popover input[value=step]").isChecked(), true, "the policy that is shown");
	await page.locator("#recording + .popover input[value=ahead]").check();
	await page.waitForFunction(() => Number(document.querySelector("#frontier").innerText.replace(/\D/g, "")) > 150);
	await page.locator("#recording .tape.ended").waitFor();
}

async function endlessRunsCanBePausedAndLookedAt({ page, person }) {
	await person.type(ENDLESS);
	await person.record("ahead", 1000);
	await person.run();
	await page.locator("#run[aria-disabled=false]").click();
	await person.status(/Running/);
	await page.locator("#pause[aria-disabled=false]").click();
	await person.status(/Paused/);
	await person.press("to-start");
	await person.press("to-end");
	check(await person.position() >= 1000, "the newest step");
}

async function whatIsTakenBackIsPrintedAndTypedAgain({ page, person }) {
	await person.type(INPUT);
	await person.run();
	await page.locator("#recording .tape.waits").waitFor();
	await page.locator("#input").fill("Ada");
	await page.keyboard.press("Enter");
	await page.locator("#recording .tape.ended").waitFor();
	for (let i = 0; i < 2; i++)
		await person.press("step-over");
	await page.locator("#recording").click();
	await page.locator("#resume-here").click();
	await page.locator("#question-yes").click();
	await page.locator("#question[open]").waitFor({ state: "detached" });
	await page.locator("#run[aria-disabled=false]").click();
	await person.status(/Exited with code 0/);
	await page.waitForFunction(() => document.querySelector("#output").innerText === "name? Ada\nhello Ada\n");
}

async function aRecordedLibraryCallIsSteppedInto({ page, person }) {
	await person.type(LOOP);
	await person.record("ahead");
	await person.run();
	await page.locator("#recording .tape.ended").waitFor();
	await page.locator("#output .future").filter({ hasText: "sum 1225" }).waitFor();
	const key = async (name) => {
		const before = await page.locator("#position").inputValue();
		await page.keyboard.press(name);
		await page.waitForFunction((was) => document.querySelector("#position").value !== was, before);
	};
	await page.locator("#editor .cm-line").filter({ hasText: "printf" }).click();
	await key("Control+F10");
	await person.status(/line 8/i);
	await key("Control+F11");
	await person.status(/printf/);
	const inside = await person.position();
	same(await frontier(page), inside, "what was recorded behind it is recorded again, later");
	same(await page.locator("#output .future").count(), 0, "what it printed is taken back");
	await key("F8");
	await key("F8");
	same(await person.position(), inside + 2, "instructions of the library");
	await key("F7");
	same(await person.position(), inside + 1, "and back");
	await page.screenshot({ path: "/tmp/enter-inside.png" });
	await key("Shift+F11");
	await person.status(/in main/);
	await page.locator("#recording .tape.ended").waitFor();
	await page.locator("#run[aria-disabled=false]").click();
	await person.status(/Exited with code 0/);
	await page.waitForFunction(() => document.querySelector("#output").innerText === "sum 1225\n");
}

await runOnService(process.argv[2], [
	theWholeRunIsThereAtTheStart, whatIsRecordedAheadWaitsForInput, aCommandThatComesToTheInputWaitsThere, theBudgetIsNamedAndRaised,
	aRecordedLibraryCallIsSteppedInto, onlyWhatIsSteppedWhenThatIsAsked, endlessRunsCanBePausedAndLookedAt, whatIsTakenBackIsPrintedAndTypedAgain,
]);
