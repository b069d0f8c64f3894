// SPDX-License-Identifier: AGPL-3.0-or-later
// The mock's tracer: the session protocol over the moments of one Machine.

import { firstAddressOf, functionAt, instructionsOf, isCode, lineOf, Machine } from "./program.mjs";

const fail = (status, code, message) => Object.assign(new Error(message), { status, code });

export class Session {
	constructor(id, request) {
		this.id = id;
		this.language = request.language;
		this.files = request.files;
		this.flags = request.flags ?? [];
		this.machine = new Machine();
		this.machine.typed = request.stdin ?? "";
		this.moments = [this.machine.moment()];
		this.position = 0;
		this.reason = "entry";
		this.lines = [];
		this.addresses = new Set();
		this.clients = new Set();
		this.seq = 0;
		this.terminated = false;
		this.pending = undefined;
	}

	get frontier() { return this.moments.length - 1; }
	get now() { return this.moments[this.position]; }

	live() {
		const over = this.terminated || this.machine.exited;
		return {
			status: over ? "exited" : this.pending ? "running" : "stopped", waiting: this.pending !== undefined, recording: false,
			limits: [{ name: "steps", limit: 50000, used: this.frontier, unit: "steps" }],
		};
	}

	state(from = this.position) {
		const m = this.now;
		const old = from === this.position ? {} : this.moments[from].registers;
		const registers = {};
		for (const [name, value] of Object.entries(m.registers))
			if (old[name] !== value)
				registers[name] = value;
		const text = this.machine.output;
		return {
			epoch: 0, from, position: this.position, frontier: this.frontier, thread: 1,
			status: this.pending ? "running" : m.exited ? "exited" : "stopped", reason: m.exited ? "exited" : this.reason,
			pc: m.registers.rip, file: this.files[0].name, line: m.line, function: functionAt(m.registers.rip).name, depth: m.frames.length,
			registers, memory: [], output: from < this.position ? text.slice(this.moments[from].outputEnd, m.outputEnd) : "",
			outputEnd: m.outputEnd, ...(m.exited ? { exitCode: 0 } : {}), ...(m.macro ? { macro: m.macro } : {}), live: this.live(),
		};
	}

	emit(event, fields = {}) {
		for (const client of this.clients)
			client({ event, seq: ++this.seq, ...fields });
	}

	hello() {
		return {
			event: "hello", seq: this.seq, state: this.state(), language: this.language, files: this.files, flags: this.flags,
			breakpoints: this.breakpoints(),
		};
	}

	breakpoints() {
		return [...this.lines.map((line) => ({ file: this.files[0].name, line, verified: true })),
			...[...this.addresses].map((address) => ({ address, verified: true }))];
	}

	/** Goes one moment on. @returns false at the end, or where the program waits */
	forward() {
		if (this.position < this.frontier) {
			this.position++;
			return true;
		}
		if (this.terminated || this.machine.exited)
			return false;
		const before = this.machine.output.length;
		if (!this.machine.step())
			return false;
		this.moments.push(this.machine.moment());
		this.position++;
		if (this.machine.output.length > before)
			this.emit("output", { start: before, end: this.machine.output.length, text: this.machine.output.slice(before) });
		return true;
	}

	atBreakpoint() {
		const pc = this.now.registers.rip;
		return this.addresses.has(pc) || this.lines.some((line) => firstAddressOf(line) !== undefined && BigInt(firstAddressOf(line)) === pc);
	}

	/** Moves until `arrived`. @returns whether the program waits for input */
	move(back, arrived) {
		for (;;) {
			if (back ? this.position === 0 : !this.forward())
				return !back && !this.machine.exited && !this.terminated;
			if (back)
				this.position--;
			if (arrived())
				return false;
			if (this.atBreakpoint()) {
				this.reason = "breakpoint";
				return false;
			}
		}
	}

	control(command, args) {
		const start = this.now;
		const depth = start.frames.length;
		const line = start.line;
		const back = args.direction === "back" || command === "stepBack" || command === "reverseContinue";
		const begins = () => BigInt(firstAddressOf(this.now.line)) === this.now.registers.rip;
		const moved = () => this.now.line !== line || this.now.frames.length !== depth;
		const arrived = {
			stepIn: () => args.granularity === "instruction" || (moved() && (!back || begins())),
			stepBack: () => args.granularity === "instruction" || (moved() && begins()),
			next: () => this.now.frames.length <= depth && (args.granularity === "instruction" || (moved() && (!back || begins()))),
			stepOut: () => this.now.frames.length < depth,
			continue: () => false,
			goto: () => BigInt(firstAddressOf(args.line)) === this.now.registers.rip,
			reverseContinue: () => false,
		}[command];
		this.reason = "step";
		return this.move(back, arrived);
	}

	variables(reference) {
		const frame = this.now.frames[reference >> 2];
		if (!frame)
			return [];
		const rbp = frame.cfa - 16n;
		const read = (name, at, type) => ({
			name, value: String(this.now.memory.get(at) ?? 0n), type, address: at, size: type === "int" ? 4 : 8, variablesReference: 0, available: true,
		});
		if (frame.name === "factorial")
			return (reference & 3) === 1 ? [read("n", rbp - 0x14n, "int")] : [];
		return (reference & 3) === 2 ? [read("n", rbp - 12n, "int"), read("result", rbp - 8n, "long")] : [];
	}

	query(command, args) {
		switch (command) {
		case "state":
			return this.state();
		case "stackTrace":
			return {
				totalFrames: this.now.frames.length,
				stackFrames: this.now.frames.map((f, id) => ({ id, name: f.name, file: this.files[0].name, line: lineOf(f.pc), pc: f.pc, cfa: f.cfa })),
			};
		case "evaluate": {
			const name = args.expression.replace(/^&/, "");
			const found = [1, 2].flatMap((scope) => this.variables((args.frameId ?? 0) << 2 | scope)).find((v) => v.name === name);
			if (!found)
				throw fail(422, "expression", `column 1: no variable named '${name}' in scope at this line`);
			return args.expression === name ? { ...found, result: found.value, evaluateName: name }
				: { result: `0x${found.address.toString(16)}`, type: `${found.type} *`, variablesReference: 0, evaluateName: args.expression };
		}
		case "readMemory":
			return { address: args.address, data: Uint8Array.from({ length: args.count }, (_, i) => i & 255), unreadableBytes: 0 };
		case "lastWrite":
			return { found: false, searched: 0 };
		case "registers":
			return { registers: {}, flags: {}, vectors: [{ name: "ymm0", data: new Uint8Array(32), changed: false }] };
		case "timeline":
			return { from: 0, to: this.frontier, exact: true, buckets: this.moments.map((m) => ({ depth: m.frames.length })) };
		case "syscalls":
			return { syscalls: [{ position: 7, thread: 1, name: "write", text: 'write(1, "How many? ", 10) = 10', native: true }], total: 1, complete: true };
		case "threads":
			return { threads: [{ id: 1, name: "program", status: "stopped" }] };
		case "variables": {
			const variables = this.variables(args.variablesReference);
			return { variables, totalVariables: variables.length };
		}
		case "disassemble": {
			const fn = functionAt(args.address ?? this.now.registers.rip);
			if (!fn)
				throw fail(422, "address", "There is no code at that address.");
			const instructions = instructionsOf(fn, args.syntax, this.files[0].name);
			return { instructions, total: instructions.length, start: 0 };
		}
		case "output": {
			const text = this.machine.output.slice(args.start, args.start + args.count);
			return { start: args.start, text, end: args.start + text.length, total: this.machine.output.length };
		}
		default:
			return undefined;
		}
	}

	set(command, args) {
		switch (command) {
		case "setBreakpoints": {
			const answers = (args.breakpoints ?? []).map((b, id) => {
				let line = b.line;
				while (line <= 20 && firstAddressOf(line) === undefined)
					line++;
				return firstAddressOf(line) === undefined
					? { id, verified: false, line: b.line, message: "There is no code at or after this line." }
					: { id, verified: true, line };
			});
			this.lines = answers.filter((a) => a.verified).map((a) => a.line);
			this.emit("breakpoint", { breakpoints: this.breakpoints() });
			return { breakpoints: answers };
		}
		case "setInstructionBreakpoints":
			this.addresses = new Set(args.breakpoints.map((b) => b.address).filter(isCode));
			this.emit("breakpoint", { breakpoints: this.breakpoints() });
			return { breakpoints: args.breakpoints.map((b, id) => ({ id, verified: isCode(b.address), address: b.address })) };
		case "setFunctionBreakpoints":
			return { breakpoints: args.breakpoints.map((_, id) => ({ id, verified: true })) };
		case "input":
			this.machine.typed += args.text ?? "";
			this.resume();
			return {};
		case "terminate":
			this.terminated = true;
			this.pending = undefined;
			this.emit("terminated", { state: this.state() });
			return this.state();
		case "pause":
			this.pending = undefined;
			this.reason = "pause";
			this.emit("stopped", { state: this.state() });
			return this.state();
		default:
			return undefined;
		}
	}

	resume() {
		const pending = this.pending;
		if (!pending)
			return;
		this.pending = undefined;
		if (this.control(pending.command, pending.args))
			this.pending = pending;
		else
			this.emit(this.now.exited ? "exited" : "stopped", { state: this.state(pending.from) });
	}

	request(command, args) {
		const answer = this.set(command, args) ?? this.query(command, args);
		if (answer)
			return this.ride(answer, args);
		if (this.pending)
			throw fail(409, "busy", "The program is running; pause it first.");
		const from = this.position;
		if (command === "seek") {
			if (!(args.position >= 0 && args.position <= this.frontier))
				throw fail(422, "position", `There is no step ${args.position}; the newest is ${this.frontier}.`);
			this.position = args.position;
			this.reason = "goto";
		} else if (!["stepIn", "stepBack", "next", "stepOut", "continue", "goto", "reverseContinue"].includes(command))
			throw fail(404, "command", `There is no command ${command}.`);
		else if (this.control(command, args))
			this.pending = { command, args, from };
		if (this.pending)
			this.emit("waiting", { state: this.state(from) });
		else if (this.position !== from)
			this.emit(this.now.exited ? "exited" : "stopped", { state: this.state(from) });
		return this.ride(this.state(from), args);
	}

	ride(body, args) {
		if (!args.with)
			return body;
		return { ...body, with: args.with.map((r) => {
			try {
				return { command: r.command, status: 200, body: this.query(r.command, r.arguments ?? {}) };
			} catch (error) {
				return { command: r.command, status: error.status, error: { code: error.code, message: error.message } };
			}
		}) };
	}
}
