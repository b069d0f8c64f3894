#!/usr/bin/env node
/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The page on the mock service (httpd/www/dev): what a real service does not do when told to (lose a connection, forget a session,
 * refuse), and what is counted on the wire. Usage: test-mock.mjs BUILD
 */

import { check, countRequests, openPage, same } from "./lib.mjs";
import { atPosition, mood, runOnMock } from "./mock.mjs";

const digits = async (page) => Number((await page.locator("#position").inputValue()).replace(/\D/g, ""));

async function type(page, source) {
	await page.locator("#editor .cm-content").click();
	await page.keyboard.press("Control+a");
	await page.keyboard.insertText(source);
}

async function run(page) {
	await page.locator("#run").click();
	await mood(page, "stopped");
}

async function toInput(page) {
	await run(page);
	await page.keyboard.press("F5");
	await mood(page, "waiting");
}

async function oneRequestAStep({ page }) {
	const sent = countRequests(page);
	await run(page);
	await page.keyboard.press("F8");
	await atPosition(page, 1);
	const before = sent.length;
	for (let i = 0; i < 4; i++)
		await page.keyboard.press("F8");
	await atPosition(page, 5);
	for (let i = 0; i < 5; i++)
		await page.keyboard.press("F7");
	await atPosition(page, 0);
	same(sent.length - before, 9, "frames sent for 9 steps");
}

async function noKeyPressIsLostWhileAStepIsUnderWay({ page }) {
	await run(page);
	for (let i = 0; i < 6; i++)
		await page.keyboard.press("F8");
	await atPosition(page, 6);
}

async function marksWhatChangedByMoreThanColour({ page }) {
	await run(page);
	await page.keyboard.press("F8");
	await atPosition(page, 1);
	const rsp = page.locator('[data-register="rsp"]');
	await rsp.locator('[aria-label="changed"]').waitFor();
	same(await page.locator('[data-register="rax"] [aria-label="changed"]').count(), 0, "marks at rax");
	check(/^was 0x/.test(await rsp.getAttribute("title")), "the old value can be had");
	await page.locator("#spoken").filter({ hasText: /^Step 1, line 11: .*rsp 0x\w+→0x\w+/ }).waitFor();
}

async function inputGoesToTheProgramThatWaits({ page }) {
	await toInput(page);
	await page.waitForFunction(() => document.activeElement.id === "input");
	await page.keyboard.type("5");
	await page.keyboard.press("Enter");
	await page.locator("#output").filter({ hasText: "5! = 120" }).waitFor();
	await page.locator("#status").filter({ hasText: "Exited with code 0" }).waitFor();
}

async function laterOutputIsShownAsLater({ page }) {
	await toInput(page);
	await page.keyboard.type("3");
	await page.keyboard.press("Enter");
	await mood(page, "done");
	same(await page.locator("#output .future").count(), 0, "later output at the end");
	await page.locator("#to-start").click();
	await atPosition(page, 0);
	await page.locator("#output .future").filter({ hasText: "3! = 6" }).waitFor();
}

async function goesToAPositionThatIsTyped({ page }) {
	await toInput(page);
	await page.locator("#position").fill("3");
	await page.keyboard.press("Enter");
	await page.keyboard.press("F6");
	await page.locator("#status").filter({ hasText: /Paused/ }).waitFor();
	await page.locator("#position").fill("4");
	await page.keyboard.press("Enter");
	await atPosition(page, 4);
	await page.locator("#to-end[aria-disabled=false]").waitFor();
	await page.locator("#slider").focus();
	await page.keyboard.press("Home");
	await atPosition(page, 0);
	await page.keyboard.press("ArrowRight");
	await atPosition(page, 1);
	await page.keyboard.press("Shift+ArrowRight");
	await page.locator("#status").filter({ hasText: "line 12" }).waitFor();
}

async function anotherFrameShowsItsPlaceAndVariables({ page }) {
	await toInput(page);
	await page.keyboard.type("3");
	await page.keyboard.press("Enter");
	await mood(page, "done");
	await page.locator("#position").fill("22");
	await page.keyboard.press("Enter");
	await page.locator('#stack [data-frame="1"]').click();
	await page.locator("#disassembly-title").filter({ hasText: "main" }).waitFor();
	await page.locator('#variables [data-variable="result"]').waitFor();
	same(await page.locator("#editor .pt-frame").count(), 1, "marked lines");
}

async function breakpointsFollowTheText({ page }) {
	await page.locator("#editor .cm-line").nth(16).click();
	await page.keyboard.press("F9");
	await page.locator("#editor .cm-line").nth(0).click();
	await page.keyboard.press("Home");
	await page.keyboard.press("Enter");
	const kept = await page.evaluate(() => JSON.parse(localStorage.getItem("penguintrace.breakpoints"))["main.c"]);
	same(kept.map((b) => b.line).join(), "18", "lines with breakpoints");
}

async function breakpointsAreSharedByTheTabs({ page, browser, mock }) {
	await run(page);
	const elsewhere = await openPage(browser, { address: mock.address + new URL(page.url()).hash });
	await mood(elsewhere.page, "stopped");
	await page.locator("#editor .cm-line").nth(16).click();
	await page.keyboard.press("F9");
	await page.locator("#disassembly tr").nth(2).locator(".dot").click();
	await elsewhere.page.locator("#editor .pt-dot").nth(1).waitFor();
	await elsewhere.page.locator("#disassembly tr").nth(2).locator(".dot.set").waitFor();
	await elsewhere.page.locator("#disassembly tr").nth(2).locator(".dot").click();
	await page.locator("#disassembly .dot.set").waitFor({ state: "detached" });
	await elsewhere.context.close();
}

async function runsToTheCaret({ page }) {
	await run(page);
	await page.locator("#editor .cm-line").nth(14).click();
	await page.keyboard.press("Control+F10");
	await page.locator("#status").filter({ hasText: "line 15" }).waitFor();
	await page.locator("#editor .cm-line").nth(11).click();
	await page.keyboard.press("Control+Alt+F10");
	await page.locator("#status").filter({ hasText: "line 12" }).waitFor();
	await page.locator("#to-end[aria-disabled=false]").waitFor();
}

async function anEditedSourceIsKeptAndItsRunIsStale({ page }) {
	await run(page);
	await page.locator("#editor .cm-line").nth(0).click();
	await page.keyboard.press("Home");
	await page.keyboard.type("// mine\n");
	await page.locator("#stale").waitFor();
	await page.locator("#editor .pt-here").filter({ hasText: "12" }).waitFor();
	await page.reload();
	await mood(page, "stopped");
	await page.locator("#editor .cm-content").filter({ hasText: "// mine" }).waitFor();
	await page.locator("#stale").waitFor();
}

async function otherFlagsMakeARunStaleToo({ page }) {
	await run(page);
	same(await page.locator("#run").innerText(), "Continue", "button");
	await page.locator("#flags").fill("-O2");
	await page.locator("#stale").waitFor();
	same(await page.locator("#run").innerText(), "Run", "button");
	await page.locator("#flags").fill("");
	await page.locator("#stale").waitFor({ state: "detached" });
}

async function aReplacedSourceCanBeHadBack({ page }) {
	await type(page, "/* my very own */\nint main(void) { return 3; }\n");
	await page.locator("#examples").click();
	await page.locator(".menu button", { hasText: "Vector and map" }).click();
	await page.locator("#editor .cm-content").filter({ hasText: "std::vector" }).waitFor();
	same(await page.locator("#language").inputValue(), "c++", "language");
	await page.locator("#examples").click();
	await page.locator(".menu button", { hasText: "my very own" }).click();
	await page.locator("#editor .cm-content").filter({ hasText: "return 3" }).waitFor();
}

async function theAddressOpensTheSessionElsewhere({ page, browser, mock }) {
	await run(page);
	const elsewhere = await openPage(browser, { address: mock.address + new URL(page.url()).hash });
	await mood(elsewhere.page, "stopped");
	await elsewhere.page.locator("#editor .cm-content").filter({ hasText: "How many?" }).waitFor();
	await elsewhere.page.keyboard.press("F8");
	await atPosition(page, 1);
	await elsewhere.context.close();
}

async function aLostConnectionSaysSoAndComesBack({ page, expected }) {
	let socket;
	let lost = false;
	await page.routeWebSocket(/\/socket$/, (route) => {
		socket = route;
		route.connectToServer();
	});
	await page.reload();
	await page.route("**/api/v1/sessions/*", (route) => (lost ? route.abort() : route.continue()));
	await run(page);
	await page.keyboard.press("F8");
	await atPosition(page, 1);
	lost = true;
	await socket.close({ code: 1001 });
	await page.locator("#status").filter({ hasText: "Connection lost" }).waitFor();
	await page.locator("#step-in[aria-disabled=true]").waitFor();
	lost = false;
	await mood(page, "stopped");
	await page.keyboard.press("F8");
	await atPosition(page, 2);
	expected.push("ERR_FAILED");
}

async function aSessionThatIsGoneLeavesTheSource({ page, expected }) {
	await run(page);
	await page.evaluate(() => fetch(`/api/v1/sessions/${location.hash.slice(3)}`, { method: "DELETE" }));
	await page.locator("#notice-text").filter({ hasText: "There is no such session; it may have ended. Your source is kept." }).waitFor();
	same(await digits(page), 0, "the moment that was shown");
	await page.locator("#editor .cm-content").filter({ hasText: "How many?" }).waitFor();
	await run(page);
	expected.push("status of 404");
}

async function aRefusalIsShownAsItIs({ page, expected }) {
	const message = "Open the address that the service printed <when it started>.";
	await page.route("**/api/v1/sessions", (route) => route.fulfill({ status: 401, json: { error: { code: "identity", message } } }));
	await page.locator("#run").click();
	await page.locator("#notice-text").waitFor();
	same(await page.locator("#notice-text").innerText(), message, "message");
	expected.push("status of 401");
}

async function stopCancelsACompilation({ page }) {
	let cancelled;
	const gone = new Promise((done) => (cancelled = done));
	page.on("requestfailed", (request) => request.method() === "POST" && cancelled());
	await page.route("**/api/v1/sessions", () => {});
	await page.locator("#run").click();
	await page.locator("#status").filter({ hasText: "Compiling" }).waitFor();
	await page.locator("#stop").click();
	await gone;
	await mood(page, "idle");
	same(await page.locator("#notice").count(), 0, "notices");
}

async function problemsLeadToTheirPlace({ page, expected }) {
	await type(page, "int main(void)\n{\n\tint unused;\n\treturn undeclared;\n}\n");
	await page.locator("#run").click();
	await page.locator("#problems button").click();
	await page.locator("#editor .cm-lintRange-error").filter({ hasText: /^undeclared$/ }).waitFor();
	await page.keyboard.press("Delete");
	await page.locator("#editor .cm-content").filter({ hasText: "return ndeclared" }).waitFor();
	expected.push("status of 422");
}

await runOnMock([
	oneRequestAStep, noKeyPressIsLostWhileAStepIsUnderWay, marksWhatChangedByMoreThanColour, inputGoesToTheProgramThatWaits,
	laterOutputIsShownAsLater, goesToAPositionThatIsTyped, anotherFrameShowsItsPlaceAndVariables, breakpointsFollowTheText,
	breakpointsAreSharedByTheTabs, runsToTheCaret,
	anEditedSourceIsKeptAndItsRunIsStale, otherFlagsMakeARunStaleToo, aReplacedSourceCanBeHadBack, theAddressOpensTheSessionElsewhere,
	aLostConnectionSaysSoAndComesBack, aSessionThatIsGoneLeavesTheSource, aRefusalIsShownAsItIs, stopCancelsACompilation,
	problemsLeadToTheirPlace,
]);
