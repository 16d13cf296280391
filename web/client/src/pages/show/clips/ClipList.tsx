import { useCallback, useEffect, useState } from "preact/hooks";

import { sentence } from "../../../api";
import { type Clip, replays } from "../../../api/replay";
import { t } from "../../../i18n";
import { toast } from "../../../state/toasts";
import { ShareButton } from "../ShareButton";
import { standing } from "./ClipCutter";

const LOOK_EVERY_MS = 1_500;

/** The clips of a show: to play, download, share and delete. `version` changes when one was made. */
export function ClipList({ showId, version }: { showId: string; version: number }) {
  const [clips, setClips] = useState<readonly Clip[]>([]);
  const read = useCallback(() => {
    replays.clips(showId).then(
      ({ items }) => setClips(items),
      () => undefined,
    );
  }, [showId]);
  useEffect(read, [read, version]);
  const making = clips.some((clip) => clip.state === "making");
  useEffect(() => {
    if (!making) return undefined;
    const timer = setInterval(read, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [making, read]);

  const remove = async (clip: Clip) => {
    try {
      await replays.removeClip(clip.clip_id);
      read();
    } catch (error) {
      toast(sentence(error), "problem");
    }
  };

  if (clips.length === 0) return null;
  return (
    <ul class="clips" data-testid="clips" aria-label={t("Clips")}>
      {clips.map((clip) => (
        <li key={clip.clip_id} data-state={clip.state}>
          {clip.url && <video src={clip.url} controls preload="metadata" playsInline />}
          <p>
            <strong dir="auto">{clip.title || t("Clip")}</strong> <span class="quiet small">{standing(clip)}</span>
          </p>
          <p class="row">
            {clip.url && (
              <>
                <a class="button button--plain" href={`${clip.url}?download=1`} download>
                  {t("Download")}
                </a>
                <ShareButton class="button button--plain" title={clip.title || t("Clip")} path={clip.url}>
                  {t("Share")}
                </ShareButton>
              </>
            )}
            <button type="button" class="button button--quiet" onClick={() => void remove(clip)}>
              {t("Delete")}
            </button>
          </p>
        </li>
      ))}
    </ul>
  );
}
