import { useState } from "preact/hooks";

import { sentence } from "../api";
import { t } from "../i18n";
import { requireSignIn } from "../state/session";
import { toast } from "../state/toasts";
import { toggleWaiting, waiting } from "../state/waiting";

/** Stand in line for what somebody else holds; the same button leaves the line. */
export function WaitButton({ listingId, showId, class: look }: { listingId: string; showId: string | null; class: string }) {
  const [busy, setBusy] = useState(false);
  const place = waiting.value[listingId];
  const tap = async () => {
    if (busy || !requireSignIn()) return;
    setBusy(true);
    try {
      await toggleWaiting(listingId, showId);
    } catch (error) {
      toast(sentence(error), "problem");
    } finally {
      setBusy(false);
    }
  };
  return (
    <button type="button" class={look} aria-pressed={place !== undefined} disabled={busy} data-testid="wait" onClick={() => void tap()}>
      {place === undefined ? t("Wait in line") : t("In line: no. {place}", { place })}
    </button>
  );
}
