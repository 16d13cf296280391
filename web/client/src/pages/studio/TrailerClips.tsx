import { useEffect, useState } from "preact/hooks";

import { shows } from "../../api";
import { type Clip, replays } from "../../api/replay";
import { Button } from "../../components/Button";
import { t } from "../../i18n";

/** So many shows back are looked through. */
const SHOWS = 6;

/** The clips of a host's last shows, to take one as the trailer of the next. */
export function TrailerClips({ host, onChoose }: { host: string; onChoose: (clipId: string) => Promise<void> }) {
  const [clips, setClips] = useState<readonly Clip[]>([]);
  const [busy, setBusy] = useState<string | null>(null);
  useEffect(() => {
    let current = true;
    const read = async () => {
      const ended = await shows.list({ state: "ended", host });
      const found = await Promise.all(ended.items.slice(0, SHOWS).map((show) => replays.clips(show.show_id)));
      if (current) setClips(found.flatMap(({ items }) => items).filter((clip) => clip.state === "ready"));
    };
    read().catch(() => undefined); // Without its clips the file remains.
    return () => {
      current = false;
    };
  }, [host]);
  if (clips.length === 0) return null;

  const choose = async (clipId: string) => {
    setBusy(clipId);
    await onChoose(clipId);
    setBusy(null);
  };
  return (
    <>
      <p class="small">{t("Or take a clip of one of your shows:")}</p>
      <ul class="trailer-clips" data-testid="trailer-clips">
        {clips.map((clip) => (
          <li key={clip.clip_id}>
            {clip.url && <video src={clip.url} muted playsInline preload="metadata" aria-hidden="true" />}
            <strong class="small" dir="auto">
              {clip.title || t("Clip")}
            </strong>
            <Button kind="plain" busy={busy === clip.clip_id} onClick={() => void choose(clip.clip_id)}>
              {t("Use as trailer")}
              <span class="hidden-visually"> {clip.title}</span>
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}
