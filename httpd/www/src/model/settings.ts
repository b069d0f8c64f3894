/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A person's preferences, and the shape of the window. */

import { computed, effect, signal } from "@preact/signals";
import { kept } from "./store";

export type Theme = "system" | "light" | "dark";
export type Syntax = "att" | "intel";
export type NumberFormat = "hex" | "signed" | "unsigned";
export type Shape = "wide" | "medium" | "narrow";

export const theme = kept<Theme>("theme", "system");
export const syntax = kept<Syntax>("syntax", "att");
export const showBytes = kept<boolean>("bytes", false);
export const numberFormat = kept<NumberFormat>("registers", "hex");

function matches(query: string) {
	const list = matchMedia(query);
	const is = signal(list.matches);
	list.addEventListener("change", () => (is.value = list.matches));
	return is;
}

const isNarrow = matches("(max-width: 640px)");
const isMedium = matches("(max-width: 1199px)");
const prefersDark = matches("(prefers-color-scheme: dark)");
export const reducedMotion = matches("(prefers-reduced-motion: reduce)");

export const shape = computed<Shape>(() => (isNarrow.value ? "narrow" : isMedium.value ? "medium" : "wide"));
export const isDark = computed(() => (theme.value === "system" ? prefersDark.value : theme.value === "dark"));

effect(() => {
	document.documentElement.dataset.theme = isDark.value ? "dark" : "light";
});
