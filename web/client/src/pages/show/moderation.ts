/** Which acts the menu of a chat line offers. Pure; the server judges again, this only keeps hopeless buttons away. */

import type { Message, Room } from "../../live/room";
import type { Command, You } from "../../live/wire";
import { t } from "../../i18n";

export type ActName = "reply" | "report" | "delete" | "pin" | "mute" | "timeout" | "ban" | "lift";

export interface Act {
  name: ActName;
  label: string;
  /** Said when it is done. */
  done: string;
  command: Exclude<Command, { do: "say" }>;
}

/** Answering is the composer's matter: nothing is sent. */
const REPLY_SENDS_NOTHING = { do: "ping" } as const;

const TIMEOUT_SECONDS = 5 * 60;

/** The acts on one line, most used first; none for those who may do nothing. */
export function acts(line: Message, you: You, room: Pick<Room, "show" | "moderators" | "sanctions">): Act[] {
  if (you.account === null) return [];
  const { author } = line;
  const own = author.id === you.account.id;
  const moderates = you.role !== null && (you.sanction === null || you.role === "host");
  const offered: Act[] = [];
  if (!own && you.sanction === null) {
    offered.push({ name: "reply", label: t("Reply"), done: "", command: REPLY_SENDS_NOTHING });
  }
  if (own || moderates) {
    offered.push({
      name: "delete",
      label: own ? t("Delete my message") : t("Delete message"),
      done: t("The message is gone."),
      command: { do: "delete", message_id: line.message_id },
    });
  }
  if (moderates) {
    const pin = { do: "pin", message_id: line.message_id } as const;
    offered.push({ name: "pin", label: t("Pin above the chat"), done: t("The message is pinned."), command: pin });
  } else if (!own && you.sanction === null && line.role !== "host") {
    const report = { do: "report", message_id: line.message_id, reason: "" } as const;
    offered.push({ name: "report", label: t("Report message"), done: t("Thank you: a moderator will look at it."), command: report });
  }
  const isHost = author.id === room.show.host.id;
  const isModerator = room.moderators.includes(author.id);
  if (own || !moderates || isHost || (isModerator && you.role !== "host")) return offered;
  if (room.sanctions[author.id]) {
    offered.push({
      name: "lift",
      label: t("Let {name} take part again", { name: author.name }),
      done: t("{name} can take part again.", { name: author.name }),
      command: { do: "lift", account_id: author.id },
    });
  }
  const sanction = (kind: "mute" | "timeout" | "ban", seconds: number | null): Act["command"] => ({
    do: "sanction",
    account_id: author.id,
    kind,
    seconds,
    reason: "",
  });
  offered.push(
    {
      name: "mute",
      label: t("Mute {name}", { name: author.name }),
      done: t("{name} can watch but not chat.", { name: author.name }),
      command: sanction("mute", null),
    },
    {
      name: "timeout",
      label: t("Mute for 5 minutes"),
      done: t("{name} can chat again in 5 minutes.", { name: author.name }),
      command: sanction("timeout", TIMEOUT_SECONDS),
    },
    {
      name: "ban",
      label: t("Ban {name} from this show", { name: author.name }),
      done: t("{name} is out of this show.", { name: author.name }),
      command: sanction("ban", null),
    },
  );
  return offered;
}
