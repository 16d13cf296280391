/** A payment card while it is being typed. Pure; it is sent once and kept nowhere. */

import type { Payment } from "../../api/types";
import { t } from "../../i18n";

/** "4242424242424242" as "4242 4242 4242 4242". */
export function groupDigits(text: string): string {
  return text
    .replace(/\D/g, "")
    .slice(0, 19)
    .replace(/(\d{4})(?=\d)/g, "$1 ");
}

/** "1229" as "12/29"; a month typed as "3/" becomes "03/". `before` is the text before the last key, so that deleting works. */
export function expiryText(text: string, before = ""): string {
  if (before.endsWith("/") && text === before.slice(0, -1)) return text.slice(0, -1);
  let digits = text.replace(/\D/g, "").slice(0, 4);
  if (/^\d\s*\/$/.test(text) || /^[2-9]/.test(digits)) digits = `0${digits}`.slice(0, 4);
  if (digits.length < 2) return digits;
  return `${digits.slice(0, 2)}/${digits.slice(2)}`;
}

/** The check digit of ISO/IEC 7812-1 annex B. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const value = Number(digits[digits.length - 1 - place]) * (place % 2 === 1 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return digits.length >= 12 && sum % 10 === 0;
}

/** What is wrong with each field, in the names the server uses. `now` in Unix milliseconds. */
export function cardProblems(card: Payment, now: number): Partial<Record<keyof Payment, string>> {
  const problems: Partial<Record<keyof Payment, string>> = {};
  if (!luhn(card.card_number.replace(/\D/g, ""))) {
    problems.card_number = t("This card number is not complete or has a wrong digit.");
  }
  const expiry = /^(0[1-9]|1[0-2])\/(\d{2})$/.exec(card.expiry);
  if (!expiry) {
    problems.expiry = t("Write month and year, like 08/29.");
  } else {
    const today = new Date(now);
    const months = (2000 + Number(expiry[2])) * 12 + Number(expiry[1]) - 1;
    if (months < today.getUTCFullYear() * 12 + today.getUTCMonth()) problems.expiry = t("This card has expired. Use another one.");
  }
  if (!/^\d{3,4}$/.test(card.cvc)) problems.cvc = t("The 3 or 4 digits on the card.");
  return problems;
}
