/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A question that has to be answered before something is done that cannot be taken back. */

import { signal } from "@preact/signals";

export interface Question {
	title: string;
	text: string;
	/** What is done, as its button says it. */
	yes: string;
	answer(yes: boolean): void;
}

export const question = signal<Question | undefined>(undefined);

/** One at a time: a second question answers the first with no. */
export function ask(title: string, text: string, yes: string): Promise<boolean> {
	question.peek()?.answer(false);
	return new Promise((resolve) => {
		question.value = {
			title, text, yes,
			answer(done) {
				question.value = undefined;
				resolve(done);
			},
		};
	});
}
