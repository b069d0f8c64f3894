#!/usr/bin/env node
/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The whole path, as a person goes it: type, Run, step, back, breakpoint, input, error. Usage: test-page.mjs BUILD */

import { INPUT, check, same } from "./lib.mjs";
import { digits, Person, runOnService } from "./person.mjs";

const LOOP = `#include <stdio.h>

static int square(int x)
{
	int y = x * x;
	return y;
}

int main(void)
{
	int sum = 0;
	for (int i = 1; i <= 3; i++)
		sum += square(i);
	printf("sum %d\\n", sum);
	return 0;
}
`;

async function typesRunsAndStepsByLine({ page, person }) {
	await person.type(LOOP);
	await person.run();
	await person.status(/main/);
	check(await page.locator("#disassembly tr[aria-current=step]").count() === 1, "one current instruction");
	await person.press("step-over");
	await person.press("step-over");
	await person.status(/line 12/);
}

async function stepsAnInstructionAndBackAgain({ person }) {
	await person.type(LOOP);
	await person.run();
	const start = { pc: await person.here(), rsp: await person.register("rsp") };
	for (let i = 0; i < 3; i++)
		await person.press("step-insn");
	same(await person.position(), 3, "position");
	check(await person.here() !== start.pc, "the pc moves");
	for (let i = 0; i < 3; i++)
		await person.press("step-back-insn");
	same(await person.here(), start.pc, "pc after going back");
	same(await person.register("rsp"), start.rsp, "rsp after going back");
}

async function theNewestStepIsOneClickAway({ page, person }) {
	await person.type(LOOP);
	await person.run();
	await person.press("step-over");
	await person.press("to-start");
	await person.press("to-end");
	await page.locator("#to-end[aria-disabled=true]").waitFor();
	same(await person.position(), digits(await page.locator("#frontier").innerText()), "position");
}

async function stepsIntoAFunctionByKey({ page, person }) {
	await person.type(LOOP);
	await person.run();
	for (const line of [11, 12, 13]) {
		await page.keyboard.press("F10");
		await person.status(new RegExp(`main, line ${line}`));
	}
	await page.keyboard.press("F11");
	await person.status(/square, line 4/);
	await page.keyboard.press("Shift+F11");
	await person.status(/main/);
}

async function stopsAtABreakpoint({ page, person }) {
	await person.type(LOOP);
	await page.locator("#editor .cm-line").nth(4).click();
	await page.keyboard.press("F9");
	await person.run();
	await page.locator("#run").click();
	await person.status(/breakpoint.*square.*line 5/i);
	await page.locator("#variables").filter({ hasText: /x/ }).waitFor();
	await person.press("run");
	await person.status(/breakpoint.*line 5/i);
	await person.press("reverse-continue");
	await person.status(/line 5/);
}

async function runsToTheEndAndShowsOutput({ page, person }) {
	await person.type(LOOP);
	await person.run();
	await page.locator("#run").click();
	await person.output(/sum 14/);
	await person.status(/exit/i);
	await person.press("step-back-in");
	await page.locator("#to-end[aria-disabled=false]").waitFor();
}

async function waitsForInput({ page, person }) {
	await person.type(INPUT);
	await person.run();
	await page.locator("#run").click();
	await person.status(/waiting for input/i);
	await page.locator("#input").fill("Ada");
	await page.locator("#send-input").click();
	await person.output(/hello Ada/);
	await person.status(/exit/i);
}

async function underlinesAnError({ page, person }) {
	await person.type("int main(void)\n{\n\treturn undeclared;\n}\n");
	await page.locator("#run").click();
	await page.locator("#problems").filter({ hasText: "undeclared" }).waitFor();
	await page.locator("#editor .cm-lintRange-error").first().waitFor();
}

async function showsASegfaultAndTheMomentBefore({ page, person }) {
	await person.type("int main(void)\n{\n\tint *p = 0;\n\t*p = 1;\n\treturn 0;\n}\n");
	await person.run();
	await page.locator("#run").click();
	await person.status(/SIGSEGV/);
	await person.press("step-back-in");
	await page.locator("#to-end[aria-disabled=false]").waitFor();
}

async function showsTheLineThatCalledAbort({ page, person }) {
	await person.type("#include <assert.h>\n\nint main(void)\n{\n\tint n = 3;\n\n\tassert(n == 4);\n\treturn 0;\n}\n");
	await person.run();
	await page.locator("#run").click();
	await person.status(/SIGABRT/);
	await page.locator("#stack button[aria-pressed=true]").filter({ hasText: "main.c:7" }).waitFor();
	await page.waitForFunction(() => {
		const row = document.querySelector("#stack button[aria-pressed=true]").getBoundingClientRect();
		return row.bottom <= document.querySelector("#stack-pane").getBoundingClientRect().bottom + 1;
	});
	await page.locator("#variables").filter({ hasText: /n\s*3/ }).waitFor();
}

async function callsAStackOverflowByItsName({ page, person }) {
	await person.type("static int deep(int n)\n{\n\treturn deep(n + 1) + n;\n}\n\nint main(void)\n{\n\treturn deep(0);\n}\n");
	await person.run();
	await page.locator("#run").click();
	await person.status(/SIGSEGV/);
	await page.locator(".chip").filter({ hasText: /stack overflow/ }).waitFor();
}

async function hasRoomForInputWhereverItIsAsked({ page, person }) {
	await person.type(INPUT);
	await person.run();
	await page.locator("#run").click();
	await person.status(/waiting for input/i);
	await page.setViewportSize({ width: 1024, height: 768 });
	await page.locator(".medium").first().waitFor();
	await page.waitForFunction(() => document.querySelector("#input")?.getBoundingClientRect().width >= 120);
}

async function returnsToTheSessionOnReload({ page, person }) {
	await person.type(LOOP);
	await person.run();
	await person.press("step-insn");
	await person.press("step-insn");
	await page.reload();
	await page.waitForFunction(() => document.querySelector("#position")?.value.replace(/\D/g, "") === "2");
	await page.locator("#editor .cm-content").filter({ hasText: "square" }).waitFor();
}

async function aSecondTabSharesTheSession({ page, person, context }) {
	await person.type(LOOP);
	await person.run();
	const other = await context.newPage();
	await other.goto(page.url());
	const second = new Person(other);
	await other.waitForFunction(() => document.querySelector("#position")?.value.replace(/\D/g, "") === "0");
	await person.press("step-insn");
	await other.waitForFunction(() => document.querySelector("#position").value.replace(/\D/g, "") === "1");
	await second.press("step-back-insn");
	await page.waitForFunction(() => document.querySelector("#position").value.replace(/\D/g, "") === "0");
}

async function programOutputIsNeverMarkup({ page, person }) {
	await person.type('#include <stdio.h>\nint main(void)\n{\n\tputs("<img src=x onerror=alert(1)><b>bold</b>");\n\treturn 0;\n}\n');
	await person.run();
	await page.locator("#run").click();
	await person.output("<b>bold</b>");
	same(await page.locator("#output img, #output b").count(), 0, "elements made by output");
}

async function runsCxxAndAssembly({ page, person }) {
	await person.type('#include <iostream>\n#include <map>\nint main()\n{\n\tstd::map<int, int> m{{1, 2}};\n\tstd::cout << m[1] << "\\n";\n}\n', "c++");
	await person.run();
	await page.locator("#run").click();
	await person.output("2");
	await person.type(".globl _start\n_start:\n\tmov $60, %eax\n\tmov $7, %edi\n\tsyscall\n", "asm");
	await person.run();
	for (let i = 0; i < 2; i++)
		await person.press("step-insn");
	same(BigInt(await person.register("rdi")), 7n, "rdi");
}

await runOnService(process.argv[2], [
	typesRunsAndStepsByLine, stepsAnInstructionAndBackAgain, theNewestStepIsOneClickAway, stepsIntoAFunctionByKey,
	stopsAtABreakpoint, runsToTheEndAndShowsOutput, waitsForInput, underlinesAnError, showsASegfaultAndTheMomentBefore,
	showsTheLineThatCalledAbort, callsAStackOverflowByItsName, hasRoomForInputWhereverItIsAsked,
	returnsToTheSessionOnReload, aSecondTabSharesTheSession, programOutputIsNeverMarkup, runsCxxAndAssembly,
]);
