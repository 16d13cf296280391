/** What a sentence in ICU MessageFormat asks for: its values, and the plural forms of each language. */

import { IntlMessageFormat } from "intl-messageformat";

type Element = ReturnType<IntlMessageFormat["getAst"]>[number];

/** The numbers of `TYPE` in the parser, which gives them no names at run time. */
const LITERAL = 0;
const SELECT = 5;
const PLURAL = 6;
const POUND = 7;
const TAG = 8;

/**
 * The values of a sentence, sorted: "count plural", "name", "<link>".
 *
 * @throws SyntaxError when it is no ICU sentence
 */
export function placeholders(text: string, language: string): string[] {
  const found = new Set<string>();
  visit(parse(text, language), (element) => {
    if (element.type === LITERAL || element.type === POUND) return;
    const name = (element as { value: string }).value;
    if (element.type === PLURAL) found.add(`${name} plural`);
    else if (element.type === SELECT) found.add(`${name} select`);
    else if (element.type === TAG) found.add(`<${name}>`);
    else found.add(name);
  });
  return [...found].sort();
}

/** Plural forms that the language has and a plural of the sentence lacks. "zero" is optional: some want a sentence of its own. */
export function lacking(text: string, language: string): string[] {
  const found = new Set<string>();
  const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories.filter((each) => each !== "zero");
  // French and Spanish have "many" only for round millions.
  const needed = wanted.filter((each) => !(each === "many" && (language === "fr" || language === "es")));
  const exact: Record<string, string> = { one: "=1", two: "=2" };
  visit(parse(text, language), (element) => {
    if (element.type !== PLURAL) return;
    const { options } = element as { options: Record<string, unknown> };
    for (const form of needed) if (!(form in options) && !((exact[form] ?? form) in options)) found.add(form);
  });
  return [...found];
}

function parse(text: string, language: string): Element[] {
  return new IntlMessageFormat(text, language).getAst();
}

function visit(elements: readonly Element[], see: (element: Element) => void): void {
  for (const element of elements) {
    see(element);
    const inner = element as { options?: Record<string, { value: Element[] }>; children?: Element[] };
    for (const option of Object.values(inner.options ?? {})) visit(option.value, see);
    visit(inner.children ?? [], see);
  }
}
