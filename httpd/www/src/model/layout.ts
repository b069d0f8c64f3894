/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which tabs are open, for those who bring one to the front. */

import { signal } from "@preact/signals";

/** Of the state column. */
export const stateTab = signal<"variables" | "watch" | "memory">("variables");
/** Of the bottom strip. */
export const bottomTab = signal("output");
/** Of the narrow window. */
export const segment = signal("code");

export function openState(tab: "variables" | "watch" | "memory"): void {
	stateTab.value = tab;
	segment.value = "state";
}

export function openBottom(tab: string): void {
	bottomTab.value = tab;
	segment.value = "output";
}
