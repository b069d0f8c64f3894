/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* "This line ran 12 times", and the way to each. */

import * as cursor from "../model/cursor";
import { ready } from "../model/link";
import { spaced } from "../model/numbers";
import { goToVisit, isComplete, visitNumber, visits } from "../model/visits";
import { Icon } from "./icons";
import { CloseButton } from "./parts";

export function VisitsBar() {
	const it = visits.value;
	if (!it || it.epoch !== cursor.epoch.value || !cursor.state.value)
		return null;
	const count = it.total;
	const here = it.positions[visitNumber.value - 1] === cursor.position.value;
	const which = count === 0 ? "" : here ? `, this is number ${spaced(visitNumber.value)}` : `, ${spaced(visitNumber.value)} before this step`;
	const go = (step: 1 | -1) => ready.peek() && void goToVisit(it.file, it.line, step);
	return (
		<div id="visits" class="visits" role="group" aria-label={`Visits of line ${it.line}`}>
			<button type="button" id="previous-visit" class="tool small" aria-label="To the visit before" title="To the visit before (Ctrl+F7 on the line)"
				onClick={() => go(-1)}><Icon name="chevron" side="left" /></button>
			<button type="button" id="next-visit" class="tool small" aria-label="To the next visit" title="To the next visit (Ctrl+F8 on the line)"
				onClick={() => go(1)}><Icon name="chevron" side="right" /></button>
			<span id="visits-text">{`Line ${it.line} ran ${count === 1 ? "once" : `${spaced(count)} times`}${isComplete.value ? "" : " or more"}${which}`}</span>
			<CloseButton label="Close" onClick={() => (visits.value = undefined)} />
		</div>
	);
}
