/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The source pane: file tabs over the editor. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { mountEditor } from "../editor/editor";
import { activeFile, addFile, draft, removeFile, renameFile } from "../model/source";
import { notice } from "../model/link";
import { Icon } from "./icons";
import { showLineMenu } from "./line-menu";
import { VisitsBar } from "./visits";

const renaming = signal<number | undefined>(undefined);

function FileTab({ index, name }: { index: number; name: string }) {
	const active = index === activeFile.value;
	if (renaming.value === index) {
		const done = (value: string) => {
			renaming.value = undefined;
			const wrong = value === name ? undefined : renameFile(index, value);
			if (wrong)
				notice.value = { kind: "error", text: wrong };
		};
		return <input class="rename" aria-label="File name" value={name} ref={(e) => e?.focus()} spellcheck={false}
			onBlur={(e) => done(e.currentTarget.value)}
			onKeyDown={(e) => {
				if (e.key === "Enter")
					e.currentTarget.blur();
				else if (e.key === "Escape") {
					e.currentTarget.value = name;
					e.currentTarget.blur();
				}
			}} />;
	}
	return (
		<span class={active ? "file active" : "file"}>
			<button type="button" aria-pressed={active} title="Double click to rename"
				onClick={() => (activeFile.value = index)} onDblClick={() => (renaming.value = index)}
				onKeyDown={(e) => e.key === "F2" && (renaming.value = index)}>{name}</button>
			{active && draft.value.files.length > 1 && (
				<button type="button" class="tool small" aria-label={`Remove ${name}`} title={`Remove ${name}`}
					onClick={() => removeFile(index)}><Icon name="close" /></button>
			)}
		</span>
	);
}

function Editor() {
	const host = useRef<HTMLDivElement>(null);
	useEffect(() => mountEditor(host.current!, showLineMenu), []);
	return <div id="editor" class="editor" ref={host} />;
}

export function SourcePane() {
	return (
		<section id="source" class="panel" aria-labelledby="source-title">
			<header class="panel-head">
				<h2 id="source-title">Source</h2>
				<div class="files" role="group" aria-label="Files">
					{draft.value.files.map((f, i) => <FileTab key={f.name} index={i} name={f.name} />)}
					<button type="button" id="add-file" class="tool small" aria-label="Add a file" title="Add a file" onClick={addFile}><Icon name="plus" /></button>
				</div>
			</header>
			<div class="panel-body"><VisitsBar /><Editor /></div>
		</section>
	);
}
