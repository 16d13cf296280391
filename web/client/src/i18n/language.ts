/** Which language the pages speak: chosen before, else the first of the browser's that there is, else English. */

import { computed, signal } from "@preact/signals";

export type Language = "en" | "de" | "es" | "fr" | "ko" | "ar";
type Sentences = Readonly<Record<string, string>>;

/** Each language by its own name, as people who read it look for it. */
export const LANGUAGES: readonly (readonly [tag: Language, name: string])[] = [
  ["en", "English"],
  ["de", "Deutsch"],
  ["es", "Español"],
  ["fr", "Français"],
  ["ko", "한국어"],
  ["ar", "العربية"],
];

/** One file per language, merged from its areas at build (vite.config.ts) and fetched only when it is spoken. */
const CATALOGUES: Record<Exclude<Language, "en">, () => Promise<{ default: Sentences }>> = {
  de: () => import("virtual:catalogue/de"),
  es: () => import("virtual:catalogue/es"),
  fr: () => import("virtual:catalogue/fr"),
  ko: () => import("virtual:catalogue/ko"),
  ar: () => import("virtual:catalogue/ar"),
};

/** The language of the pages. */
export const language = signal<Language>("en");
export const sentences = signal<Sentences>({});
export const rightToLeft = computed(() => language.value === "ar");

/**
 * For numbers, money and dates: the browser's own variant of the language (en-GB, de-AT), where it has one. Arabic is written
 * with the digits 0 to 9: sizes, handles and countdowns on the same page have them, and shops in most Arabic countries do.
 */
export const locale = computed(() => {
  const tag = navigator.languages?.find((each) => base(each) === language.value) ?? language.value;
  return language.value === "ar" ? `${tag.replace(/-u-.*$/, "")}-u-nu-latn` : tag;
});

const KEPT = "closetcast.language";

function base(tag: string): string {
  return tag.toLowerCase().split("-")[0] ?? "";
}

function known(tag: string | null): Language | null {
  return LANGUAGES.find(([each]) => each === tag)?.[0] ?? null;
}

/** The language to begin with. */
export function preferred(kept: string | null, browser: readonly string[]): Language {
  const wishes = [kept, ...browser.map(base)];
  return wishes.map(known).find((tag) => tag !== null) ?? "en";
}

/** Show the pages in `tag` with these sentences, from left or right. */
export function speak(tag: Language, catalogue: Sentences): void {
  sentences.value = catalogue;
  language.value = tag;
  document.documentElement.lang = tag;
  document.documentElement.dir = rightToLeft.value ? "rtl" : "ltr";
}

let asked: Language = "en";

/** Fetch a language and show the pages in it. @throws when it could not be fetched; the pages stay as they are. */
async function change(tag: Language): Promise<void> {
  asked = tag;
  const catalogue = tag === "en" ? {} : (await CATALOGUES[tag]()).default;
  // A slower answer to an earlier choice must not replace a newer one.
  if (asked === tag) speak(tag, catalogue);
}

/** Choose a language and remember it in this browser. @throws when it could not be fetched */
export async function choose(tag: Language): Promise<void> {
  await change(tag);
  try {
    localStorage.setItem(KEPT, tag);
  } catch {
    // Storage is switched off: the choice holds until the page is loaded again.
  }
}

/** Begin in the language that fits; in English when its sentences do not come. */
export async function startLanguage(): Promise<void> {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    // Storage is switched off.
  }
  await change(preferred(kept, navigator.languages ?? [])).catch(() => speak("en", {}));
}
