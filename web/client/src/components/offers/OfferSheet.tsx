import { useState } from "preact/hooks";

import { ApiError, type ListingCard, sentence } from "../../api";
import { sales } from "../../api/sales";
import { t } from "../../i18n";
import { toast } from "../../state/toasts";
import { money, moneyInput, parseMoney } from "../../words";
import { Button } from "../Button";
import { Field } from "../Field";
import { Sheet } from "../Sheet";

/** A first offer is a quarter of the price at least; the server says so too. */
const LEAST_SHARE = 0.25;

/** Offer the seller of a listing a price. */
export function OfferSheet({ listing, showId, open, onClose }: { listing: ListingCard; showId: string | null; open: boolean; onClose: () => void }) {
  const { currency, price } = listing;
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);

  const send = async () => {
    const amount = parseMoney(text, currency);
    if (amount === null) return setProblem(t("Type an amount."));
    setBusy(true);
    setProblem(undefined);
    try {
      await sales.makeOffer(listing.listing_id, amount, showId);
      toast(t("Your offer of {price} is with the seller.", { price: money(amount, currency) }), "good");
      onClose();
    } catch (error) {
      const least = error instanceof ApiError ? error.details["low"] : undefined;
      const most = error instanceof ApiError ? error.details["high"] : undefined;
      setProblem(
        typeof least === "number" && typeof most === "number"
          ? t("Offer between {low} and {high}.", { low: money(least, currency), high: money(most, currency) })
          : sentence(error),
      );
    } finally {
      setBusy(false);
    }
  };

  return (
    <Sheet open={open} onClose={onClose} title={t("Make an offer")}>
      <form
        class="stack"
        data-testid="offer-sheet"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <p class="quiet" dir="auto">
          {listing.title} · {money(price, currency)}
        </p>
        <p class="row">
          {[10, 20, 30].map((off) => (
            <Button key={off} kind="plain" onClick={() => setText(moneyInput(Math.max(1, Math.floor((price * (100 - off)) / 100)), currency))}>
              {t("{percent} % less", { percent: off })}
            </Button>
          ))}
        </p>
        <Field
          label={t("Your offer ({currency})", { currency })}
          hint={t("The seller has a day to answer. When you agree, it is held for you at that price.")}
          problem={problem}
          inputMode="decimal"
          autocomplete="off"
          placeholder={moneyInput(Math.ceil(price * LEAST_SHARE), currency)}
          value={text}
          data-testid="offer-amount"
          onValue={setText}
        />
        <Button type="submit" kind="buy" wide busy={busy} data-testid="send-offer">
          {t("Send the offer")}
        </Button>
      </form>
    </Sheet>
  );
}
