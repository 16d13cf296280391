import type { Sanction } from "../../live/wire";

const HOURS = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAYS = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const A_DAY_MS = 24 * 3_600_000;

/** What happened to one, until when and why, in a sentence. Times are the server's, shown in local time. */
export function sanctionSentence(sanction: Sanction, now: number): string {
  const what = sanction.kind === "ban" ? "You cannot take part in this show" : "You cannot chat in this show";
  const far = sanction.until !== null && sanction.until - now > A_DAY_MS;
  const end = sanction.until === null ? "" : ` until ${(far ? DAYS : HOURS).format(sanction.until)}`;
  const why = sanction.reason === "" ? "" : ` The moderator’s reason: ${sanction.reason}`;
  const rest = sanction.kind === "ban" ? "" : " You can still watch and buy.";
  return `${what}${end}.${why}${rest}`;
}
