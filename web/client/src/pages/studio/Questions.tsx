import { useState } from "preact/hooks";

import { sentence } from "../../api";
import { Button } from "../../components/Button";
import type { Channel } from "../../live/channel";
import type { Message } from "../../live/room";
import { toast } from "../../state/toasts";
import { t } from "../../i18n";

interface Props {
  showId: string;
  channel: Channel;
  questions: readonly Message[];
}

/** What viewers ask the host, the oldest first; answered on air, ticked off here. And the host's own question to them. */
export function Questions({ showId, channel, questions }: Props) {
  const [polling, setPolling] = useState(false);
  const done = (message_id: string) =>
    channel.ask({ do: "question_done", message_id }).catch((error: Error) => toast(sentence(error), "problem"));
  return (
    <details class="studio__setup" open={questions.length > 0} data-testid="questions">
      <summary>{t("{count, plural, =0 {Questions and polls} one {# question} other {# questions}}", { count: questions.length })}</summary>
      <ul class="questions">
        {questions.map((line) => (
          <li key={line.message_id}>
            <span>
              <b dir="auto">{line.author.name}</b> <span dir="auto">{line.text}</span>
            </span>
            <button type="button" class="control" data-testid={`answered-${line.message_id}`} aria-label={t("Answered: {text}", { text: line.text })} onClick={() => void done(line.message_id)}>
              ✓
            </button>
          </li>
        ))}
      </ul>
      {polling ? (
        <AskPoll channel={channel} onDone={() => setPolling(false)} />
      ) : (
        <Button kind="plain" data-testid="ask-poll" onClick={() => setPolling(true)}>
          {t("Ask everybody")}
        </Button>
      )}
      <p class="questions__desk">
        <a href={`/moderate/${encodeURIComponent(showId)}`} target="_blank" rel="noopener">
          {t("Moderate")}
        </a>
      </p>
    </details>
  );
}

const ANSWERS_MOST = 6;

function AskPoll({ channel, onDone }: { channel: Channel; onDone: () => void }) {
  const [question, setQuestion] = useState("");
  const [answers, setAnswers] = useState(["", ""]);
  const [refusal, setRefusal] = useState<string | null>(null);
  const given = answers.map((answer) => answer.trim()).filter(Boolean);
  const send = (event: Event) => {
    event.preventDefault();
    channel.ask({ do: "open_poll", question: question.trim(), options: given, seconds: null }).then(onDone, (error: Error) => setRefusal(sentence(error)));
  };
  return (
    <form class="ask-poll" onSubmit={send}>
      <input class="control" data-testid="poll-question" value={question} maxLength={200} dir="auto" aria-label={t("Question")} placeholder={t("Question")} onInput={(event) => setQuestion(event.currentTarget.value)} />
      {answers.map((answer, place) => (
        <input
          key={place}
          class="control"
          data-testid={`poll-answer-${place}`}
          value={answer}
          maxLength={60}
          dir="auto"
          aria-label={t("Answer {number}", { number: place + 1 })}
          placeholder={t("Answer {number}", { number: place + 1 })}
          onInput={(event) => {
            const next = answers.map((one, index) => (index === place ? event.currentTarget.value : one));
            setAnswers(next.every(Boolean) && next.length < ANSWERS_MOST ? [...next, ""] : next);
          }}
        />
      ))}
      {refusal !== null && <p role="alert">{refusal}</p>}
      <Button type="submit" disabled={question.trim() === "" || given.length < 2} data-testid="poll-send">
        {t("Ask everybody")}
      </Button>
    </form>
  );
}
