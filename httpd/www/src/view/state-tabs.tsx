/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The state column's tabs below the registers. */

import * as cursor from "../model/cursor";
import { stateTab } from "../model/layout";
import { refresh } from "../model/moment";
import { watches } from "../model/watches";
import { Memory } from "./memory";
import { Tabs, type Tab } from "./parts";
import { Variables } from "./variables";
import { Watch } from "./watch";

const Count = () => (watches.value.length === 0 ? null : <span class="badge count">{watches.value.length}</span>);

export function StateTabs() {
	const frame = cursor.frameId.value === 0 ? undefined : cursor.frame.value;
	const tabs: Tab[] = [
		{ id: "variables", title: frame ? `Variables of ${frame.name}` : "Variables", content: () => <Variables /> },
		{ id: "watch", title: "Watch", badge: <Count />, content: () => <Watch /> },
		{ id: "memory", title: "Memory", content: () => <Memory /> },
	];
	return <Tabs id="values" label="Values" tabs={tabs} open={stateTab.value} onOpen={(id) => {
		stateTab.value = id as typeof stateTab.value;
		if (id === "memory")
			void refresh();
	}} />;
}
