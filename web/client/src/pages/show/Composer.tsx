import { useRef, useState } from "preact/hooks";

import { newKey, sentence } from "../../api";
import { useServerNow } from "../../clock";
import type { Channel } from "../../live/channel";
import type { Aside, ChatRules, ShowState, You } from "../../live/wire";
import { Appeal } from "./Appeal";
import { finished, suggestions, withEmoji } from "./emoji_shortcuts";
import { replyingTo } from "./replying";
import { sanctionSentence } from "./sanction";
import { mark, t } from "../../i18n";
import "./chat_top.css";

interface Props {
  channel: Channel;
  you: You;
  show: ShowState;
  signIn: () => void;
}

const LONGEST = 500;
const RULES: Readonly<Record<string, string>> = {
  followers: mark("Only followers of the host can chat now."),
  buyers: mark("Only people who have bought from the host can chat now."),
};

/** Where one says something, or reads why one cannot. */
export function Composer({ channel, you, show, signIn }: Props) {
  const [text, setText] = useState("");
  const [refusal, setRefusal] = useState<string | null>(null);
  const [kind, setKind] = useState<"line" | "question" | "announcement">("line");
  const [waiting, setWaiting] = useState(false);
  const answered = replyingTo.value;
  const input = useRef<HTMLInputElement>(null);
  // The server tells when a sanction begins or is lifted; one that runs out does so by the clock.
  const until = you.sanction?.until ?? null;
  const now = useServerNow(until === null ? null : 1_000);
  const silenced = you.sanction !== null && (until === null || until > now);

  if (show === "ended" || show === "cancelled") return <p class="composer__note">{t("The chat of this show is closed.")}</p>;
  if (you.sanction && silenced) {
    return (
      <div class="composer composer--closed">
        <p class="composer__note" role="status">{sanctionSentence(you.sanction, now)}</p>
        <Appeal showId={showIdOf(channel)} />
      </div>
    );
  }
  if (you.account === null) {
    return (
      <button type="button" class="composer__sign-in" data-testid="chat-sign-in" onClick={signIn}>
        {t("Sign in to say something")}
      </button>
    );
  }

  const rules = channel.view?.room?.rules;
  const rule = rules === undefined ? null : ruleSentence(rules);

  const send = (event: Event) => {
    event.preventDefault();
    const said = withEmoji(text).trim();
    if (said === "") return;
    setText("");
    setRefusal(null);
    setWaiting(false);
    input.current?.focus();
    const aside: Aside = {
      ...(answered ? { reply_to: answered.message_id } : {}),
      ...(kind === "line" ? {} : { [kind]: true }),
    };
    replyingTo.value = null;
    setKind("line");
    channel.say(said, newKey(), aside).then((held) => setWaiting(held)).catch((error: Error) => {
      setRefusal(sentence(error));
      // Nobody should have to type it twice, unless something else has been begun.
      setText((present) => (present === "" ? said : present));
    });
  };

  return (
    <form class="composer" onSubmit={send}>
      {refusal && (
        <p class="composer__refusal" role="alert" data-testid="chat-refused">
          {refusal}
        </p>
      )}
      {waiting && <p class="composer__rule" role="status" data-testid="chat-held">{t("Your message waits for a moderator.")}</p>}
      {you.role === null && rule !== null && <p class="composer__rule">{rule}</p>}
      {answered && (
        <p class="composer__aside composer__aside--reply">
          <span>{t("Reply to {name}", { name: answered.author.name })}</span>
          <button type="button" aria-label={t("Do not reply")} onClick={() => (replyingTo.value = null)}>
            ✕
          </button>
        </p>
      )}
      {text !== "" && (
        <p class="composer__aside">
          <button type="button" data-testid="as-question" aria-pressed={kind === "question"} onClick={() => setKind(kind === "question" ? "line" : "question")}>
            {t("Question to the host")}
          </button>
          {you.role !== null && (
            <button type="button" data-testid="as-announcement" aria-pressed={kind === "announcement"} onClick={() => setKind(kind === "announcement" ? "line" : "announcement")}>
              {t("Announcement")}
            </button>
          )}
          {suggestions(text).map(({ name, emoji }) => (
            <button key={name} type="button" aria-label={`:${name}:`} onClick={() => setText(finished(text, emoji))}>
              {emoji}
            </button>
          ))}
        </p>
      )}
      <div class="composer__row">
        <input
          ref={input}
          data-testid="chat-input"
          aria-label={t("Say something")}
          placeholder={t("Say something…")}
          dir={text === "" ? undefined : "auto"}
          value={text}
          maxLength={LONGEST}
          autocomplete="off"
          enterkeyhint="send"
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" data-testid="chat-send" disabled={text.trim() === ""} aria-label={t("Send")}>
          <span class="composer__arrow mirrored" aria-hidden="true">
            ➤
          </span>
        </button>
      </div>
    </form>
  );
}

/** What a viewer should know before writing; null when nothing is special. */
function ruleSentence(rules: ChatRules): string | null {
  const who = RULES[rules.who];
  if (rules.emoji_only) return t("Only emoji for a moment.");
  if (who !== undefined) return t(who);
  if (rules.slow_seconds > 0) {
    return t("Slow mode: one message every {count, plural, one {# second} other {# seconds}}.", { count: rules.slow_seconds });
  }
  return null;
}

function showIdOf(channel: Channel): string {
  return decodeURIComponent(new URL(channel.url, location.href).pathname.split("/").pop() ?? "");
}
