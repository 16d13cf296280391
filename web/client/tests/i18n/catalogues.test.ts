/** Every sentence of the pages is in every catalogue, nothing is in one for nothing, and no text goes past them. */

import { readFileSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { expect, test } from "vitest";
import { lacking, placeholders } from "./icu";
import { find } from "./sentences";

const SOURCE = resolve(import.meta.dirname, "../../src");
const CATALOGUES = join(SOURCE, "i18n/catalogues");
const LANGUAGES = ["de", "es", "fr", "ko", "ar"];

/** Where names stand that are the same in every language: the languages' own. */
const NAMES: readonly string[] = ["i18n/language.ts"];

const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$|\.d\.ts$/.test(name));
const sources = files.map((name) => ({ name, found: find(readFileSync(join(SOURCE, name), "utf8"), name) }));
/** Each sentence with the file that says it. */
const said = new Map(sources.flatMap(({ name, found }) => found.said.map((text) => [text, name] as const)));

interface Entry {
  file: string;
  text: string;
}

function entries(language: string): Map<string, Entry[]> {
  const found = new Map<string, Entry[]>();
  for (const name of readdirSync(join(CATALOGUES, language)).sort()) {
    const file = join(CATALOGUES, language, name);
    const area = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
    for (const [key, text] of Object.entries(area)) found.set(key, [...(found.get(key) ?? []), { file: relative(SOURCE, file), text }]);
  }
  return found;
}

test.each(LANGUAGES)("the catalogue of %s has every sentence", (language) => {
  const known = entries(language);
  const lacked: Record<string, string[]> = {};
  for (const [text, file] of said) if (!known.has(text)) (lacked[file] ??= []).push(text);
  const list = Object.entries(lacked).map(([file, texts]) => `\nsrc/${file}:\n${texts.map((text) => `  ${JSON.stringify(text)}: "",`).join("\n")}`);
  expect(list.join("\n"), `add to your area in src/i18n/catalogues/${language}/`).toBe("");
});

test.each(LANGUAGES)("the catalogue of %s has nothing that no page says", (language) => {
  const server = new Set(Object.keys(JSON.parse(readFileSync(join(CATALOGUES, language, "server.json"), "utf8")) as object));
  const unused = [...entries(language)].filter(([key]) => !said.has(key) && !server.has(key));
  expect(unused.map(([key, [entry]]) => `${entry?.file}: ${key}`)).toEqual([]);
});

test.each(LANGUAGES)("the sentences of %s take the same values as the English ones, in all plural forms", (language) => {
  const wrong: string[] = [];
  for (const [key, [first, ...others]] of entries(language)) {
    if (!first) continue;
    const where = `${first.file}: ${key}`;
    try {
      const wanted = placeholders(key, "en").join(", ");
      const given = placeholders(first.text, language).join(", ");
      if (wanted !== given) wrong.push(`${where}\n  has {${given}} instead of {${wanted}}`);
      const forms = lacking(first.text, language);
      if (forms.length > 0) wrong.push(`${where}\n  lacks the plural forms ${forms.join(", ")}`);
    } catch (error) {
      wrong.push(`${where}\n  is no ICU sentence: ${String(error)}`);
    }
    if (first.text.trim() === "") wrong.push(`${where}\n  is empty`);
    for (const other of others) if (other.text !== first.text) wrong.push(`${where}\n  is said differently in ${other.file}`);
  }
  expect(wrong.join("\n")).toBe("");
});

test("no text on a page goes past t()", () => {
  const past = sources
    .filter(({ name }) => !NAMES.some((each) => name.startsWith(each)))
    .flatMap(({ name, found }) => found.unsaid.map(({ line, text }) => `src/${name}:${line}  ${text}`));
  expect(past.join("\n"), "wrap these in t(), or mark() where they are kept for later").toBe("");
});
