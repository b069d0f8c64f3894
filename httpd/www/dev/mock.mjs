#!/usr/bin/env node
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// mock.mjs BUILT [PORT]
//
// Serves a built page (contrib/build-page's output) with the policy that the service sends, and answers the API with one canned
// program: for work on the page where no service runs. Whatever source is run, what is stepped is dev/program.mjs. A source
// with the word `undeclared` does not compile, one with `unused` has a warning. Prints the address it listens on.

import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { SOURCE } from "./program.mjs";
import { Session } from "./session.mjs";

const built = resolve(process.argv[2] ?? ".");
const { encode, decode } = createRequire(join(built, ".build", "package.json"))("@msgpack/msgpack");

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
	+ "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const ASSETS = {
	"/": ["index.html", "text/html; charset=utf-8"], "/app.js": ["app.js", "text/javascript; charset=utf-8"],
	"/app.css": ["app.css", "text/css; charset=utf-8"], "/icon.svg": ["icon.svg", "image/svg+xml"],
	"/licenses.txt": ["licenses.txt", "text/plain; charset=utf-8"],
};
const INFO = {
	version: "mock", isolation: "namespaces", limits: { steps: 50000 },
	languages: [
		{ name: "c", compilers: [{ name: "gcc", version: "12.2.0" }, { name: "clang", version: "14.0.6" }] },
		{ name: "c++", compilers: [{ name: "g++", version: "12.2.0" }, { name: "clang++", version: "14.0.6" }] },
		{ name: "asm", compilers: [{ name: "gcc", version: "12.2.0" }, { name: "clang", version: "14.0.6" }] },
	],
};

const sessions = new Map();

function answer(response, status, body) {
	response.writeHead(status, { "content-type": "application/json" });
	response.end(JSON.stringify(body, (_, v) => (typeof v === "bigint" ? "0x" + v.toString(16) : v)));
}

function problems(file, word, severity, message) {
	const lines = file.text.split("\n");
	return lines.flatMap((text, i) => text.includes(word)
		? [{ file: file.name, line: i + 1, column: text.indexOf(word) + 1, severity, message }] : []);
}

function create(response, request) {
	const errors = request.files.flatMap((f) => problems(f, "undeclared", "error", "'undeclared' undeclared (first use in this function)"));
	if (errors.length > 0)
		return answer(response, 422, { error: { code: "compile", message: "The program does not compile.", diagnostics: errors } });
	const id = randomBytes(16).toString("base64url");
	const session = new Session(id, request);
	sessions.set(id, session);
	const warnings = request.files.flatMap((f) => problems(f, "unused", "warning", "unused variable 'unused'"));
	return answer(response, 201, { session: id, state: session.state(), diagnostics: warnings });
}

function api(request, response, path, body) {
	const [, id, command] = /^\/api\/v1\/sessions(?:\/([^/]+)(?:\/([^/]+))?)?$/.exec(path) ?? [];
	if (path === "/api/v1/info")
		return answer(response, 200, INFO);
	if (path === "/api/v1/sessions" && request.method === "POST")
		return create(response, JSON.parse(body));
	const session = sessions.get(id);
	if (!session)
		return answer(response, 404, { error: { code: "session", message: "There is no such session; it may have ended." } });
	if (request.method === "DELETE") {
		sessions.delete(id);
		session.emit("close");
		return answer(response, 200, {});
	}
	return answer(response, 200, command ? session.request(command, JSON.parse(body || "{}"))
		: { session: id, language: session.language, state: session.state() });
}

const server = createServer((request, response) => {
	const path = new URL(request.url, "http://mock").pathname;
	const asset = ASSETS[path];
	if (asset) {
		response.writeHead(200, { "content-type": asset[1], "content-encoding": "gzip", "content-security-policy": POLICY });
		response.end(readFileSync(join(built, asset[0] + ".gz")));
		return;
	}
	let body = "";
	request.on("data", (chunk) => (body += chunk)).on("end", () => {
		try {
			api(request, response, path, body);
		} catch (error) {
			answer(response, error.status ?? 500, { error: { code: error.code ?? "mock", message: error.message } });
		}
	});
});

/** One frame from server to client: final, unmasked. */
function frame(opcode, data) {
	const head = data.length < 126 ? Buffer.from([0x80 | opcode, data.length])
		: data.length < 65536 ? Buffer.from([0x80 | opcode, 126, data.length >> 8, data.length & 255])
		: Buffer.concat([Buffer.from([0x80 | opcode, 127, 0, 0, 0, 0]), Buffer.from(Uint32Array.of(data.length).buffer).swap32()]);
	return Buffer.concat([head, data]);
}

/** Takes whole masked frames off the front of what has come. @returns [rest, [opcode, data]...] */
function unframe(buffer) {
	const frames = [];
	while (buffer.length >= 6) {
		const short = buffer[1] & 127;
		const size = short === 126 ? buffer.readUInt16BE(2) : short === 127 ? Number(buffer.readBigUInt64BE(2)) : short;
		const head = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
		if (buffer.length < head + 4 + size)
			break;
		const mask = buffer.subarray(head, head + 4);
		frames.push([buffer[0] & 15, Buffer.from(buffer.subarray(head + 4, head + 4 + size).map((b, i) => b ^ mask[i & 3]))]);
		buffer = buffer.subarray(head + 4 + size);
	}
	return [buffer, frames];
}

server.on("upgrade", (request, socket) => {
	const session = sessions.get(/\/sessions\/([^/]+)\/socket$/.exec(request.url)?.[1]);
	if (!session) {
		socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
		return;
	}
	const key = createHash("sha1").update(request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
	socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		+ `Sec-WebSocket-Accept: ${key}\r\nSec-WebSocket-Protocol: penguintrace.v1\r\n\r\n`);
	const send = (message) => message.event === "close" ? socket.end(frame(8, Buffer.alloc(0)))
		: socket.write(frame(2, Buffer.from(encode(message, { useBigInt64: true, ignoreUndefined: true }))));
	session.clients.add(send);
	send(session.hello());
	let rest = Buffer.alloc(0);
	socket.on("data", (chunk) => {
		let frames;
		[rest, frames] = unframe(Buffer.concat([rest, chunk]));
		for (const [opcode, data] of frames) {
			if (opcode === 8)
				return socket.end();
			const { id, command, arguments: args } = decode(data, { useBigInt64: true });
			try {
				send({ id, status: 200, body: session.request(command, args ?? {}) });
			} catch (error) {
				send({ id, status: error.status ?? 500, error: { code: error.code ?? "mock", message: error.message } });
			}
		}
		return undefined;
	});
	socket.on("error", () => socket.destroy());
	socket.on("close", () => session.clients.delete(send));
});

server.listen(Number(process.argv[3] ?? 0), "127.0.0.1", () => {
	console.log(`http://127.0.0.1:${server.address().port}/   (a source to run: ${SOURCE.split("\n").length} lines in dev/program.mjs)`);
});
