#!/usr/bin/env node
/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Values on the real service: opened, watched, traced back to what changed them, changed by hand. Usage: test-values.mjs BUILD */

import { check, countRequests, same } from "./lib.mjs";
import { runOnService } from "./person.mjs";

const LIST = `#include <stdlib.h>

struct node { int value; struct node *next; };

static int square(int x)
{
	int y = x * x;
	return y;
}

int main(void)
{
	int sum = 0;
	int many[1000] = { 7 };
	struct node *list = NULL;
	for (int i = 1; i <= 4; i++) {
		struct node *n = malloc(sizeof *n);
		n->value = square(i);
		n->next = list;
		list = n;
		sum += n->value;
	}
	many[999] = sum;
	return sum;
}
`;
const SUM_LINE = 21;

const row = (page, name, tree = "variables") => page.locator(`#${tree} [data-variable="${name}"]`);

/** At the line that adds to the sum, for the nth time; no breakpoint is left. */
async function atSum({ page, person }, times, policy = "ahead") {
	await person.type(LIST);
	await person.record(policy);
	await page.locator("#editor .cm-line").nth(SUM_LINE - 1).click();
	await page.keyboard.press("F9");
	await person.run();
	for (let i = 0; i < times; i++) {
		await page.locator("#run[aria-disabled=false]").click();
		await page.locator("#variables [data-variable=i] .value").filter({ hasText: String(i + 1) }).waitFor();
	}
}

async function opensAListByKeyboardAndKeepsItOpen({ page, person }) {
	await atSum({ page, person }, 2);
	await row(page, "list").focus();
	await page.keyboard.press("ArrowRight");
	await row(page, "value").first().filter({ hasText: "4" }).waitFor();
	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("ArrowDown");
	await page.waitForFunction(() => document.activeElement.dataset.variable === "next");
	await page.keyboard.press("ArrowRight");
	await row(page, "value").nth(1).filter({ hasText: "1" }).waitFor();
	await page.locator("#run[aria-disabled=false]").click();
	await row(page, "value").first().filter({ hasText: "9" }).waitFor();
	same(await row(page, "value").nth(1).locator(".value").innerText(), "4", "the one below, still open");
	await page.locator('#variables tr.changed[data-variable="value"] [aria-label="changed"]').first().waitFor();
	await row(page, "list").focus();
	await page.keyboard.press("ArrowLeft");
	await row(page, "value").first().waitFor({ state: "detached" });
}

async function longArraysAreOpenedInRanges({ page, person }) {
	await atSum({ page, person }, 1);
	await row(page, "many").locator("th").click();
	await row(page, "[0 … 99]").locator("th").click();
	await row(page, "[0]").filter({ hasText: "7" }).waitFor();
	same(await page.locator('#variables tr[aria-level="2"]').count(), 10, "ranges");
	await row(page, "[900 … 999]").locator("th").click();
	await row(page, "[999]").filter({ hasText: "0" }).waitFor();
}

async function aStepWithOpenValuesIsOneRequest({ page, person }) {
	const sent = countRequests(page);
	await atSum({ page, person }, 2);
	await row(page, "list").locator("th").click();
	await row(page, "next").locator("th").click();
	await page.locator("#tab-watch").click();
	await page.locator("#watch-expression").fill("list->value + 1");
	await page.keyboard.press("Enter");
	await row(page, "list->value + 1", "watches").filter({ hasText: "5" }).waitFor();
	const before = sent.length;
	for (let i = 0; i < 3; i++)
		await person.press("step-insn");
	for (let i = 0; i < 3; i++)
		await person.press("step-back-insn");
	same(sent.length - before, 6, "frames sent for 6 steps");
}

async function watchesExpressions({ page, person }) {
	await atSum({ page, person }, 2);
	await page.locator("#tab-watch").click();
	for (const expression of ["sum", "*list", "nothing"]) {
		await page.locator("#watch-expression").fill(expression);
		await page.keyboard.press("Enter");
	}
	await row(page, "nothing", "watches").filter({ hasText: "no variable named" }).waitFor();
	await row(page, "sum", "watches").filter({ hasText: "1" }).waitFor();
	await row(page, "*list", "watches").locator("th").click();
	await row(page, "value", "watches").filter({ hasText: "4" }).waitFor();
	await page.locator("#run[aria-disabled=false]").click();
	await row(page, "sum", "watches").filter({ hasText: "5" }).waitFor();
	check(/^was 1/.test(await row(page, "sum", "watches").getAttribute("title")), "what it was can be had");
	await row(page, "nothing", "watches").focus();
	await page.keyboard.press("Delete");
	await row(page, "nothing", "watches").waitFor({ state: "detached" });
	await row(page, "sum", "watches").focus();
	await page.keyboard.press("F2");
	await page.keyboard.type("sum * 2");
	await page.keyboard.press("Enter");
	await row(page, "sum * 2", "watches").filter({ hasText: "10" }).waitFor();
	await page.reload();
	await page.locator("#tab-watch").click();
	await row(page, "sum * 2", "watches").filter({ hasText: "10" }).waitFor();
}

async function goesToTheLastChange({ page, person }) {
	await person.type(LIST);
	await person.run();
	for (let i = 0; i < 12; i++)
		await person.press("step-over");
	const here = await person.position();
	await row(page, "sum").focus();
	await page.keyboard.press("Enter");
	const item = page.locator("#menu button").filter({ hasText: /Last changed at step .* – go/ });
	await item.waitFor();
	const step = Number(/step (\S+?)[, ]/.exec(await item.innerText())[1].replace(/\D/g, ""));
	check(step < here, "it lies before");
	await item.click();
	await page.waitForFunction((p) => document.querySelector("#position").value.replace(/\D/g, "") === String(p), step);
}

async function goesToARegistersLastChange({ page, person }) {
	await person.type(LIST);
	await person.run();
	for (let i = 0; i < 4; i++)
		await person.press("step-insn");
	await page.locator('[data-register="rsp"] button').focus();
	await page.keyboard.press("Enter");
	const item = page.locator("#menu button").filter({ hasText: /hanged (at step|by this step)/ });
	await item.waitFor();
	await page.locator("#menu button", { hasText: /^Watch$/ }).click();
	await page.locator("#tab-watch").click();
	await row(page, "$rsp", "watches").filter({ hasText: "0x7f" }).waitFor();
}

async function stopsWhenAValueChanges({ page, person }) {
	await person.type(LIST);
	await person.run();
	for (let i = 0; i < 3; i++)
		await person.press("step-over");
	await row(page, "sum").locator(".value").click();
	await page.locator("#menu button", { hasText: "Break when it changes" }).click();
	await page.locator("#tab-breakpoints").click();
	await page.locator('#breakpoints [data-breakpoint="sum"]').filter({ hasText: "when it changes" }).waitFor();
	await page.locator("#run[aria-disabled=false]").click();
	await person.status(/data breakpoint/);
	await page.locator("#touched").filter({ hasText: "sum: 0 → 1" }).waitFor();
	await page.locator('#breakpoints [data-breakpoint="sum"] [aria-label^="Delete"]').click();
	await page.locator("#breakpoints").waitFor({ state: "detached" });
	await page.locator("#run[aria-disabled=false]").click();
	await person.status(/exit/i);
}

async function showsAndChangesMemory({ page, person }) {
	await atSum({ page, person }, 1, "step");
	await row(page, "sum").locator(".value").click();
	await page.locator("#menu button", { hasText: /^Show in memory/ }).click();
	await page.locator("#memory").waitFor();
	await page.locator("#memory-address").fill("list");
	await page.keyboard.press("Enter");
	const byte = page.locator('#memory [data-index="0"]');
	await byte.filter({ hasText: "01" }).waitFor();
	await byte.focus();
	await page.keyboard.press("Enter");
	await page.keyboard.type("2a");
	await page.keyboard.press("Enter");
	await page.locator("#memory .changed").filter({ hasText: "2a" }).waitFor();
	await page.locator("#tab-variables").click();
	await row(page, "list").locator("th").click();
	await row(page, "value").filter({ hasText: "42" }).waitFor();
}

async function changesAVariableAndARegister({ page, person }) {
	await atSum({ page, person }, 2, "step");
	await row(page, "sum").focus();
	await page.keyboard.press("F2");
	await page.keyboard.type("100");
	await page.keyboard.press("Enter");
	await row(page, "sum").filter({ hasText: "100" }).waitFor();
	await page.locator(".chip", { hasText: "changed by hand" }).waitFor();
	await row(page, "list").locator("th").click();
	await row(page, "value").first().focus();
	await page.keyboard.press("F2");
	await page.keyboard.type("11");
	await page.keyboard.press("Enter");
	await row(page, "value").first().filter({ hasText: "11" }).waitFor();
	await page.locator('[data-register="r12"] button').focus();
	await page.keyboard.press("F2");
	await page.keyboard.type("0x1234");
	await page.keyboard.press("Enter");
	await page.locator('[data-register="r12"].changed').filter({ hasText: "1234" }).waitFor();
	await person.press("step-over");
	await row(page, "sum").filter({ hasText: "111" }).waitFor();
}

async function thePastIsChangedAfterAQuestion({ page, person }) {
	await atSum({ page, person }, 2);
	await page.locator("#recording .tape.ended").waitFor();
	const here = await person.position();
	await row(page, "sum").focus();
	await page.keyboard.press("F2");
	await page.keyboard.type("100");
	await page.keyboard.press("Enter");
	await page.locator("#question-text").filter({ hasText: /rewinds the program to step .* forgets the \d+/ }).waitFor();
	await page.waitForFunction(() => document.activeElement.id === "question-no");
	await page.keyboard.press("Enter");
	await page.locator("#question[open]").waitFor({ state: "detached" });
	same(await row(page, "sum").locator(".value").innerText(), "1", "left as it was");
	await row(page, "sum").focus();
	await page.keyboard.press("F2");
	await page.keyboard.type("100");
	await page.keyboard.press("Enter");
	await page.locator("#question-yes").click();
	await row(page, "sum").filter({ hasText: "100" }).waitFor();
	same(await person.position(), here + 1, "the change is a step of its own");
	await page.locator("#run[aria-disabled=false]").click();
	await row(page, "sum").filter({ hasText: "104" }).waitFor();
}

async function resumesFromAPastStep({ page, person }) {
	await person.type(LIST);
	await person.record("step");
	await person.run();
	for (let i = 0; i < 8; i++)
		await person.press("step-over");
	for (let i = 0; i < 4; i++)
		await person.press("step-back-in");
	const here = await person.position();
	await page.locator("#recording").click();
	await page.locator("#resume-here").click();
	await page.locator("#question-yes").click();
	await page.waitForFunction((p) => document.querySelector("#frontier").innerText.replace(/\D/g, "") === String(p), here);
	await page.locator("#to-end[aria-disabled=true]").waitFor();
	await person.press("step-over");
	check(await person.position() > here, "it goes on from there");
}

await runOnService(process.argv[2], [
	opensAListByKeyboardAndKeepsItOpen, longArraysAreOpenedInRanges, aStepWithOpenValuesIsOneRequest, watchesExpressions,
	goesToTheLastChange, goesToARegistersLastChange, stopsWhenAValueChanges, showsAndChangesMemory, changesAVariableAndARegister,
	thePastIsChangedAfterAQuestion, resumesFromAPastStep,
]);
