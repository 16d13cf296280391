import { useCallback } from "preact/hooks";

import { sentence } from "../../api";
import type { Channel } from "../../live/channel";
import { toast } from "../../state/toasts";
import type { Act } from "./moderation";
import { t } from "../../i18n";

/** Do a moderator's act and say how it went. A mute or ban can be taken back from the notice. */
export function useModeration(channel: Channel): (act: Act) => void {
  return useCallback(
    (act: Act) => {
      const problem = (error: Error) => toast(sentence(error), "problem");
      channel.ask(act.command).then(() => {
        const { command } = act;
        if (command.do !== "sanction") return toast(act.done, "good");
        toast(act.done, "good", {
          label: t("Undo"),
          run: () => {
            channel
              .ask({ do: "lift", account_id: command.account_id })
              .then(() => toast(t("They can take part again."), "good"), problem);
          },
        });
      }, problem);
    },
    [channel],
  );
}
