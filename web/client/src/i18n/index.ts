/**
 * The pages' sentences in the reader's language. A sentence is its own key, in English and ICU MessageFormat:
 * `t("{count, plural, one {# piece} other {# pieces}}", { count })`. README.md beside this file says how to add one.
 */

import type { ComponentChildren } from "preact";
import { IntlMessageFormat } from "intl-messageformat";
import { locale, rightToLeft, sentences } from "./language";

export { language, locale, rightToLeft } from "./language";

export type Values = Record<string, string | number>;
/** Values of a sentence with tags: `<link>…</link>` is drawn by the function `link`. */
export type RichValues = Record<string, string | number | ((inner: ComponentChildren) => ComponentChildren)>;

const formats = new Map<string, IntlMessageFormat>();

/** `text` in the reader's language, with `values` in its places. A sentence that the catalogue lacks is shown in English. */
export function t(text: string, values?: Values): string {
  const found = sentences.value[text] ?? text;
  if (values === undefined && !/[{'<]/.test(found)) return found;
  return said(text, found, values, true) as string;
}

/** A sentence with tags in it, for a link or bold words: `rich("from <link>@{handle}</link>", { handle, link: (inner) => <a …>{inner}</a> })`. */
export function rich(text: string, values: RichValues): ComponentChildren {
  return said(text, sentences.value[text] ?? text, values, false) as ComponentChildren;
}

/** An arrow key by what it means in reading direction: "ArrowRight" is onwards, also where that is to the left. */
export function readingKey(key: string): string {
  const turned: Record<string, string> = { ArrowRight: "ArrowLeft", ArrowLeft: "ArrowRight" };
  return rightToLeft.value ? (turned[key] ?? key) : key;
}

/** Facts side by side, "M · Arket · Like new"; empty ones are left out, and each keeps its own direction. */
export function inARow(...facts: (string | null | undefined | false)[]): string {
  const said = facts.filter((fact): fact is string => Boolean(fact));
  return (rightToLeft.value ? said.map(alone) : said).join(" · ");
}

/** Notes an English sentence for the catalogues where it is written down long before it is said, with `t`. */
export function mark(text: string): string {
  return text;
}

function said(text: string, found: string, values: RichValues | undefined, ignoreTag: boolean): unknown {
  try {
    return format(found, ignoreTag).format(isolated(values) as never);
  } catch {
    // A slip in a translation must not take a page down; the catalogues' test names it.
    return found === text ? text : format(text, ignoreTag).format(values as never);
  }
}

function format(found: string, ignoreTag: boolean): IntlMessageFormat {
  const key = `${locale.value} ${ignoreTag} ${found}`;
  let ready = formats.get(key);
  if (ready === undefined) {
    // A handle begins with a sign of no direction, which has to stay on its left.
    const written = rightToLeft.value ? found.replaceAll("@{handle}", "\u2068@{handle}\u2069") : found;
    ready = new IntlMessageFormat(written, locale.value, undefined, { ignoreTag });
    formats.set(key, ready);
  }
  return ready;
}

function alone(text: string): string {
  return `\u2068${text}\u2069`;
}

/** Names and prices run left to right inside a sentence that runs the other way: each is isolated (Unicode UAX 9, FSI and PDI). */
function isolated(values: RichValues | undefined): RichValues | undefined {
  if (values === undefined || !rightToLeft.value) return values;
  const kept = Object.entries(values).map(([name, value]) => [name, typeof value === "string" ? alone(value) : value]);
  return Object.fromEntries(kept) as RichValues;
}
