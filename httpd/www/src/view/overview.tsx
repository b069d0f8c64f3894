/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The timeline's picture over the slider. The slider says the same to those who do not see it. */

import { useEffect, useRef } from "preact/hooks";
import * as cursor from "../model/cursor";
import { overview, type Overview } from "../model/overview";
import { isDark } from "../model/settings";

/** Half the slider's thumb: its middle goes no further to the edges. */
const INSET = 8;

function draw(canvas: HTMLCanvasElement, it: Overview | undefined, frontier: number): void {
	const { clientWidth: width, clientHeight: height } = canvas;
	const scale = devicePixelRatio || 1;
	canvas.width = width * scale;
	canvas.height = height * scale;
	const pen = canvas.getContext("2d");
	if (!pen || !it || frontier === 0)
		return;
	const style = getComputedStyle(canvas);
	const colour = (name: string) => style.getPropertyValue(name).trim();
	const deepest = 1 + Math.max(1, ...it.buckets.map((b) => b.depth));
	const span = (width - 2 * INSET) * Math.min(1, (it.to + 1) / (frontier + 1));
	const step = span / it.buckets.length;
	pen.scale(scale, scale);
	it.buckets.forEach((b, i) => {
		/* Whole pixels: where two would share one they would shine through each other. */
		const x = Math.round(INSET + i * step);
		const wide = Math.round(INSET + (i + 1) * step) - x;
		const tall = (height - 6) * ((b.depth + 1) / deepest);
		pen.fillStyle = colour("--silhouette");
		pen.fillRect(x, height - tall, wide, tall);
		const tick = (name: string, y: number) => {
			pen.fillStyle = colour(name);
			pen.fillRect(x, y, Math.max(1.5, Math.min(step, 3)), 4);
		};
		if (b.output)
			tick("--good", 0);
		if (b.syscalls)
			tick("--faint", 0);
		if (b.breakpoints)
			tick("--breakpoint", 0);
		if (b.signals)
			tick("--warning", 0);
	});
}

export function OverviewCanvas() {
	const canvas = useRef<HTMLCanvasElement>(null);
	const it = overview.value;
	const frontier = cursor.frontier.value;
	const dark = isDark.value;
	useEffect(() => {
		const node = canvas.current!;
		const paint = () => draw(node, it, frontier);
		paint();
		const watch = new ResizeObserver(paint);
		watch.observe(node);
		return () => watch.disconnect();
	}, [it, frontier, dark]);
	return <canvas class="overview" ref={canvas} aria-hidden="true" title="Depth of calls; green: output, red: breakpoints, orange: signals" />;
}
