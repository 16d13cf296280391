import { useState } from "preact/hooks";

import { OfferSheet } from "../../../components/offers/OfferSheet";
import { t } from "../../../i18n";
import type { LineupItem } from "../../../live/wire";
import { me, requireSignIn } from "../../../state/session";
import { useSales } from "./context";

/** Offer the seller another price without leaving the show. */
export function OfferButton({ item }: { item: LineupItem }) {
  const { showId } = useSales();
  const [open, setOpen] = useState(false);
  if (item.state === "sold" || item.seller.id === me.value?.id) return null;
  return (
    <>
      <button type="button" class="featured__offer" data-testid="offer-button" onClick={() => requireSignIn() && setOpen(true)}>
        {t("Make an offer")}
      </button>
      <OfferSheet listing={item} showId={showId || null} open={open} onClose={() => setOpen(false)} />
    </>
  );
}
