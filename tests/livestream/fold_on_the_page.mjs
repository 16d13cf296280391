// Fold logs as the page does: `node fold_on_the_page.mjs ROOM.mjs LOGS.json`. Prints the first difference and ends with 1.
//
// LOGS.json: [{events, snapshots, cut}]; snapshots[n] is the server's after n events. The page's fold of the first n events
// must be what it makes of snapshot n, and so must a fold that begins at snapshot `cut`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [bundle, logs] = process.argv.slice(2);
const { fold, fromSnapshot } = await import(pathToFileURL(bundle).href);

// Who was sanctioned is remembered by the pages that saw it; no snapshot has it.
const known = (room) => JSON.parse(JSON.stringify({ ...room, sanctions: undefined }));

let compared = 0;
for (const [number, { events, snapshots, cut }] of JSON.parse(readFileSync(logs, "utf8")).entries()) {
  for (const begin of [0, cut]) {
    let room = fromSnapshot(snapshots[begin]);
    for (let at = begin; at < events.length; at += 1) {
      room = fold(room, [events[at]]);
      const { kind } = events[at];
      assert.deepEqual(known(room), known(fromSnapshot(snapshots[at + 1])), `log ${number}, offset ${at + 1}: ${kind}`);
      compared += 1;
    }
  }
}
console.log(compared);
