/** Vite plugin: `virtual:catalogue/de` is all of `src/i18n/catalogues/de/*.json` as one module. */

import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Plugin } from "vite";

const FOLDER = resolve(import.meta.dirname, "src/i18n/catalogues");
const PREFIX = "virtual:catalogue/";

export function catalogues(): Plugin {
  return {
    name: "catalogues",
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null;
      const folder = join(FOLDER, id.slice(PREFIX.length + 1));
      const merged: Record<string, string> = {};
      for (const name of readdirSync(folder).filter((each) => each.endsWith(".json")).sort()) {
        const file = join(folder, name);
        this.addWatchFile(file);
        Object.assign(merged, JSON.parse(readFileSync(file, "utf8")));
      }
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(merged))});`;
    },
  };
}
