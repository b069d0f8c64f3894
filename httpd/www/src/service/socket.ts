/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One session's WebSocket: numbered requests, their replies, events, and coming back after the connection was lost.
 * A closed socket does not say why it closed, so each way back begins by asking over HTTP whether the session still is.
 */

import { decode, encode } from "@msgpack/msgpack";
import { getSession, ServiceError } from "./api";
import type { SessionEvent } from "./types";
import { integer, text } from "./word";

const PROTOCOL = "penguintrace.v1";
const RETRY_FIRST_MS = 300;
const RETRY_LAST_MS = 8000;

export interface SocketListener {
	event(event: SessionEvent): void;
	up(): void;
	down(): void;
	/** The session is no more; the socket has given up. */
	gone(message: string): void;
}

interface Waiting {
	resolve(body: any): void;
	reject(error: ServiceError): void;
}

export class SessionSocket {
	readonly id: string;
	#listener: SocketListener;
	#socket: WebSocket | undefined;
	#waiting = new Map<number, Waiting>();
	#nextRequest = 1;
	#retryMs = RETRY_FIRST_MS;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#closed = false;

	constructor(id: string, listener: SocketListener) {
		this.id = id;
		this.#listener = listener;
		addEventListener("online", this.#hurry);
		this.#open();
	}

	/** One session-protocol request. Rejects with a ServiceError. */
	request(command: string, args: Record<string, unknown> = {}): Promise<any> {
		const socket = this.#socket;
		if (!socket || socket.readyState !== WebSocket.OPEN)
			return Promise.reject(new ServiceError(0, "disconnected", "There is no connection to the service."));
		const id = this.#nextRequest++;
		return new Promise((resolve, reject) => {
			this.#waiting.set(id, { resolve, reject });
			socket.send(encode({ id, command, arguments: args }, { useBigInt64: true, ignoreUndefined: true }));
		});
	}

	close(): void {
		this.#closed = true;
		clearTimeout(this.#timer);
		removeEventListener("online", this.#hurry);
		this.#socket?.close();
		this.#abandon();
	}

	#open(): void {
		const scheme = location.protocol === "https:" ? "wss:" : "ws:";
		const url = `${scheme}//${location.host}/api/v1/sessions/${encodeURIComponent(this.id)}/socket`;
		const socket = new WebSocket(url, PROTOCOL);
		socket.binaryType = "arraybuffer";
		socket.onmessage = (message) => this.#receive(message.data);
		socket.onclose = (close) => this.#lost(close.reason);
		this.#socket = socket;
	}

	#receive(data: unknown): void {
		if (!(data instanceof ArrayBuffer))
			return;
		let frame: any;
		try {
			frame = decode(new Uint8Array(data), { useBigInt64: true });
		} catch {
			return;
		}
		if (typeof frame?.event === "string") {
			if (frame.event === "hello") {
				this.#retryMs = RETRY_FIRST_MS;
				this.#listener.up();
			}
			this.#listener.event(frame);
			return;
		}
		const id = integer(frame?.id);
		const waiting = id === undefined ? undefined : this.#waiting.get(id);
		if (id === undefined || !waiting)
			return;
		this.#waiting.delete(id);
		const status = integer(frame.status) ?? 0;
		if (frame.error || status >= 400)
			waiting.reject(new ServiceError(status, text(frame.error?.code) ?? "error",
				text(frame.error?.message) ?? `The service answered ${status}.`, [], frame.error ?? {}));
		else
			waiting.resolve(frame.body ?? {});
	}

	#abandon(): void {
		const lost = [...this.#waiting.values()];
		this.#waiting.clear();
		for (const waiting of lost)
			waiting.reject(new ServiceError(0, "disconnected", "The connection to the service was lost."));
	}

	#lost(reason: string): void {
		this.#abandon();
		if (this.#closed)
			return;
		this.#listener.down();
		this.#timer = setTimeout(() => this.#again(reason), this.#retryMs);
		this.#retryMs = Math.min(this.#retryMs * 2, RETRY_LAST_MS);
	}

	async #again(reason: string): Promise<void> {
		try {
			await getSession(this.id);
		} catch (error) {
			if (this.#closed)
				return;
			if (error instanceof ServiceError && (error.gone || error.status === 401 || error.status === 502)) {
				this.close();
				this.#listener.gone(error.status === 404 && reason ? reason : error.message);
				return;
			}
			this.#lost(reason);
			return;
		}
		if (!this.#closed)
			this.#open();
	}

	#hurry = (): void => {
		if (this.#timer === undefined || this.#socket?.readyState !== WebSocket.CLOSED)
			return;
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#again(""), 0);
	};
}
