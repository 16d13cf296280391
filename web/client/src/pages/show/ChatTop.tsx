import { useEffect, useRef, useState } from "preact/hooks";

import { sentence } from "../../api";
import type { Channel } from "../../live/channel";
import type { Room } from "../../live/room";
import type { OwnVote, You } from "../../live/wire";
import { toast } from "../../state/toasts";
import { WIDE, useMedia } from "./useScreen";
import { t } from "../../i18n";
import "./chat_top.css";

interface Props {
  channel: Channel;
  room: Room;
  you: You;
}

/** Above the chat: what is pinned, and what the host asks everybody. */
export function ChatTop({ channel, room, you }: Props) {
  const moderates = you.role !== null;
  const unpin = () => channel.ask({ do: "unpin" }).catch((error: Error) => toast(sentence(error), "problem"));
  if (room.pinned === null && room.poll === null) return null;
  return (
    <div class="chat-top">
      {room.pinned && (
        <p class="chat-top__pinned" data-testid="pinned" tabIndex={0}>
          <b>{t("Pinned")}</b> <span dir="auto">{room.pinned.author.name}</span>: <span dir="auto">{room.pinned.text}</span>
          {moderates && (
            <button type="button" data-testid="unpin" aria-label={t("Take the pinned message down")} onClick={unpin}>
              ✕
            </button>
          )}
        </p>
      )}
      {room.poll && <PollCard key={room.poll.poll_id} channel={channel} poll={room.poll} you={you} own={channel.view.vote} />}
    </div>
  );
}

/** Long enough to see how the others have answered. */
const FOLDS_AFTER_MS = 3_000;

function PollCard({ channel, poll, you, own }: { channel: Channel; poll: NonNullable<Room["poll"]>; you: You; own: OwnVote | null }) {
  const [choice, setChoice] = useState<number | null>(null);
  const [votes, setVotes] = useState<number[] | null>(null);
  const [hidden, setHidden] = useState(false);
  const [folded, setFolded] = useState(false);
  const wide = useMedia(WIDE);
  const folding = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(folding.current), []);
  useEffect(
    () => channel.onPoll((id, counts) => id === poll.poll_id && setVotes(counts)),
    [channel, poll.poll_id],
  );
  // A page that was loaded again, or another device of the same person, knows what was answered before.
  useEffect(() => {
    if (own === null || own.poll_id !== poll.poll_id) return;
    setVotes(own.counts);
    if (own.choice !== null) setChoice(own.choice);
  }, [own, poll.poll_id]);
  const closed = poll.counts !== null;
  const counts = poll.counts ?? votes;
  const all = counts?.reduce((sum, one) => sum + one, 0) ?? 0;
  const shown = counts !== null && (closed || choice !== null || you.role !== null);
  if (hidden) return null;

  const vote = (option: number) => {
    const before = choice;
    setChoice(option);
    // On a phone the poll lies over the picture: whoever has answered wants to see the clothes again.
    clearTimeout(folding.current);
    if (!wide) folding.current = setTimeout(() => setFolded(true), FOLDS_AFTER_MS);
    channel.ask({ do: "vote", poll_id: poll.poll_id, choice: option }).catch((error: Error) => {
      setChoice(before);
      toast(sentence(error), "problem");
    });
  };
  const close = () => channel.ask({ do: "close_poll", poll_id: poll.poll_id }).catch((error: Error) => toast(sentence(error), "problem"));

  return (
    <section class="poll" aria-label={t("Poll")} data-testid="poll">
      <header>
        <b dir="auto">{poll.question}</b>
        {!closed && (
          <button type="button" aria-label={folded ? t("Show the answers") : t("Hide the answers")} aria-expanded={!folded} data-testid="fold-poll" onClick={() => setFolded(!folded)}>
            {folded ? "▾" : "▴"}
          </button>
        )}
        {closed && (
          <button type="button" aria-label={t("Close")} onClick={() => setHidden(true)}>
            ✕
          </button>
        )}
      </header>
      <ul hidden={folded && !closed}>
        {poll.options.map((option, place) => {
          const share = all === 0 ? 0 : Math.round((100 * (counts?.[place] ?? 0)) / all);
          return (
            <li key={option}>
              <button
                type="button"
                class="poll__option"
                data-testid={`vote-${place}`}
                aria-pressed={choice === place}
                disabled={closed || you.account === null}
                style={{ "--share": shown ? `${share}%` : "0%" }}
                onClick={() => vote(place)}
              >
                <span dir="auto">{option}</span>
                {choice === place && <span aria-hidden="true"> ✓</span>}
                {shown && <span class="poll__share">{t("{share} %", { share })}</span>}
              </button>
            </li>
          );
        })}
      </ul>
      <p class="poll__all" hidden={folded && !closed}>
        {closed ? t("Closed") : you.account === null ? t("Sign in to vote.") : ""}{" "}
        {shown && t("{count, plural, one {# vote} other {# votes}}", { count: all })}
        {!closed && you.role !== null && (
          <button type="button" data-testid="close-poll" onClick={close}>
            {t("Close the poll")}
          </button>
        )}
      </p>
    </section>
  );
}
