import { locale, t } from "../../i18n";
import type { Sanction } from "../../live/wire";

const A_DAY_MS = 24 * 3_600_000;

/** What happened to one, until when and why, in sentences. Times are the server's, shown in local time. */
export function sanctionSentence(sanction: Sanction, now: number): string {
  const { kind, until, reason } = sanction;
  const far = until !== null && until - now > A_DAY_MS;
  const clock: Intl.DateTimeFormatOptions = far ? { dateStyle: "medium", timeStyle: "short" } : { hour: "2-digit", minute: "2-digit" };
  const time = until === null ? "" : new Intl.DateTimeFormat(locale.value, clock).format(until);
  const sentences = [
    t("{kind, select, ban {You cannot take part in this show} other {You cannot chat in this show}}{ends, select, yes { until {time}.} other {.}}", {
      kind,
      ends: until === null ? "no" : "yes",
      time,
    }),
    reason && t("The moderator’s reason: {reason}", { reason }),
    kind !== "ban" && t("You can still watch and buy."),
  ];
  return sentences.filter(Boolean).join(" ");
}
