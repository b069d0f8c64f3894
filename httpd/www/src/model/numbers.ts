/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Numbers and bytes as they are shown. */

const grouped = new Intl.NumberFormat("en").formatToParts(1234567).length > 1;

/** 1234 → "1 234" */
export function spaced(n: number): string {
	return grouped ? n.toLocaleString("en").replace(/,/g, "\u202f") : String(n);
}

export function duration(microseconds: number): string {
	if (microseconds < 1000)
		return `${microseconds} µs`;
	return microseconds < 1e6 ? `${Math.round(microseconds / 1000)} ms` : `${(microseconds / 1e6).toFixed(1)} s`;
}

/** 1536 → "1.5 KiB" */
export function byteCount(n: number): string {
	const unit = n < 1024 ? 0 : n < 1024 * 1024 ? 1 : n < 1024 ** 3 ? 2 : 3;
	const value = n / 1024 ** unit;
	return `${unit === 0 || Number.isInteger(value) ? value : value.toFixed(1)} ${["bytes", "KiB", "MiB", "GiB"][unit]}`;
}

export const hexByte = (b: number): string => b.toString(16).padStart(2, "0");

/** Up to eight bytes as the number that they are on these machines, least significant first; more as they stand. */
export function bytesValue(bytes: Uint8Array): string {
	if (bytes.length === 0 || bytes.length > 8)
		return [...bytes].map(hexByte).join(" ");
	let value = 0n;
	for (const b of [...bytes].reverse())
		value = (value << 8n) | BigInt(b);
	return BigInt.asIntN(8 * bytes.length, value).toString();
}
