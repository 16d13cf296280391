import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Pending } from "../../live/channel";
import type { Message, Room } from "../../live/room";
import type { Person, You } from "../../live/wire";
import { ChatLine } from "./ChatLine";
import { type Act, acts } from "./moderation";
import { replyingTo } from "./replying";
import { type Listener, PAUSE_LEAST_MS, toldAloud } from "./told_aloud";
import { t } from "../../i18n";

interface Props {
  room: Room;
  you: You;
  outbox: readonly Pending[];
  onAct: (act: Act) => void;
  /** What an empty chat says. */
  invitation: string;
}

/** Closer to the end than this counts as reading the newest lines. */
const AT_END_PX = 48;

export function ChatList({ room, you, outbox, onAct, invitation }: Props) {
  const list = useRef<HTMLUListElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const [unread, setUnread] = useState(0);
  const newest = room.messages[room.messages.length - 1]?.offset ?? 0;
  const seen = useRef(newest);

  const toEnd = () => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  };

  useLayoutEffect(() => {
    if (atEnd) {
      toEnd();
      seen.current = newest;
      setUnread(0);
    } else {
      setUnread(room.messages.filter((line) => line.offset > seen.current).length);
    }
  }, [newest, atEnd, outbox.length]);

  const scrolled = () => {
    const box = list.current;
    if (box) setAtEnd(box.scrollHeight - box.scrollTop - box.clientHeight < AT_END_PX);
  };

  return (
    <div class="chat-list">
      <ul ref={list} class="chat-list__lines" onScroll={scrolled} tabIndex={0} aria-label={t("Chat")}>
        {room.messages.length === 0 && outbox.length === 0 && <li class="chat-line chat-line--invitation">{invitation}</li>}
        {drawn(room).map((one) =>
          "messages" in one ? (
            <li key={`skipped-${one.offset}`} class="chat-line chat-line--skipped" data-testid="skipped">
              {t("{count, plural, one {# message was left out: very many people are writing.} other {# messages were left out: very many people are writing.}}", { count: one.messages })}
            </li>
          ) : (
            <ChatLine
              key={one.message_id}
              line={one}
              answered={one.reply === null ? undefined : room.messages.find((line) => line.message_id === one.reply?.message_id)}
              acts={acts(one, you, room)}
              onAct={(act) => (act.name === "reply" ? (replyingTo.value = one) : onAct(act))}
            />
          ),
        )}
        {you.account && outbox.map((pending) => <UnsentLine key={pending.key} pending={pending} author={you.account!} />)}
      </ul>
      {!atEnd && unread > 0 && (
        <button type="button" class="chat-list__new" onClick={() => setAtEnd(true)}>
          {t("{count, plural, one {# new message} other {# new messages}}", { count: unread })} ↓
        </button>
      )}
      <ToldAloud messages={room.messages} listener={you.account} />
    </div>
  );
}

/** Lines, and between them how many were left out under pressure. */
function drawn(room: Room): (Message | Room["skipped"][number])[] {
  const first = room.messages[0]?.offset ?? 0;
  const gaps = room.skipped.filter((gap) => gap.offset > first);
  if (gaps.length === 0) return [...room.messages];
  return [...room.messages, ...gaps].sort((a, b) => a.offset - b.offset);
}

function UnsentLine({ pending, author }: { pending: Pending; author: Person }) {
  return (
    <li class="chat-line chat-line--unsent">
      <p>
        <b class="chat-line__name" dir="auto">{author.name}</b> <span class="chat-line__text" dir="auto">{pending.text}</span>
        <span class="hidden-visually"> {t("(being sent)")}</span>
      </p>
    </li>
  );
}

/** A live region of its own: the list itself would read out every line again whenever old ones leave it. */
function ToldAloud({ messages, listener }: { messages: readonly Message[]; listener: Listener }) {
  const latest = useRef({ messages, listener });
  latest.current = { messages, listener };
  const told = useRef(messages[messages.length - 1]?.offset ?? 0);
  const [text, setText] = useState("");
  useEffect(() => {
    let pause = PAUSE_LEAST_MS;
    let timer: ReturnType<typeof setTimeout>;
    const tell = () => {
      const now = latest.current;
      const next = toldAloud(now.messages, told.current, now.listener, pause);
      told.current = now.messages[now.messages.length - 1]?.offset ?? told.current;
      pause = next.pause;
      if (next.text !== "") setText(next.text);
      timer = setTimeout(tell, pause);
    };
    timer = setTimeout(tell, pause);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class="hidden-visually" role="status" aria-live="polite">
      {text}
    </div>
  );
}
