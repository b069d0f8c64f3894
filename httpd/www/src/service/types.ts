/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the service says, as the page holds it: the session protocol's records (doc/PROTOCOL.md). */

/** A 64-bit machine word or address. */
export type Word = bigint;

export interface SourceFile {
	name: string;
	text: string;
}

export interface Diagnostic {
	file?: string;
	line?: number;
	column?: number;
	severity: string;
	message: string;
}

export interface SessionRequest {
	language: string;
	compiler?: string;
	flags: string[];
	files: SourceFile[];
	args: string[];
	env: Record<string, string>;
	stdin?: string;
	/** Absent: as the service does it. */
	record?: Recording;
}

export interface CompilerInfo {
	name: string;
	version?: string;
}

export interface ServiceInfo {
	version?: string;
	/** The level of isolation: `namespaces` is all of it. */
	isolation?: string;
	/** What is lost at a lower level. */
	isolationNote?: string;
	languages: { name: string; compilers: CompilerInfo[] }[];
	limits?: Record<string, unknown>;
}

export interface Limit {
	name: string;
	limit: number;
	used: number;
	unit?: string;
	/** What can be done once it is reached. */
	advice?: string;
}

/** What is recorded: what is stepped; the person's code ahead of the cursor; library code, too. */
export type Policy = "step" | "ahead" | "everything";

export interface Recording {
	policy: Policy;
	/** Steps ahead; absent: the service's own number. */
	budget?: number;
}

/** What the process does now, wherever the cursor is. */
export interface Live {
	status: "stopped" | "running" | "exited";
	waiting: boolean;
	/** Steps are recorded ahead of the cursor just now. */
	recording: boolean;
	policy?: Policy;
	limits: Limit[];
	/** What another run of the same program may do differently. */
	varies: string[];
}

export interface SignalInfo {
	number?: number;
	name: string;
	address?: Word;
	access?: string;
}

/** One moment of the timeline, or the word that a control command is not done yet (`running`). */
export interface State {
	epoch: number;
	from: number;
	position: number;
	frontier: number;
	thread?: number;
	status: "stopped" | "running" | "exited";
	reason?: string;
	pc?: Word;
	file?: string;
	line?: number;
	function?: string;
	depth?: number;
	registers: Record<string, Word>;
	output: string;
	outputEnd: number;
	exitCode?: number;
	signal?: SignalInfo;
	macro?: { name: string; microseconds?: number; advice?: string };
	/** `write`: the step is a person's change. */
	kind?: string;
	/** Watched memory that the step has touched. */
	touched?: { id: number; address?: Word; old?: Uint8Array; now?: Uint8Array };
	/** What the program was stopped for by a rule: a signal, a call, a thrown exception. */
	/** The limit that the command ended at. */
	limit?: Limit;
	caught?: {
		kind: string;
		name?: string;
		/** It happened inside the native step that begins at the position. */
		within: boolean;
	};
	/** Those that came in the step to the position. */
	signals: { name: string; delivered: boolean }[];
	live: Live;
}

export interface StackFrame {
	id: number;
	name: string;
	file?: string;
	line?: number;
	pc?: Word;
	cfa?: Word;
	/** Its code stands in its caller's. */
	inlined: boolean;
	module?: string;
}

export interface Variable {
	name: string;
	value: string;
	type?: string;
	address?: Word;
	size?: number;
	register?: string;
	variablesReference: number;
	available: boolean;
	/** The variable as an expression in its frame. */
	expression?: string;
	/** How much there is one level below it, and whether those are elements. */
	children: number;
	indexed: boolean;
}

export interface Instruction {
	address: Word;
	instructionBytes?: Uint8Array;
	instruction: string;
	symbol?: string;
	/** Where a direct jump or call goes: `printf@plt`, `main+12`. */
	target?: string;
	file?: string;
	line?: number;
}

export interface BreakpointAnswer {
	id?: number;
	verified: boolean;
	line?: number;
	address?: Word;
	message?: string;
}

/** An answer that rode along with a control command or query. */
export interface RideAnswer {
	command: string;
	status: number;
	body?: any;
	error?: { code: string; message: string };
}

export interface SessionEvent {
	event: string;
	seq?: number;
	state?: any;
	[field: string]: any;
}
