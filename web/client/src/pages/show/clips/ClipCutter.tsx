import { useEffect, useState } from "preact/hooks";

import { sentence } from "../../../api";
import { type Clip, type NewClip, replays } from "../../../api/replay";
import { Button } from "../../../components/Button";
import { Field } from "../../../components/Field";
import { Sheet } from "../../../components/Sheet";
import { t } from "../../../i18n";
import { showMoment } from "../../../words";
import type { Feature } from "../replay/log";
import type { Span } from "../replay/useReplay";
import { ClipList } from "./ClipList";
import "./clips.css";

interface Props {
  showId: string;
  span: Span;
  moment: number;
  /** What was on the screen: the clip belongs to it. */
  feature: Feature | null;
}

const LONGEST_MS = 180_000;
const BEFORE_MS = 20_000;

/** Cut a piece of the recording, from one moment to another, to share or keep. */
export function ClipCutter({ showId, span, moment, feature }: Props) {
  const [open, setOpen] = useState(false);
  const [from, setFrom] = useState(0);
  const [to, setTo] = useState(0);
  const [title, setTitle] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [made, setMade] = useState(0);
  const length = to - from;
  const wrong = length < 1_000 ? t("The end must be after the beginning.") : length > LONGEST_MS ? t("A clip is at most three minutes long.") : null;

  useEffect(() => {
    if (!open) return;
    setFrom(Math.max(span.start, moment - BEFORE_MS));
    setTo(Math.min(span.end, Math.max(moment, span.start + 5_000)));
    setTitle(feature?.card.title ?? "");
    setProblem(null);
  }, [open]);

  const cut = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const clip: NewClip = { starts_ms: Math.round(from), ends_ms: Math.round(to), title: title.trim() };
      if (feature !== null) clip.listing_id = feature.listing_id;
      await replays.cut(showId, clip);
      setMade((count) => count + 1);
    } catch (error) {
      setProblem(sentence(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      <button type="button" class="show__lineup-button" data-testid="cut-clip" onClick={() => setOpen(true)}>
        {t("Cut a clip")}
      </button>
      <Sheet open={open} onClose={() => setOpen(false)} title={t("Cut a clip")}>
        <div class="stack clip-cutter">
          <Edge label={t("From")} value={from} least={span.start} most={span.end} onChange={setFrom} />
          <Edge label={t("To")} value={to} least={span.start} most={span.end} onChange={setTo} />
          <Field label={t("Title")} value={title} maxLength={120} optional onInput={(event) => setTitle(event.currentTarget.value)} />
          <p class="quiet small" role="status">
            {wrong ?? t("{time} long", { time: showMoment(length) })}
          </p>
          {problem && <p role="alert">{problem}</p>}
          <Button kind="strong" data-testid="make-clip" busy={busy} disabled={wrong !== null} onClick={() => void cut()}>
            {t("Make the clip")}
          </Button>
          <ClipList showId={showId} version={made} />
        </div>
      </Sheet>
    </>
  );
}

function Edge({ label, value, least, most, onChange }: { label: string; value: number; least: number; most: number; onChange: (value: number) => void }) {
  return (
    <label class="clip-edge">
      <span>
        {label} <bdi>{showMoment(value)}</bdi>
      </span>
      <input type="range" min={least} max={most} step={500} value={value} onInput={(event) => onChange(Number(event.currentTarget.value))} />
    </label>
  );
}

/** Where a clip stands, in words. */
export function standing(clip: Clip): string {
  if (clip.state === "making") return t("Being made…");
  if (clip.state === "failed") return t("This clip could not be made.");
  return t("{time} long", { time: showMoment(clip.ends_ms - clip.starts_ms) });
}
