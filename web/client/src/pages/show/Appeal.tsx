import { useEffect, useState } from "preact/hooks";

import { sentence } from "../../api";
import { type Standing, moderation } from "../../api/moderation";
import { Button } from "../../components/Button";
import { t } from "../../i18n";

/** Another look at a sanction: asked for once, answered here. */
export function Appeal({ showId }: { showId: string }) {
  const [standing, setStanding] = useState<Standing | null>(null);
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);

  const look = () => moderation.standing(showId).then(setStanding, () => undefined);
  useEffect(() => {
    void look();
  }, [showId]);
  if (standing === null || standing.sanction === null) return null;
  if (standing.appeal !== null) {
    const { verdict, answer } = standing.appeal;
    return (
      <p class="composer__note" role="status" data-testid="appealed">
        {verdict === null ? t("You have asked for another look. The answer comes here.") : t("Somebody has looked again: the sanction stays.")}
        {answer !== "" && <span dir="auto"> {answer}</span>}
      </p>
    );
  }
  const send = (event: Event) => {
    event.preventDefault();
    moderation.appeal(showId, text).then(look, (error: Error) => setRefusal(sentence(error)));
  };
  if (!open) {
    return (
      <Button kind="quiet" data-testid="appeal" onClick={() => setOpen(true)}>
        {t("Ask for another look")}
      </Button>
    );
  }
  return (
    <form class="appeal" onSubmit={send}>
      <label>
        {t("What should somebody else know?")}
        <textarea class="control" data-testid="appeal-text" value={text} maxLength={500} dir="auto" onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      {refusal !== null && <p role="alert">{refusal}</p>}
      <Button type="submit" disabled={text.trim() === ""} data-testid="appeal-send">
        {t("Send")}
      </Button>
    </form>
  );
}
