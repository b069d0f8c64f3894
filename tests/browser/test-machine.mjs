#!/usr/bin/env node
/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Nearer to the machine: SIMD registers, threads, system calls, signals and exceptions. Usage: test-machine.mjs BUILD */

import { same } from "./lib.mjs";
import { runOnService } from "./person.mjs";

const FLOATS = `#include <stdio.h>

static double scale(double x)
{
	return x * 1.5;
}

int main(void)
{
	double sum = 0;
	for (int i = 1; i <= 3; i++)
		sum += scale(i);
	printf("%g\\n", sum);
	return 0;
}
`;

const THREADS = `#include <pthread.h>

static volatile int done;

static void *work(void *arg)
{
	int local = 7;
	done = local;
	return arg;
}

int main(void)
{
	pthread_t thread;
	int outer = 3;
	pthread_create(&thread, 0, work, 0);
	pthread_join(thread, 0);
	return done - 7 + outer - 3;
}
`;

const CALLS = `#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t got;

static void handler(int number)
{
	got = number;
}

int main(void)
{
	signal(SIGUSR1, handler);
	write(1, "one\\n", 4);
	raise(SIGUSR1);
	close(open("/nonexistent", O_RDONLY));
	return got == SIGUSR1 ? 0 : 1;
}
`;

const THROWS = `#include <stdexcept>

static int risky(int n)
{
	if (n > 1)
		throw std::runtime_error("too many");
	return n;
}

int main()
{
	try {
		risky(1);
		risky(2);
	} catch (const std::exception &) {
		return 3;
	}
}
`;

const vector = (page, name) => page.locator(`#vectors [data-vector="${name}"]`);
const breakAt = async (page, line) => {
	await page.locator("#editor .cm-line").nth(line - 1).click();
	await page.keyboard.press("F9");
};
const goOn = (page) => page.locator("#run[aria-disabled=false]").click();

/** The machine's widest name for xmm0. */
const widest = (page) => page.locator("#vectors tr").first().getAttribute("data-vector");

async function simdRegistersAreReadInLanes({ page, person }) {
	await person.type(FLOATS);
	await breakAt(page, 5);
	await person.run();
	for (let i = 0; i < 3; i++) {
		await goOn(page);
		await page.locator('#variables [data-variable="x"] .value').filter({ hasText: String(i + 1) }).waitFor();
	}
	await page.locator("#vectors-toggle").click();
	await page.locator("#lanes").selectOption("f64");
	await page.locator("#vectors tr").first().waitFor();
	const first = await widest(page);
	await person.press("step-insn");
	await vector(page, first).filter({ hasText: "3" }).waitFor();
	await page.locator("#lanes").selectOption("hex");
	await vector(page, first).filter({ hasText: "4008000000000000" }).waitFor();
	await page.locator("#lanes").selectOption("f64");
	while (!/^mulsd/.test(await page.locator("#disassembly tr.here .insn").innerText()))
		await person.press("step-insn");
	await person.press("step-insn");
	await page.locator(`#vectors tr.changed[data-vector="${first}"] [aria-label="changed"]`).waitFor();
	await vector(page, first).filter({ hasText: "4.5" }).waitFor();
	await person.press("step-back-insn");
	await page.waitForFunction((name) => !document.querySelector(`#vectors [data-vector="${name}"]`).innerText.includes("4.5"), first);
}

async function anotherThreadIsLookedAtAndStepped({ page, person }) {
	await person.type(THREADS);
	await person.record("step");
	await breakAt(page, 8);
	await page.locator("#tab-threads").click();
	await person.run();
	await goOn(page);
	await person.status(/breakpoint in work/);
	await page.locator("#threads tr.here").filter({ hasText: /work, line 8/ }).waitFor();
	same(await page.locator("#threads tr").count(), 2, "threads");
	await page.locator("#threads tr:not(.here) button").click();
	await page.locator("#threads tr.here").filter({ hasText: "main" }).waitFor();
	await page.locator("#stack").filter({ hasText: /main.c:1[67]/ }).waitFor();
	await page.locator('#variables [data-variable="outer"] .value').filter({ hasText: "3" }).waitFor();
	await page.locator("#threads tr:not(.here) button").click();
	await page.locator('#variables [data-variable="local"]').waitFor();
	await page.locator("#threads tr:not(.here) button").click();
	await page.locator('#variables [data-variable="outer"]').waitFor();
	await person.press("step-insn");
	await page.locator("#threads tr.here").filter({ hasText: "main" }).waitFor();
}

async function systemCallsAreListedWithTheirSteps({ page, person }) {
	await person.type(CALLS);
	await person.run();
	await goOn(page);
	await person.status(/Exited with code 0/);
	await page.locator("#tab-syscalls").click();
	const written = page.locator('#syscalls [data-call="write"]');
	await written.filter({ hasText: /write\(1, "one\\n", 4\)\s*= 4/ }).waitFor();
	await page.locator('#syscalls [data-call="openat"]').filter({ hasText: /nonexistent.*ENOENT/s }).first().waitFor();
	await person.press("to-start");
	await page.locator('#syscalls tr.later[data-call="write"]').waitFor();
	await written.locator("button").click();
	await page.locator('#syscalls tr.here[data-call="write"]').waitFor();
}

async function stopsAtSignalsAndCallsThatArePicked({ page, person }) {
	await person.type(CALLS);
	await page.locator("#tab-breakpoints").click();
	await page.locator("#stops").click();
	await page.locator('[data-signal="SIGUSR1"]').selectOption("stop pass");
	await page.locator("#stop-calls").fill("openat");
	await page.keyboard.press("Tab");
	await page.keyboard.press("Escape");
	await person.run();
	await goOn(page);
	await person.status(/SIGUSR1/);
	await goOn(page);
	await person.status(/system call openat/);
	await goOn(page);
	await person.status(/Exited with code 0/);
	await page.locator("#reverse-continue[aria-disabled=false]").click();
	await person.status(/system call openat/);
	await page.locator("#stops").click();
	await page.locator('[data-signal="SIGUSR1"]').selectOption("none");
	await page.locator("#stop-calls").fill("");
	await page.keyboard.press("Tab");
	await page.keyboard.press("Escape");
}

async function anotherTabKnowsWhatElseStops({ page, person, context }) {
	await person.type(CALLS);
	await person.run();
	await page.locator("#tab-breakpoints").click();
	await page.locator("#stops").click();
	await page.locator('[data-signal="SIGUSR1"]').selectOption("stop pass");
	await page.locator('[data-filter="exit"]').check();
	await page.locator("#stop-calls").fill("openat");
	await page.keyboard.press("Tab");
	const other = await context.newPage();
	await other.addInitScript(() => localStorage.clear());
	await other.goto(page.url());
	await other.locator("#tab-breakpoints").click();
	await other.locator("#stops .count", { hasText: "3" }).waitFor();
	await other.locator("#stops").click();
	await other.waitForFunction(() => document.querySelector("#stop-calls").value === "openat");
	await other.locator('[data-signal="SIGUSR1"]').selectOption("");
	await other.locator('[data-filter="exit"]').uncheck();
	await other.locator("#stop-calls").fill("");
	await other.keyboard.press("Tab");
	await page.waitForFunction(() => document.querySelector("#stop-calls").value === "" &&
		document.querySelector('[data-signal="SIGUSR1"]').value === "" && !document.querySelector('[data-filter="exit"]').checked);
	await other.close();
	await page.keyboard.press("Escape");
}

async function stopsWhereAnExceptionIsThrown({ page, person }) {
	await person.type(THROWS, "c++");
	await page.locator("#tab-breakpoints").click();
	await page.locator("#stops").click();
	await page.locator('[data-filter="throw"]').check();
	await page.keyboard.press("Escape");
	await person.run();
	await goOn(page);
	await person.status(/exception is thrown/i);
	await page.locator("#stack").filter({ hasText: "risky" }).waitFor();
	await goOn(page);
	await person.status(/Exited with code 3/);
}

await runOnService(process.argv[2], [
	simdRegistersAreReadInLanes, anotherThreadIsLookedAtAndStepped, systemCallsAreListedWithTheirSteps, stopsAtSignalsAndCallsThatArePicked,
	anotherTabKnowsWhatElseStops,
	stopsWhereAnExceptionIsThrown,
]);
