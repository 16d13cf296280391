import { useRef, useState } from "preact/hooks";

import { newKey, sentence } from "../../api";
import { useServerNow } from "../../clock";
import type { Channel } from "../../live/channel";
import type { ShowState, You } from "../../live/wire";
import { sanctionSentence } from "./sanction";
import { t } from "../../i18n";

interface Props {
  channel: Channel;
  you: You;
  show: ShowState;
  signIn: () => void;
}

const LONGEST = 500;

/** Where one says something, or reads why one cannot. */
export function Composer({ channel, you, show, signIn }: Props) {
  const [text, setText] = useState("");
  const [refusal, setRefusal] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  // The server tells when a sanction begins or is lifted; one that runs out does so by the clock.
  const until = you.sanction?.until ?? null;
  const now = useServerNow(until === null ? null : 1_000);
  const silenced = you.sanction !== null && (until === null || until > now);

  if (show === "ended" || show === "cancelled") return <p class="composer__note">{t("The chat of this show is closed.")}</p>;
  if (you.sanction && silenced) return <p class="composer__note" role="status">{sanctionSentence(you.sanction, now)}</p>;
  if (you.account === null) {
    return (
      <button type="button" class="composer__sign-in" data-testid="chat-sign-in" onClick={signIn}>
        {t("Sign in to say something")}
      </button>
    );
  }

  const send = (event: Event) => {
    event.preventDefault();
    const said = text.trim();
    if (said === "") return;
    setText("");
    setRefusal(null);
    input.current?.focus();
    channel.say(said, newKey()).catch((error: Error) => {
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
