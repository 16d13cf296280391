import { useEffect, useState } from "preact/hooks";

import { sentence } from "../../api";
import { type PersonCard, moderation } from "../../api/moderation";
import { type Room, message } from "../../live/room";
import type { You } from "../../live/wire";
import { day } from "../../words";
import { t } from "../../i18n";
import { mayBeSanctioned } from "./deeds";
import type { Entry } from "./feed";
import { actWords } from "./act_words";
import { type Deed, KEYS } from "./keys";

const ACTS: readonly Deed[] = ["delete", "mute", "timeout", "shadow", "ban", "ban_everywhere", "delete_all", "lift", "pin"];
interface Props {
  showId: string;
  entry: Entry;
  you: You;
  room: Pick<Room, "show" | "moderators" | "sanctions">;
  onDeed: (deed: Deed) => void;
  onClose: () => void;
}

/** Who wrote the selected line: what moderators may know, and everything they can do. */
export function PersonPanel({ showId, entry, you, room, onDeed, onClose }: Props) {
  const [card, setCard] = useState<PersonCard | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const { accountId } = entry;
  const sanction = room.sanctions[accountId];

  useEffect(() => {
    let current = true;
    moderation.person(showId, accountId).then(
      (found) => current && setCard(found),
      (error: Error) => current && setProblem(sentence(error)),
    );
    return () => {
      current = false;
    };
  }, [showId, accountId, sanction]);

  const person = entry.line?.author ?? entry.appeal?.account;
  const offered = ACTS.filter((deed) => {
    // Who is in the shadow is in nobody's list of sanctions, only in the card.
    if (deed === "lift" && sanction === undefined && (card === null || card.sanction === null)) return false;
    if (deed === "ban_everywhere" && you.role !== "host") return false;
    return deed === "delete" || deed === "pin" || mayBeSanctioned(accountId, you, room);
  });
  return (
    <aside class="person-panel" aria-label={t("About this person")} data-testid="person">
      <button type="button" class="control desk__button person-panel__close" aria-label={t("Close")} onClick={onClose}>✕</button>
      {person && (
        <h3 dir="auto">
          {person.name} <small dir="ltr">@{person.handle}</small>
        </h3>
      )}
      {problem !== null && <p role="alert">{problem}</p>}
      {card !== null && (
        <>
          <dl class="person-panel__facts">
            <dt>{t("Has bought here")}</dt>
            <dd data-testid="orders">{card.orders ? t("Yes") : t("No")}</dd>
            <dt>{t("Follows the host")}</dt>
            <dd>{card.follows ? t("Yes") : t("No")}</dd>
            <dt>{t("Account since")}</dt>
            <dd>{card.since === null ? "–" : day(card.since)}</dd>
            <dt>{t("Messages here")}</dt>
            <dd>{t("{count, plural, one {# message} other {# messages}}, {deleted} deleted", { count: card.messages, deleted: card.deleted })}</dd>
            <dt>{t("Sanction")}</dt>
            <dd data-testid="sanction">
              {card.sanction === null ? t("None") : actWords(card.sanction.kind, card.sanction.scope)}
              {card.sanction !== null && card.sanction.reason !== "" && `: ${card.sanction.reason}`}
            </dd>
          </dl>
        </>
      )}
      <div class="person-panel__acts">
        {offered.map((deed) => {
          const [key, , label] = KEYS.find(([, stroke]) => stroke === deed)!;
          return (
            <button key={deed} type="button" class="control desk__button" data-testid={`act-${deed}`} onClick={() => onDeed(deed)}>
              {t(label)} <kbd aria-hidden="true">{key}</kbd>
            </button>
          );
        })}
      </div>
      {card !== null && card.acts.length > 0 && (
        <>
          <h4>{t("What was done")}</h4>
          <ul class="person-panel__list">
            {card.acts.map((act) => (
              <li key={act.act_id} class={act.undone_at === null ? "" : "person-panel__undone"}>
                {actWords(act.act, act.scope)} · <span dir="auto">{act.by?.name ?? t("The server")}</span>
                {act.reason !== "" && ` · ${act.reason}`}
              </li>
            ))}
          </ul>
        </>
      )}
      {card !== null && card.said.length > 0 && (
        <>
          <h4>{t("Said in this show")}</h4>
          <ul class="person-panel__list">
            {[...card.said].reverse().map((event) => (
              <li key={event.offset} dir="auto">{message(event).text}</li>
            ))}
          </ul>
        </>
      )}
    </aside>
  );
}
