/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The service, Chromium, and TAP: what the browser suites share. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
/** Nothing in a test may take longer; a state that is awaited and does not come fails it. */
export const PATIENCE = 20_000;

/** A program that asks for a name, and greets. */
export const INPUT = `#include <stdio.h>

int main(void)
{
	char name[32];
	printf("name? ");
	fflush(stdout);
	if (scanf("%31s", name) == 1)
		printf("hello %s\\n", name);
	return 0;
}
`;

/** Start the service of a build on a free port; resolves with its printed address and its end. */
export function startService(build, ...args) {
	const child = spawn(`${build}/penguintrace`, ["--listen", "127.0.0.1:0", ...args], { stdio: ["ignore", "pipe", "inherit"] });
	const ended = new Promise((resolve) => child.once("exit", resolve));
	return new Promise((resolve, reject) => {
		createInterface({ input: child.stdout }).on("line", (line) => {
			const address = /(http:\/\/\S+)/.exec(line)?.[1];
			if (address)
				resolve({
					address,
					async stop() {
						child.kill("SIGTERM");
						await ended;
					},
				});
		});
		child.once("exit", (code) => reject(new Error(`penguintrace ended with ${code} before it served`)));
	});
}

export async function startBrowser() {
	const executablePath = CHROMIUM.find(existsSync);
	if (!executablePath)
		throw new Error("no Chromium is installed");
	return chromium.launch({
		executablePath,
		args: ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync", ...(process.getuid() === 0 ? ["--no-sandbox"] : [])],
	});
}

/** A page in a context of its own, signed in. Whatever the page logs as an error, or asks of another host, fails the test. */
export async function openPage(browser, service, options = {}) {
	const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, reducedMotion: "reduce", ...options });
	context.setDefaultTimeout(PATIENCE);
	const page = await context.newPage();
	const complaints = [];
	page.on("console", (m) => m.type() === "error" && complaints.push(m.text()));
	page.on("pageerror", (e) => complaints.push(String(e)));
	page.on("request", (r) => {
		if (!r.url().startsWith(new URL(service.address).origin) && !r.url().startsWith("data:"))
			complaints.push(`asks ${r.url()}`);
	});
	await page.goto(service.address);
	return { page, context, complaints };
}

/** Requests over the page's WebSocket from here on; the timeline's picture, which is asked for when nothing happens, apart. */
export function countRequests(page) {
	const sent = [];
	page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => {
		if (!payload.includes("timeline"))
			sent.push(payload);
	}));
	return sent;
}

export function check(condition, message) {
	if (!condition)
		throw new Error(message);
}

/** A value in a message; JSON has no bigint. */
const told = (value) => (typeof value === "bigint" ? `${value}n` : JSON.stringify(value));

export function same(actual, wanted, what) {
	check(Object.is(actual, wanted), `${what}: wanted ${told(wanted)}, is ${told(actual)}`);
}

/** Run the tests in their order; each gets what `fixture` makes and gives back. */
export async function runTests(tests, fixture) {
	console.log(`1..${tests.length}`);
	let failed = 0;
	for (const [index, test] of tests.entries()) {
		const name = test.name.replace(/([A-Z])/g, " $1").toLowerCase();
		const given = await fixture.make();
		try {
			await test(given);
			await fixture.verify?.(given);
			console.log(`ok ${index + 1} - ${name}`);
		} catch (error) {
			failed++;
			console.log(`not ok ${index + 1} - ${name}`);
			console.log(String(error.stack ?? error).replace(/^/gm, "# "));
			await fixture.explain?.(given, name);
		}
		await fixture.end(given);
	}
	return failed;
}
