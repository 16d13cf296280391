/**
 * The pages' sentences in the reader's language. A sentence is its own key, in English and ICU MessageFormat:
 * `t("{count, plural, one {# piece} other {# pieces}}", { count })`. A sentence that a catalogue lacks is shown in English.
 */

import { signal } from "@preact/signals";
import { IntlMessageFormat } from "intl-messageformat";

export type Values = Record<string, string | number>;

/** The language of the pages, a BCP 47 tag. */
export const language = signal("en");
const sentences = signal<Readonly<Record<string, string>>>({});
const formats = new Map<string, IntlMessageFormat>();

/** `text` in the reader's language, with `values` in its places. */
export function t(text: string, values?: Values): string {
  const found = sentences.value[text] ?? text;
  if (values === undefined && !/[{'<]/.test(found)) return found;
  const key = `${language.value} ${found}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new IntlMessageFormat(found, language.value, undefined, { ignoreTag: true });
    formats.set(key, format);
  }
  return format.format(values) as string;
}

/** Show the pages in `tag` with these sentences. */
export function speak(tag: string, catalogue: Readonly<Record<string, string>>): void {
  formats.clear();
  language.value = tag;
  sentences.value = catalogue;
}
