import { useEffect, useState } from "preact/hooks";
import { commerce, type ShippingQuote } from "../api/commerce";
import { t } from "../i18n";
import { bag } from "../state/bag";
import { me } from "../state/session";
import { money } from "../words";

/** What a piece adds in shipping to what one has already: known before the tap. Read again when the bag changes. */
export function ShippingNote({ listingId, available }: { listingId: string; available: boolean }) {
  const [quote, setQuote] = useState<ShippingQuote | null>(null);
  const held = bag.value?.holds.map((hold) => hold.hold_id).join(" ") ?? "";
  useEffect(() => {
    if (!available) return undefined;
    let current = true;
    commerce.shipping([listingId]).then(
      (found) => current && setQuote(found[0] ?? null),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [listingId, held, me.value?.id, available]);
  if (!available || quote === null || quote.listing_id !== listingId) return null;
  return (
    <span class="shipping-note small" data-testid="shipping-note">
      {shippingSentence(quote)}
      {quote.bundle && <> · {t("{percent} % off from {count} pieces on", { percent: quote.bundle.percent / 100, count: quote.bundle.pieces })}</>}
    </span>
  );
}

export function shippingSentence(quote: ShippingQuote): string {
  const price = money(quote.shipping, quote.currency);
  if (quote.joins && quote.shipping <= 0) return t("No shipping with what you already have");
  if (quote.joins) return t("+ {price} with what you already have", { price });
  if (quote.subsidy > 0 && quote.shipping === 0) return t("Free shipping: this seller’s first sale");
  return quote.shipping === 0 ? t("Free shipping") : t("+ {price} shipping", { price });
}
