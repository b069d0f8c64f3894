/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The page's own icons, 20×20, drawn in lines. Those of the backward steps are the forward ones mirrored. */

const PATHS: Record<string, string> = {
	run: "M6 4l10 6-10 6z",
	pause: "M7 4v12M13 4v12",
	stop: "M5 5h10v10H5z",
	restart: "M15.5 10a5.5 5.5 0 1 1-1.7-4M15.5 3v4h-4",
	toEnd: "M5 4l8 6-8 6zM15.5 4v12",
	continue: "M3 4v12M7 4l9 6-9 6z",
	instruction: "M4 10h9M10 6.5l3.5 3.5L10 13.5M16.5 6v8",
	into: "M3.5 3.5h4.5a4 4 0 0 1 4 4v4M8.5 8.5L12 12l3.5-3.5M12 16.5h.01",
	over: "M3 11a7 6 0 0 1 13-2M16.5 4v5.5H11M10 16.5h.01",
	out: "M5 12.5V9a4 4 0 0 1 4-4h6.5M12 1.5L15.5 5 12 8.5M5 16.5h.01",
	close: "M5 5l10 10M15 5L5 15",
	plus: "M10 4v12M4 10h12",
	sun: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 1 0 0-7M10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6L16 16M4 16l1.4-1.4M14.6 5.4L16 4",
	moon: "M16 11.5A6.5 6.5 0 1 1 8.5 4a5 5 0 0 0 7.5 7.5z",
	system: "M3 4h14v9H3zM7 16.5h6M10 13v3.5",
	sliders: "M3 6h7M14 6h3M10 6a2 2 0 1 0 4 0 2 2 0 1 0-4 0M3 14h3M10 14h7M6 14a2 2 0 1 0 4 0 2 2 0 1 0-4 0",
	book: "M4 4h5a2 2 0 0 1 1 1 2 2 0 0 1 1-1h5v11h-5a2 2 0 0 0-1 1 2 2 0 0 0-1-1H4zM10 5v11",
	enter: "M16 4v6H5M8.5 6.5L5 10l3.5 3.5",
	question: "M7.5 7.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M10 14.5h.01",
	chevron: "M6 8l4 4 4-4",
};

const FILLED = new Set(["run", "stop", "toEnd", "continue"]);

/** Icons point right or down; `side` turns those that point down. */
export function Icon({ name, mirrored, side }: { name: string; mirrored?: boolean; side?: "left" | "right" | "up" }) {
	return (
		<svg class={`icon${mirrored ? " mirrored" : ""}${side ? ` to-${side}` : ""}`} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
			<path d={PATHS[name]} class={FILLED.has(name) ? "filled" : undefined} />
		</svg>
	);
}

export function Penguin() {
	return (
		<svg class="penguin" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
			<path class="body" d="M16 2c-5 0-7.5 4-7.5 9 0 3-3.5 6-3.5 12 0 4.5 5 7 11 7s11-2.5 11-7c0-6-3.5-9-3.5-12 0-5-2.5-9-7.5-9z" />
			<path class="belly" d="M16 13c-4 0-6.5 4.5-6.5 9 0 3.5 3 5.5 6.5 5.5s6.5-2 6.5-5.5c0-4.5-2.5-9-6.5-9z" />
			<circle class="belly" cx="13" cy="8.5" r="1.5" /><circle class="belly" cx="19" cy="8.5" r="1.5" />
			<path class="beak" d="M16 10l3.5 2L16 14.5 12.5 12z" />
		</svg>
	);
}
