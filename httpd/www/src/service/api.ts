/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The HTTP half of the service: what it offers, and the beginning and end of a session. */

import type { Diagnostic, ServiceInfo, SessionRequest } from "./types";
import { integer, list, text } from "./word";

/** An answer that says no. `message` is the service's own sentence and is shown as it is. */
export class ServiceError extends Error {
	readonly status: number;
	readonly code: string;
	readonly diagnostics: Diagnostic[];
	/** What else the answer says: the argument that is meant, the frontier. */
	readonly more: Record<string, unknown>;

	/** @param status the HTTP-like status; 0 when no answer came at all */
	constructor(status: number, code: string, message: string, diagnostics: Diagnostic[] = [], more: Record<string, unknown> = {}) {
		super(message);
		this.status = status;
		this.code = code;
		this.diagnostics = diagnostics;
		this.more = more;
	}

	get gone(): boolean {
		return this.status === 404 || this.status === 410;
	}
}

export function readDiagnostics(raw: unknown): Diagnostic[] {
	return list(raw).map((d) => ({
		file: text(d?.file),
		line: integer(d?.line),
		column: integer(d?.column),
		severity: text(d?.severity) ?? "error",
		message: text(d?.message) ?? "",
	}));
}

async function call(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<any> {
	let response: Response;
	try {
		response = await fetch("/api/v1" + path, {
			method,
			signal,
			credentials: "same-origin",
			headers: body === undefined ? {} : { "content-type": "application/json" },
			body: body === undefined ? undefined : JSON.stringify(body),
		});
	} catch (cause) {
		if (signal?.aborted)
			throw new ServiceError(0, "cancelled", "Cancelled.");
		throw new ServiceError(0, "unreachable", "The service cannot be reached.");
	}
	const answer = await response.text();
	let parsed: any;
	try {
		parsed = answer === "" ? {} : JSON.parse(answer);
	} catch {
		parsed = undefined;
	}
	if (response.ok && parsed !== undefined)
		return parsed;
	const error = parsed?.error;
	const said = text(error?.message) ?? (answer.trim().slice(0, 400) || response.statusText);
	throw new ServiceError(response.status, text(error?.code) ?? "error",
		said || `The service answered ${response.status}.`, readDiagnostics(error?.diagnostics));
}

export async function getInfo(): Promise<ServiceInfo> {
	const raw = await call("GET", "/info");
	return {
		version: text(raw.version),
		isolation: text(raw.isolation),
		isolationNote: text(raw.isolationNote),
		languages: list(raw.languages).map((l) => ({
			name: String(l?.name),
			compilers: list(l?.compilers).map((c) => ({ name: String(c?.name ?? c), version: text(c?.version) })),
		})),
		limits: raw.limits ?? {},
	};
}

export interface Created {
	session: string;
	state: any;
	diagnostics: Diagnostic[];
}

/** Compiles and starts; aborting cancels the compilation. */
export async function createSession(request: SessionRequest, signal: AbortSignal): Promise<Created> {
	const raw = await call("POST", "/sessions", request, signal);
	const session = text(raw.session);
	if (!session)
		throw new ServiceError(0, "answer", "The service's answer names no session.");
	return { session, state: raw.state, diagnostics: readDiagnostics(raw.diagnostics) };
}

export const getSession = (id: string): Promise<any> => call("GET", `/sessions/${encodeURIComponent(id)}`);

export const deleteSession = (id: string): Promise<any> => call("DELETE", `/sessions/${encodeURIComponent(id)}`);
