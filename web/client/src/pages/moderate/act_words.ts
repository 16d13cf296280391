/** What was done, in words. */

import { mark, t } from "../../i18n";

const DONE: Readonly<Record<string, string>> = {
  mute: mark("Muted"),
  timeout: mark("In a time-out"),
  ban: mark("Banned"),
  shadow: mark("In the shadow"),
  delete: mark("Message deleted"),
  delete_all: mark("All messages deleted"),
  lift: mark("Sanction lifted"),
  appeal_kept: mark("Appeal refused"),
  approve: mark("Message approved"),
  reject: mark("Message rejected"),
  pin: mark("Message pinned"),
  unpin: mark("Pin taken down"),
  question_done: mark("Question ticked off"),
  rules: mark("Rules changed"),
  poll: mark("Poll opened"),
  undo: mark("Undone"),
};

export function actWords(act: string, scope: string | null = null): string {
  if (act === "ban" && scope === "closet") return t("Banned from all shows of this host");
  return t(DONE[act] ?? mark("Changed"));
}
