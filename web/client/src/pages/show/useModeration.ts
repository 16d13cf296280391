import { useCallback } from "preact/hooks";

import { sentence } from "../../api";
import type { Channel } from "../../live/channel";
import { toast } from "../../state/toasts";
import type { Act } from "./moderation";
import { t } from "../../i18n";

/** Do a moderator's act and say how it went. It can be taken back from the notice. */
export function useModeration(channel: Channel): (act: Act) => void {
  return useCallback(
    (act: Act) => {
      const problem = (error: Error) => toast(sentence(error), "problem");
      channel.ask(act.command).then((answer) => {
        const actId = (answer as { act_id?: string } | null)?.act_id;
        if (actId === undefined || act.name === "lift") return toast(act.done, "good");
        toast(act.done, "good", {
          label: t("Undo"),
          // Undone and not only lifted: what a ban has deleted comes back with the person.
          run: () => void channel.ask({ do: "undo", act_id: actId }).then(() => toast(t("Undone."), "good"), problem),
        });
      }, problem);
    },
    [channel],
  );
}
