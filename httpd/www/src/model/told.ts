/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What stops the program is told to all clients of a session: what a client is told while it sets some itself is older than that. */

let telling = 0;

/** @returns whether the session is being told something, so that what it tells is of before */
export const isTelling = (): boolean => telling > 0;

export async function tell<T>(what: Promise<T>): Promise<T> {
	telling++;
	try {
		return await what;
	} finally {
		telling--;
	}
}
