import { useState } from "preact/hooks";
import { sentence, shows, type Show } from "../../api";
import { fieldErrors } from "../../api/errors";
import { replays } from "../../api/replay";
import { serverNow } from "../../clock";
import { Button } from "../../components/Button";
import { Field, FormProblem, TextArea } from "../../components/Field";
import { Sheet } from "../../components/Sheet";
import { fieldTime, startProblem, suggestedStart, timeFrom } from "./when";
import { t } from "../../i18n";
import { toast } from "../../state/toasts";

/** Plan a show, or change the plan. */
export function ShowForm({ show, onClose, onSaved }: { show?: Show; onClose: () => void; onSaved: (showId: string) => void }) {
  const [title, setTitle] = useState(show?.title ?? "");
  const [description, setDescription] = useState(show?.description ?? "");
  const [start, setStart] = useState(() => fieldTime(show?.starts_at ?? suggestedStart(serverNow())));
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [trailer, setTrailer] = useState<File | null>(null);
  const [sent, setSent] = useState<number | null>(null);

  /** The show is planned in any case; the studio takes another video. */
  const sendTrailer = async (showId: string): Promise<void> => {
    if (trailer === null) return;
    setSent(0);
    try {
      await replays.setTrailer(showId, trailer, setSent);
    } catch (error) {
      toast(sentence(error), "problem");
    }
  };

  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget as HTMLFormElement;
    const found: Record<string, string> = {};
    if (!title.trim()) found["title"] = t("Give the show a name.");
    // An unchanged time of a planned show may have passed already and stays as it is.
    const kept = show !== undefined && start === fieldTime(show.starts_at);
    const late = kept ? null : startProblem(start, serverNow());
    if (late) found["starts_at"] = late;
    setProblems(found);
    setFailure(null);
    const focusProblem = (): void => {
      requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
    };
    if (Object.keys(found).length > 0) return focusProblem();
    setBusy(true);
    try {
      const words = { title: title.trim(), description: description.trim() };
      const at = timeFrom(start) ?? serverNow();
      if (show) {
        await shows.update(show.show_id, kept ? words : { ...words, starts_at: at });
        await sendTrailer(show.show_id);
        onSaved(show.show_id);
      } else {
        const planned = (await shows.create({ ...words, starts_at: at })).show_id;
        await sendTrailer(planned);
        onSaved(planned);
      }
    } catch (error) {
      const fields = fieldErrors(error);
      setProblems(fields);
      if (Object.keys(fields).length > 0) focusProblem();
      else setFailure(sentence(error));
      setBusy(false);
    }
  };

  return (
    <Sheet
      open
      onClose={onClose}
      title={show ? t("Change the show") : t("Plan a show")}
      footer={
        <Button type="submit" form="show-form" size="l" wide busy={busy}>
          {sent !== null ? t("{percent} % sent", { percent: Math.round(sent * 100) }) : show ? t("Save") : t("Plan it")}
        </Button>
      }
    >
      <form id="show-form" class="stack" noValidate onSubmit={save}>
        <Field label={t("Title")} maxLength={80} placeholder={t("Winter coats from three closets")} value={title} onValue={setTitle} problem={problems["title"]} />
        <Field
          label={t("Starts")}
          type="datetime-local"
          hint={t("In your own time. You can go live earlier.")}
          value={start}
          onValue={setStart}
          problem={problems["starts_at"]}
        />
        <TextArea
          label={t("What is it about?")}
          optional
          maxLength={1_000}
          value={description}
          onValue={setDescription}
          problem={problems["description"]}
        />
        <Field
          label={t("Trailer")}
          type="file"
          optional
          accept="video/mp4,video/webm"
          data-testid="show-trailer"
          hint={t("A short video, MP4 or WebM, plays on the page of your show until you go live.")}
          onChange={(event) => setTrailer(event.currentTarget.files?.[0] ?? null)}
        />
        <FormProblem>{failure}</FormProblem>
      </form>
    </Sheet>
  );
}
