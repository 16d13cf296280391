/** Numbers, money and times in words, all by Intl in the language of the pages. */

import { locale as reading, mark, t } from "./i18n";

const DIGITS = new Map<string, number>();

/** How many digits the currency has behind the point: 2 for USD, 0 for JPY. */
export function minorDigits(currency: string): number {
  let digits = DIGITS.get(currency);
  if (digits === undefined) {
    digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
    DIGITS.set(currency, digits);
  }
  return digits;
}

/** `amount` minor units as text: 4800 USD is "$48", 4850 is "$48.50". */
export function money(amount: number, currency: string, locale: string = reading.value): string {
  const digits = minorDigits(currency);
  const unit = 10 ** digits;
  const whole = amount % unit === 0;
  const text = new Intl.NumberFormat(locale, {
    style: "currency",
    currency,
    // "US$" tells dollars apart where there are several; in Arabic its letters would run against the digits.
    currencyDisplay: locale.startsWith("ar") ? "narrowSymbol" : "symbol",
    minimumFractionDigits: whole ? 0 : digits,
    maximumFractionDigits: digits,
  }).format(amount / unit);
  // One run from left to right (Unicode UAX 9, LRI and PDI), whatever stands around it.
  return locale.startsWith("ar") ? `\u2066${text.replaceAll("\u200f", "")}\u2069` : text;
}

/**
 * What somebody typed as a price, in minor units; null when it is not a price. Accepts "48", "48.5", "48,50", "$ 1,200.00".
 * The last point or comma separates the minor units when at most that many digits follow it. A lone point is never read as
 * grouping: "48.505" is a slip of the finger far more often than forty-eight thousand.
 */
export function parseMoney(text: string, currency: string): number | null {
  const digits = minorDigits(currency);
  const bare = text.replace(/[\s$€£¥']/g, "");
  if (!/^\d[\d.,]*$/.test(bare)) return null;
  const last = Math.max(bare.lastIndexOf("."), bare.lastIndexOf(","));
  let whole = bare;
  let fraction = "";
  if (last >= 0 && bare.length - last - 1 <= digits && bare.length - last - 1 > 0) {
    whole = bare.slice(0, last);
    fraction = bare.slice(last + 1);
  }
  if (whole === bare && !whole.includes(",") && whole.split(".").length === 2) return null;
  const groups = whole.split(/[.,]/);
  if (groups.length > 1 && groups.slice(1).some((group) => group.length !== 3)) return null;
  const amount = Number(groups.join("") + fraction.padEnd(digits, "0"));
  return Number.isSafeInteger(amount) ? amount : null;
}

/** Minor units as somebody would type them: 4850 USD is "48.50". */
export function moneyInput(amount: number, currency: string): string {
  const digits = minorDigits(currency);
  const text = (amount / 10 ** digits).toFixed(digits);
  return text.endsWith("." + "0".repeat(digits)) ? text.slice(0, -digits - 1) : text;
}

/** "1.2K" for 1,234. */
export function count(value: number, locale: string = reading.value): string {
  return new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 }).format(value);
}

/** Minutes and seconds left, never below "0:00"; part seconds count as whole ones. */
export function minutesLeft(until: number, now: number): string {
  const seconds = Math.max(0, Math.ceil((until - now) / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** How long until a show starts: "in 3 days", "in 2 hours", "in 5 min", "any moment". */
export function startsIn(at: number, now: number, locale: string = reading.value): string {
  const minutes = Math.round((at - now) / 60_000);
  if (minutes < 1) return t("any moment");
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "always", style: "long" });
  if (minutes < 60) return words.format(minutes, "minute");
  const hours = Math.round(minutes / 60);
  if (hours < 36) return words.format(hours, "hour");
  return words.format(Math.round(hours / 24), "day");
}

/** "Tue, Nov 24, 7:00 PM" */
export function dayAndTime(at: number, locale: string = reading.value): string {
  return new Intl.DateTimeFormat(locale, {
    weekday: "short",
    month: "short",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
  }).format(at);
}

/** "Nov 24, 2026" */
export function day(at: number, locale: string = reading.value): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(at);
}

/** A moment of a show's clock: "1:02:03" or "2:03". */
export function showMoment(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  const tail = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** To be said with `t`. */
export const CONDITIONS: Record<string, string> = {
  new: mark("New with tags"),
  like_new: mark("Like new"),
  good: mark("Good"),
  worn: mark("Well loved"),
};

/** What a listing can be, in the server's words and in ours, to be said with `t`. */
export const CATEGORIES: readonly (readonly [key: string, name: string])[] = [
  ["dresses", mark("Dresses")],
  ["tops", mark("Tops")],
  ["bottoms", mark("Trousers and skirts")],
  ["outerwear", mark("Coats and jackets")],
  ["activewear", mark("Activewear")],
  ["swimwear", mark("Swimwear")],
  ["sleepwear", mark("Sleepwear")],
  ["shoes", mark("Shoes")],
  ["bags", mark("Bags")],
  ["jewellery", mark("Jewellery")],
  ["accessories", mark("Accessories")],
  ["kids", mark("Kids")],
  ["home", mark("Home")],
  ["other", mark("Something else")],
];

/** Currencies a price can be in. */
export const CURRENCIES = ["USD", "EUR", "GBP"] as const;
