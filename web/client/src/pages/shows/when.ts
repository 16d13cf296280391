/** Starting times as the browser's date-and-time field writes them, in the reader's own time zone. Pure. */

import { t } from "../../i18n";

/** Shows can be planned this far ahead. */
const DAYS_AHEAD = 365;

/** Unix milliseconds as "2026-11-24T19:00" in local time. */
export function fieldTime(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** What the field says, in Unix milliseconds; null when it says nothing. */
export function timeFrom(text: string): number | null {
  if (!/^\d{4,6}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text)) return null;
  const at = new Date(text).getTime();
  return Number.isNaN(at) ? null : at;
}

/** The next full hour at least half an hour from now: what most people want. */
export function suggestedStart(now: number): number {
  const date = new Date(now + 30 * 60_000);
  date.setMinutes(60, 0, 0);
  return date.getTime();
}

export function startProblem(text: string, now: number): string | null {
  const at = timeFrom(text);
  if (at === null) return t("Choose a day and a time.");
  if (at < now - 5 * 60_000) return t("That time is over. Choose a later one.");
  if (at > now + DAYS_AHEAD * 24 * 3_600_000) return t("That is more than a year away. Choose an earlier day.");
  return null;
}
