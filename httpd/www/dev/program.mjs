// SPDX-License-Identifier: AGPL-3.0-or-later
// The mock's program: a factorial as gcc -O0 would lay it out, run by a machine that knows just these instructions. Every
// moment is kept whole, so that going back is looking one up.

export const SOURCE = `#include <stdio.h>

static long factorial(int n)
{
	if (n <= 1)
		return 1;
	return n * factorial(n - 1);
}

int main(void)
{
	int n = 4;
	long result;

	printf("How many? ");
	scanf("%d", &n);
	result = factorial(n);
	printf("%d! = %ld\\n", n, result);
	return 0;
}
`;

const MASK = (1n << 64n) - 1n;
const TOP = 0x7ffd5a3c1e78n;
const STDIO = 0x7f21c0a5e6a0n;

// [address, bytes, AT&T, Intel, line, operation]; an operation that returns an address jumps there.
const CODE = [
	[0x401146, "55", "push %rbp", "push rbp", 4, (m) => m.push(m.r.rbp)],
	[0x401147, "48 89 e5", "mov %rsp, %rbp", "mov rbp, rsp", 4, (m) => { m.r.rbp = m.r.rsp; }],
	[0x40114a, "53", "push %rbx", "push rbx", 4, (m) => m.push(m.r.rbx)],
	[0x40114b, "48 83 ec 18", "sub $0x18, %rsp", "sub rsp, 0x18", 4, (m) => { m.r.rsp = m.sub(m.r.rsp, 0x18n); }],
	[0x40114f, "89 7d ec", "mov %edi, -0x14(%rbp)", "mov dword ptr [rbp - 0x14], edi", 4, (m) => m.store(m.r.rbp - 0x14n, m.r.rdi)],
	[0x401152, "83 7d ec 01", "cmpl $0x1, -0x14(%rbp)", "cmp dword ptr [rbp - 0x14], 1", 5, (m) => { m.sub(m.load(m.r.rbp - 0x14n), 1n); }],
	[0x401156, "7f 07", "jg 0x40115f <factorial+25>", "jg 0x40115f <factorial+25>", 5, (m) => (m.greater() ? 0x40115fn : undefined)],
	[0x401158, "b8 01 00 00 00", "mov $0x1, %eax", "mov eax, 1", 6, (m) => { m.r.rax = 1n; }],
	[0x40115d, "eb 19", "jmp 0x401178 <factorial+50>", "jmp 0x401178 <factorial+50>", 6, () => 0x401178n],
	[0x40115f, "8b 45 ec", "mov -0x14(%rbp), %eax", "mov eax, dword ptr [rbp - 0x14]", 7, (m) => { m.r.rax = m.load(m.r.rbp - 0x14n); }],
	[0x401162, "48 63 d8", "movslq %eax, %rbx", "movsxd rbx, eax", 7, (m) => { m.r.rbx = m.r.rax; }],
	[0x401165, "8b 45 ec", "mov -0x14(%rbp), %eax", "mov eax, dword ptr [rbp - 0x14]", 7, (m) => { m.r.rax = m.load(m.r.rbp - 0x14n); }],
	[0x401168, "83 e8 01", "sub $0x1, %eax", "sub eax, 1", 7, (m) => { m.r.rax = m.sub(m.r.rax, 1n); }],
	[0x40116b, "89 c7", "mov %eax, %edi", "mov edi, eax", 7, (m) => { m.r.rdi = m.r.rax; }],
	[0x40116d, "e8 d4 ff ff ff", "call 0x401146 <factorial>", "call 0x401146 <factorial>", 7, (m) => m.call(0x401146n)],
	[0x401172, "48 0f af c3", "imul %rbx, %rax", "imul rax, rbx", 7, (m) => { m.r.rax = (m.r.rax * m.r.rbx) & MASK; }],
	[0x401176, "66 90", "xchg %ax, %ax", "xchg ax, ax", 7, () => undefined],
	[0x401178, "48 8b 5d f8", "mov -0x8(%rbp), %rbx", "mov rbx, qword ptr [rbp - 8]", 8, (m) => { m.r.rbx = m.load(m.r.rbp - 8n); }],
	[0x40117c, "c9", "leave", "leave", 8, (m) => { m.r.rsp = m.r.rbp; m.r.rbp = m.pop(); }],
	[0x40117d, "c3", "ret", "ret", 8, (m) => m.ret()],
	[0x40117e, "55", "push %rbp", "push rbp", 11, (m) => m.push(m.r.rbp)],
	[0x40117f, "48 89 e5", "mov %rsp, %rbp", "mov rbp, rsp", 11, (m) => { m.r.rbp = m.r.rsp; }],
	[0x401182, "48 83 ec 10", "sub $0x10, %rsp", "sub rsp, 0x10", 11, (m) => { m.r.rsp = m.sub(m.r.rsp, 0x10n); }],
	[0x401186, "c7 45 f4 04 00 00 00", "movl $0x4, -0xc(%rbp)", "mov dword ptr [rbp - 0xc], 4", 12, (m) => m.store(m.r.rbp - 12n, 4n)],
	[0x40118d, "bf 10 20 40 00", "mov $0x402010, %edi", "mov edi, 0x402010", 15, (m) => { m.r.rdi = 0x402010n; }],
	[0x401192, "b8 00 00 00 00", "mov $0x0, %eax", "mov eax, 0", 15, (m) => { m.r.rax = 0n; }],
	[0x401197, "e8 94 fe ff ff", "call 0x401030 <printf@plt>", "call 0x401030 <printf@plt>", 15, (m) => m.library("printf", 11n, "How many? ")],
	[0x40119c, "48 8d 45 f4", "lea -0xc(%rbp), %rax", "lea rax, [rbp - 0xc]", 16, (m) => { m.r.rax = m.r.rbp - 12n; }],
	[0x4011a0, "48 89 c6", "mov %rax, %rsi", "mov rsi, rax", 16, (m) => { m.r.rsi = m.r.rax; }],
	[0x4011a3, "bf 1b 20 40 00", "mov $0x40201b, %edi", "mov edi, 0x40201b", 16, (m) => { m.r.rdi = 0x40201bn; }],
	[0x4011a8, "b8 00 00 00 00", "mov $0x0, %eax", "mov eax, 0", 16, (m) => { m.r.rax = 0n; }],
	[0x4011ad, "e8 8e fe ff ff", "call 0x401040 <__isoc99_scanf@plt>", "call 0x401040 <__isoc99_scanf@plt>", 16, (m) => m.scan()],
	[0x4011b2, "8b 45 f4", "mov -0xc(%rbp), %eax", "mov eax, dword ptr [rbp - 0xc]", 17, (m) => { m.r.rax = m.load(m.r.rbp - 12n); }],
	[0x4011b5, "89 c7", "mov %eax, %edi", "mov edi, eax", 17, (m) => { m.r.rdi = m.r.rax; }],
	[0x4011b7, "e8 8a ff ff ff", "call 0x401146 <factorial>", "call 0x401146 <factorial>", 17, (m) => m.call(0x401146n)],
	[0x4011bc, "48 89 45 f8", "mov %rax, -0x8(%rbp)", "mov qword ptr [rbp - 8], rax", 17, (m) => m.store(m.r.rbp - 8n, m.r.rax)],
	[0x4011c0, "8b 45 f4", "mov -0xc(%rbp), %eax", "mov eax, dword ptr [rbp - 0xc]", 18, (m) => { m.r.rax = m.load(m.r.rbp - 12n); }],
	[0x4011c3, "48 8b 55 f8", "mov -0x8(%rbp), %rdx", "mov rdx, qword ptr [rbp - 8]", 18, (m) => { m.r.rdx = m.load(m.r.rbp - 8n); }],
	[0x4011c7, "89 c6", "mov %eax, %esi", "mov esi, eax", 18, (m) => { m.r.rsi = m.r.rax; }],
	[0x4011c9, "bf 1e 20 40 00", "mov $0x40201e, %edi", "mov edi, 0x40201e", 18, (m) => { m.r.rdi = 0x40201en; }],
	[0x4011ce, "b8 00 00 00 00", "mov $0x0, %eax", "mov eax, 0", 18, (m) => { m.r.rax = 0n; }],
	[0x4011d3, "e8 58 fe ff ff", "call 0x401030 <printf@plt>", "call 0x401030 <printf@plt>", 18,
		(m) => m.library("printf", 8n, `${m.r.rsi}! = ${m.r.rdx}\r\n`)],
	[0x4011d8, "b8 00 00 00 00", "mov $0x0, %eax", "mov eax, 0", 19, (m) => { m.r.rax = 0n; }],
	[0x4011dd, "c9", "leave", "leave", 20, (m) => { m.r.rsp = m.r.rbp; m.r.rbp = m.pop(); }],
	[0x4011de, "c3", "ret", "ret", 20, (m) => m.ret()],
];

const FUNCTIONS = [
	{ name: "factorial", from: 0x401146, to: 0x40117e },
	{ name: "main", from: 0x40117e, to: 0x4011df },
];

const byAddress = new Map(CODE.map((row) => [BigInt(row[0]), row]));

export const functionAt = (pc) => FUNCTIONS.find((f) => pc >= BigInt(f.from) && pc < BigInt(f.to));

export function instructionsOf(fn, syntax, file) {
	return CODE.filter((row) => row[0] >= fn.from && row[0] < fn.to).map((row) => ({
		address: BigInt(row[0]),
		instructionBytes: Uint8Array.from(row[1].split(" ").map((b) => parseInt(b, 16))),
		instruction: syntax === "intel" ? row[3] : row[2],
		symbol: row[0] === fn.from ? fn.name : `${fn.name}+${row[0] - fn.from}`,
		file, line: row[4],
	}));
}

export const firstAddressOf = (line) => CODE.find((row) => row[4] === line)?.[0];
export const isCode = (address) => byAddress.has(address);

export class Machine {
	constructor() {
		this.r = {
			rax: 0x40117en, rbx: 0x7ffd5a3c1f98n, rcx: 0x403de8n, rdx: 0x7ffd5a3c1fa8n, rsi: 0x7ffd5a3c1f98n, rdi: 1n, rbp: 1n, rsp: TOP,
			r8: 0n, r9: 0x7f21c0c1b680n, r10: 0x7ffd5a3c1bb0n, r11: 0x203n, r12: 0n, r13: 0x7ffd5a3c1fa8n, r14: 0x403de8n,
			r15: 0x7f21c0c4f020n, rip: 0x40117en, eflags: 0x246n,
		};
		this.memory = new Map([[TOP, STDIO]]);
		this.frames = [{ name: "main", cfa: TOP + 8n, callSite: undefined }];
		this.output = "";
		this.typed = "";
		this.macro = undefined;
		this.exited = false;
	}

	store(at, value) { this.memory.set(at, value); }
	load(at) { return this.memory.get(at) ?? 0n; }
	push(value) { this.r.rsp -= 8n; this.store(this.r.rsp, value); }
	pop() { const v = this.load(this.r.rsp); this.r.rsp += 8n; return v; }

	sub(a, b) {
		const v = (a - b) & MASK;
		const sign = v >> 63n & 1n;
		this.r.eflags = 0x202n | (a < b ? 1n : 0n) | (v === 0n ? 0x40n : 0n) | (sign << 7n) | (v & 1n ? 0n : 4n);
		return v;
	}

	greater() { return (this.r.eflags & 0xc0n) === 0n; }

	call(to) {
		const next = CODE[CODE.findIndex((row) => BigInt(row[0]) === this.r.rip) + 1][0];
		this.push(BigInt(next));
		this.frames.unshift({ name: "factorial", cfa: this.r.rsp + 8n, callSite: this.r.rip });
		return to;
	}

	ret() {
		const to = this.pop();
		this.frames.shift();
		this.exited = to === STDIO;
		return this.exited ? this.r.rip : to;
	}

	library(name, result, text) {
		this.output += text;
		Object.assign(this.r, { rax: result, rcx: 0n, rdx: 0n, rsi: 0x4052a0n, r11: 0x246n });
		this.macro = { name, microseconds: 14 };
	}

	scan() {
		const line = /^([^\n]*)\n/.exec(this.typed);
		if (!line)
			return "wait";
		this.typed = this.typed.slice(line[0].length);
		this.store(this.r.rbp - 12n, BigInt(parseInt(line[1], 10) || 0));
		this.library("scanf", 1n, "");
		return undefined;
	}

	/** One instruction. @returns false when it waits for input */
	step() {
		const index = CODE.findIndex((row) => BigInt(row[0]) === this.r.rip);
		this.macro = undefined;
		const to = CODE[index][5](this);
		if (to === "wait")
			return false;
		if (!this.exited)
			this.r.rip = typeof to === "bigint" ? to : BigInt(CODE[index + 1][0]);
		return true;
	}

	/** Everything about this moment, independent of what comes after. */
	moment() {
		const row = byAddress.get(this.r.rip);
		return {
			registers: { ...this.r }, memory: new Map(this.memory), outputEnd: Buffer.byteLength(this.output), macro: this.macro,
			exited: this.exited, line: row[4], frames: this.frames.map((f, i) => ({ ...f, pc: i === 0 ? this.r.rip : this.frames[i - 1].callSite })),
		};
	}
}

export const lineOf = (pc) => byAddress.get(pc)?.[4];
