/** What a moderator can do about an entry, as commands of the live channel. Pure; the server judges again. */

import type { Command, You } from "../../live/wire";
import type { Room } from "../../live/room";
import type { Entry } from "./feed";
import type { Deed } from "./keys";
import { mark } from "../../i18n";

export interface Doing {
  command: Exclude<Command, { do: "say" }>;
  /** Said when it is done, with {name}. */
  done: string;
}

const TIMEOUT_SECONDS = 5 * 60;

export function doing(deed: Deed, entry: Entry, you: You, room: Pick<Room, "show" | "moderators">): Doing | null {
  const { accountId, id, kind } = entry;
  if (kind === "appeal") {
    if (deed === "approve") return { command: { do: "settle_appeal", appeal_id: id, lift: true, answer: "" }, done: mark("{name} can take part again.") };
    if (deed === "reject") return { command: { do: "settle_appeal", appeal_id: id, lift: false, answer: "" }, done: mark("The sanction of {name} stays.") };
  }
  if (deed === "approve" || deed === "reject") {
    if (kind !== "held" && kind !== "reported") return null;
    const approve = deed === "approve";
    return { command: { do: "settle", message_id: id, approve }, done: approve ? mark("Message of {name} approved.") : mark("Message of {name} rejected.") };
  }
  if (entry.line !== null && deed === "delete") {
    if (kind === "held") return { command: { do: "settle", message_id: id, approve: false }, done: mark("Message of {name} rejected.") };
    return { command: { do: "delete", message_id: id }, done: mark("Message of {name} deleted.") };
  }
  if (deed === "pin") return kind === "said" ? { command: { do: "pin", message_id: id }, done: mark("Message of {name} pinned.") } : null;
  if (deed === "answered") {
    return entry.line?.question ? { command: { do: "question_done", message_id: id }, done: mark("Question of {name} ticked off.") } : null;
  }
  if (!mayBeSanctioned(accountId, you, room)) return null;
  const sanction = (what: "mute" | "timeout" | "ban" | "shadow", seconds: number | null): Doing["command"] => ({
    do: "sanction", account_id: accountId, kind: what, seconds, reason: "",
  });
  switch (deed) {
    case "mute":
      return { command: sanction("mute", null), done: mark("{name} can watch but not chat.") };
    case "timeout":
      return { command: sanction("timeout", TIMEOUT_SECONDS), done: mark("{name} can chat again in 5 minutes.") };
    case "ban":
      return { command: sanction("ban", null), done: mark("{name} is out of this show.") };
    case "ban_everywhere":
      // A moderator's word counts in this show only.
      if (you.role !== "host") return null;
      return {
        command: { do: "sanction", account_id: accountId, kind: "ban", seconds: null, reason: "", scope: "closet" },
        done: mark("{name} is out of all your shows."),
      };
    case "shadow":
      return { command: sanction("shadow", null), done: mark("Only {name} and moderators see what {name} says.") };
    case "delete_all":
      return { command: { do: "delete_all", account_id: accountId }, done: mark("All messages of {name} deleted.") };
    case "lift":
      return { command: { do: "lift", account_id: accountId }, done: mark("{name} can take part again.") };
    default:
      return null;
  }
}

/** Nobody sanctions themselves or the host, and moderators not each other. */
export function mayBeSanctioned(accountId: string, you: You, room: Pick<Room, "show" | "moderators">): boolean {
  if (accountId === you.account?.id || accountId === room.show.host.id) return false;
  return you.role === "host" || !room.moderators.includes(accountId);
}
