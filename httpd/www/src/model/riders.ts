/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What rides along with a move of the cursor, so that a step stays one request: each part of the page that shows something of
 * the moment says here what it asks, and takes in its own answer.
 */

import type { RideAnswer } from "../service/types";

export interface Rider {
	command: string;
	arguments: Record<string, unknown>;
	/** `error` says why there is no body. */
	take(body: any, error?: string): void;
}

/** As many as the service takes along. */
const RIDERS_MAX = 32;

type Source = (frameId: number) => Rider[];

const sources: Source[] = [];
const lacking: (() => boolean)[] = [];

/**
 * Sources are asked in the order in which they came; what a later one takes in may look at what an earlier one took.
 * @param lacks whether something that is to be shown of the moment was not asked for: the step led to another function
 */
export function rides(source: Source, lacks?: () => boolean): void {
	sources.push(source);
	if (lacks)
		lacking.push(lacks);
}

export const isLacking = (): boolean => lacking.some((lacks) => lacks());

/** What is to be asked about a frame of the moment. */
export const ridersOf = (frameId: number): Rider[] => sources.flatMap((source) => source(frameId)).slice(0, RIDERS_MAX);

export const asked = (riders: Rider[]) => riders.map((r) => ({ command: r.command, arguments: r.arguments }));

/** The answers stand in the order of the riders. */
export function takeAnswers(riders: Rider[], answers: RideAnswer[]): void {
	riders.forEach((rider, i) => {
		const answer = answers[i];
		if (answer)
			rider.take(answer.body ?? {}, answer.error ? answer.error.message : undefined);
	});
}
