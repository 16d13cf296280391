import { useState } from "preact/hooks";

import { sentence } from "../../api";
import { replays } from "../../api/replay";
import { Button } from "../../components/Button";
import { t } from "../../i18n";
import { toast } from "../../state/toasts";
import { ClipList } from "../show/clips/ClipList";
import "../show/clips/clips.css";

const SECONDS = 30;

/** "The last 30 s" as a clip, with one tap while both hands are full; below it what was cut so far. */
export function ClipTools({ showId, live, listingId }: { showId: string; live: boolean; listingId: string | null }) {
  const [busy, setBusy] = useState(false);
  const [made, setMade] = useState(0);
  const cut = async () => {
    setBusy(true);
    try {
      await replays.cut(showId, { last_seconds: SECONDS, ...(listingId === null ? {} : { listing_id: listingId }) });
      setMade((count) => count + 1);
      toast(t("The last 30 seconds are being made into a clip."), "good");
    } catch (error) {
      toast(sentence(error), "problem");
    } finally {
      setBusy(false);
    }
  };
  return (
    <details class="studio__setup" data-testid="clip-tools" open={made > 0}>
      <summary>{t("Clips")}</summary>
      <div class="stack stack--tight">
        {live && (
          <Button kind="plain" wide busy={busy} data-testid="clip-last" onClick={() => void cut()}>
            {t("Clip the last 30 seconds")}
          </Button>
        )}
        <ClipList showId={showId} version={made} />
      </div>
    </details>
  );
}
