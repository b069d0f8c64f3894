#!/usr/bin/env node
/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Breakpoints with conditions, hits and messages, on functions, off and on; visits of a line. Usage: test-breakpoints.mjs BUILD */

import { check, same } from "./lib.mjs";
import { Person, runOnService } from "./person.mjs";

const LOOP = `#include <stdio.h>

static int twice(int n)
{
	return 2 * n;
}

int main(void)
{
	int sum = 0;
	for (int i = 0; i < 20; i++)
		sum += twice(i);
	printf("sum %d\\n", sum);
	return 0;
}
`;
const SUM_LINE = 12;

const variable = (page, name) => page.locator(`#variables [data-variable="${name}"] .value`);
const listed = (page, name) => page.locator(`#breakpoints [data-breakpoint="${name}"]`);
const line = (page, number) => page.locator("#editor .cm-line").nth(number - 1);

/** By keys alone: the caret's line, Shift+F9, a field, Enter. */
async function setByKeys(page, number, field, text) {
	await line(page, number).click();
	await page.keyboard.press("Shift+F9");
	await page.locator(`#${field}`).focus();
	await page.keyboard.type(text);
	await page.keyboard.press("Enter");
	await page.locator("#breakpoint-dialog[open]").waitFor({ state: "detached" });
}

const goOn = (page) => page.locator("#run[aria-disabled=false]").click();

async function aConditionIsTypedAndHonoured({ page, person }) {
	await person.type(LOOP);
	await setByKeys(page, SUM_LINE, "condition", "i == 13");
	await page.locator("#editor .pt-dot.asks").waitFor();
	await person.run();
	await goOn(page);
	await person.status(/breakpoint.*line 12/i);
	await variable(page, "i").filter({ hasText: /^13$/ }).waitFor();
	await page.locator("#tab-breakpoints").click();
	await listed(page, "main.c:12").filter({ hasText: "if i == 13" }).waitFor();
}

async function aWrongConditionSaysSo({ page, person }) {
	await person.type(LOOP);
	await person.run();
	await setByKeys(page, SUM_LINE, "condition", "i ==");
	await page.locator("#editor .pt-dot.unverified").waitFor();
	await page.locator("#tab-breakpoints").click();
	await listed(page, "main.c:12").filter({ hasText: /Not set: .*column/ }).waitFor();
	await page.locator('[aria-label="Edit main.c:12"]').click();
	await page.locator("#condition").fill("i == 2");
	await page.locator("#save-breakpoint").click();
	await page.locator("#editor .pt-dot.unverified").waitFor({ state: "detached" });
}

async function aMessageIsSaidBesideTheOutput({ page, person }) {
	await person.type(LOOP);
	await person.record("ahead");
	await setByKeys(page, SUM_LINE, "log-message", "i is {i}");
	await page.locator("#editor .pt-dot.says").waitFor();
	await person.run();
	await goOn(page);
	await person.status(/exit/i);
	await page.locator("#log li").nth(19).filter({ hasText: "i is 19" }).waitFor();
	check(!(await page.locator("#output").innerText()).includes("i is"), "the program's output is its own");
	const step = page.locator("#log li").nth(4).locator("button");
	const position = (await step.innerText()).replace(/\D/g, "");
	await step.click();
	await page.waitForFunction((p) => document.querySelector("#position").value.replace(/\D/g, "") === p, position);
	await variable(page, "i").filter({ hasText: /^4$/ }).waitFor();
	same(await page.locator("#log li.later").count(), 15, "messages of later steps");
	await page.locator("#clear-log").click();
	await page.locator("#log").waitFor({ state: "detached" });
}

async function hitsAreCounted({ page, person }) {
	await person.type(LOOP);
	await setByKeys(page, SUM_LINE, "hit-condition", "%7");
	await person.run();
	for (const i of [6, 13]) {
		await goOn(page);
		await variable(page, "i").filter({ hasText: new RegExp(`^${i}$`) }).waitFor();
	}
	await page.locator("#reverse-continue[aria-disabled=false]").click();
	await variable(page, "i").filter({ hasText: /^6$/ }).waitFor();
}

async function oneThatIsOffDoesNotStop({ page, person }) {
	await person.type(LOOP);
	await line(page, SUM_LINE).click();
	await person.record("ahead");
	await page.keyboard.press("F9");
	await page.keyboard.press("Control+F9");
	await page.locator("#editor .pt-dot.off").waitFor();
	await person.run();
	await goOn(page);
	await person.status(/exit/i);
	await page.locator("#tab-breakpoints").click();
	await page.locator('[aria-label="main.c:12 enabled"]').check();
	await page.locator("#editor .pt-dot.off").waitFor({ state: "detached" });
	await page.locator("#reverse-continue[aria-disabled=false]").click();
	await person.status(/breakpoint.*line 12/i);
}

async function stopsInAFunctionByName({ page, person }) {
	await person.type(LOOP);
	await page.locator("#tab-breakpoints").click();
	await page.locator("#function-breakpoint").fill("twice");
	await page.keyboard.press("Enter");
	await person.run();
	await goOn(page);
	await person.status(/breakpoint in twice/);
	await page.locator('[aria-label="Delete twice()"]').click();
	await listed(page, "twice()").waitFor({ state: "detached" });
	await goOn(page);
	await person.status(/exit/i);
}

async function anotherTabKeepsWhatThisOneAsked({ page, person, context }) {
	await person.type(LOOP);
	await person.run();
	await setByKeys(page, SUM_LINE, "condition", "i == 3");
	const other = await context.newPage();
	await other.goto(page.url());
	await other.locator("#editor .pt-dot.asks").waitFor();
	const second = new Person(other);
	await other.locator("#editor .cm-line").nth(12).click();
	await other.keyboard.press("F9");
	await page.locator("#editor .pt-dot").nth(1).waitFor();
	await goOn(other);
	await second.status(/breakpoint.*line 12/i);
	await variable(other, "i").filter({ hasText: /^3$/ }).waitFor();
}

async function theGutterHasAMenu({ page, person }) {
	await person.type(LOOP);
	await person.run();
	const [gutter, text] = await Promise.all([page.locator("#editor .pt-breakpoints").boundingBox(), line(page, SUM_LINE).boundingBox()]);
	const rightClick = () => page.mouse.click(gutter.x + gutter.width / 2, text.y + text.height / 2, { button: "right" });
	await rightClick();
	await page.locator("#menu button", { hasText: "Run to this line" }).waitFor();
	await page.waitForFunction(() => document.activeElement?.getAttribute("role") === "menuitem");
	await page.keyboard.press("Escape");
	await page.locator("#menu").waitFor({ state: "detached" });
	await rightClick();
	await page.locator("#menu button", { hasText: "Run to this line" }).click();
	await person.status(/line 12/);
}

async function goesFromVisitToVisit({ page, person }) {
	await person.type(LOOP);
	await line(page, 13).click();
	await page.keyboard.press("F9");
	await person.record("ahead");
	await person.run();
	await page.locator(".tape.ended").waitFor();
	await line(page, SUM_LINE).click();
	await page.keyboard.press("Control+F8");
	await page.locator("#visits-text").filter({ hasText: "Line 12 ran 20 times, this is number 1" }).waitFor();
	await page.locator("#next-visit").click();
	await page.locator("#visits-text").filter({ hasText: "this is number 2" }).waitFor();
	await variable(page, "i").filter({ hasText: /^1$/ }).waitFor();
	await line(page, SUM_LINE).click();
	await page.keyboard.press("Control+F7");
	await page.locator("#visits-text").filter({ hasText: "this is number 1" }).waitFor();
	await page.locator("#previous-visit").click();
	await page.locator("#notice-text").filter({ hasText: "was not reached before" }).waitFor();
}

await runOnService(process.argv[2], [
	aConditionIsTypedAndHonoured, aWrongConditionSaysSo, aMessageIsSaidBesideTheOutput, hitsAreCounted, oneThatIsOffDoesNotStop,
	stopsInAFunctionByName, anotherTabKeepsWhatThisOneAsked, theGutterHasAMenu, goesFromVisitToVisit,
]);
