import { useEffect, useState } from "preact/hooks";

import { sentence } from "../../api";
import { type Trailer, replays } from "../../api/replay";
import { t } from "../../i18n";
import { toast } from "../../state/toasts";
import { TrailerClips } from "./TrailerClips";

/** What plays on the show's page until it begins: a video file of the host's, or a clip of one of their shows. */
export function TrailerPicker({ showId, host, has }: { showId: string; host: string; has: boolean }) {
  const [trailer, setTrailer] = useState<Trailer | null>(null);
  const [sent, setSent] = useState<number | null>(null);
  useEffect(() => {
    if (has) replays.trailer(showId).then(setTrailer, () => undefined);
  }, [showId, has]);

  const choose = async (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    const file = input.files?.[0];
    input.value = "";
    if (!file) return;
    setSent(0);
    try {
      setTrailer(await replays.setTrailer(showId, file, setSent));
      toast(t("The trailer plays on the page of your show now."), "good");
    } catch (error) {
      toast(sentence(error), "problem");
    } finally {
      setSent(null);
    }
  };
  const take = async (clipId: string) => {
    try {
      setTrailer(await replays.useClip(showId, clipId));
      toast(t("The trailer plays on the page of your show now."), "good");
    } catch (error) {
      toast(sentence(error), "problem");
    }
  };
  const remove = async () => {
    try {
      await replays.removeTrailer(showId);
      setTrailer(null);
    } catch (error) {
      toast(sentence(error), "problem");
    }
  };

  return (
    <details class="studio__setup" data-testid="trailer-picker">
      <summary>{t("Trailer")}</summary>
      <div class="stack stack--tight">
        <p class="quiet small">{t("A short video, MP4 or WebM, plays on the page of your show until you go live.")}</p>
        {trailer && <video class="trailer-picker__video" src={trailer.url} controls muted playsInline preload="metadata" />}
        <p class="row">
          <label class="button button--plain">
            {sent !== null ? t("{percent} % sent", { percent: Math.round(sent * 100) }) : trailer ? t("Choose another video") : t("Choose a video")}
            <input class="hidden-visually" type="file" accept="video/mp4,video/webm" disabled={sent !== null} onChange={(event) => void choose(event)} />
          </label>
          {trailer && (
            <button type="button" class="button button--quiet" onClick={() => void remove()}>
              {t("Remove the trailer")}
            </button>
          )}
        </p>
        <TrailerClips host={host} onChoose={take} />
      </div>
    </details>
  );
}
