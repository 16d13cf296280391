import { useEffect, useState } from "preact/hooks";

import { sentence } from "../../api";
import { type Offer, sales } from "../../api/sales";
import { mark, t } from "../../i18n";
import { refreshBag } from "../../state/bag";
import { toast } from "../../state/toasts";
import { money, parseMoney } from "../../words";
import { Button, ButtonLink } from "../Button";
import { EmptyState, Problem } from "../EmptyState";
import { Field } from "../Field";
import "./offers.css";

const STATES: Record<Offer["state"], string> = {
  open: mark("Open"),
  accepted: mark("Agreed"),
  declined: mark("Declined"),
  withdrawn: mark("Withdrawn"),
  expired: mark("Nobody answered in time"),
};

/** Offers made and received, each with what one can do now. */
export function OfferList() {
  const [offers, setOffers] = useState<readonly Offer[] | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const load = () => {
    setProblem(null);
    sales.offers().then(({ items }) => setOffers(items), setProblem);
  };
  useEffect(load, []);
  if (problem) return <Problem text={sentence(problem)} onRetry={load} />;
  if (offers === null) return <p aria-busy="true">{t("Loading")}</p>;
  if (offers.length === 0) {
    return <EmptyState title={t("No offers yet")}>{t("On a listing you can offer the seller another price. Offers for your own pieces arrive here.")}</EmptyState>;
  }
  const replace = (changed: Offer) => setOffers(offers.map((one) => (one.offer_id === changed.offer_id ? changed : one)));
  return (
    <ul class="stack" data-testid="offers">
      {offers.map((offer) => (
        <OfferItem key={offer.offer_id} offer={offer} onChanged={replace} />
      ))}
    </ul>
  );
}

function OfferItem({ offer, onChanged }: { offer: Offer; onChanged: (offer: Offer) => void }) {
  const [busy, setBusy] = useState(false);
  const [counter, setCounter] = useState<string | null>(null);
  const turn = offer.state === "open" && offer.turn === offer.mine;
  const other = offer.mine === "buyer" ? offer.seller : offer.buyer;

  const answer = async (move: Parameters<typeof sales.answerOffer>[1], amount: number | null = null) => {
    if (busy) return;
    setBusy(true);
    try {
      onChanged(await sales.answerOffer(offer.offer_id, move, amount));
      setCounter(null);
      refreshBag().catch(() => undefined);
    } catch (error) {
      toast(sentence(error), "problem");
    } finally {
      setBusy(false);
    }
  };
  const sendCounter = () => {
    const amount = parseMoney(counter ?? "", offer.currency);
    if (amount === null) return toast(t("Type an amount."), "problem");
    void answer("counter", amount);
  };

  return (
    <li class="offer" data-testid="offer" data-state={offer.state}>
      <a class="offer__photo" href={`/listing/${encodeURIComponent(offer.listing.listing_id)}`} tabIndex={-1} aria-hidden="true">
        {offer.listing.photo ? <img src={offer.listing.photo} alt="" loading="lazy" /> : "♢"}
      </a>
      <div class="offer__words">
        <a class="offer__title" dir="auto" href={`/listing/${encodeURIComponent(offer.listing.listing_id)}`}>
          {offer.listing.title}
        </a>
        <p>
          <b>{money(offer.amount, offer.currency)}</b> <s class="quiet">{money(offer.listing.price, offer.currency)}</s> · <bdi>@{other.handle}</bdi>
        </p>
        <p class="quiet" role="status">
          {offer.state !== "open" ? t(STATES[offer.state]) : turn ? t("Your turn") : t("Waiting for an answer")}
        </p>
      </div>
      {turn && counter === null && (
        <p class="row offer__acts">
          <Button kind="strong" busy={busy} data-testid="accept" onClick={() => void answer("accept")}>
            {t("Accept")}
          </Button>
          <Button kind="plain" data-testid="counter" onClick={() => setCounter("")}>
            {t("Counter-offer")}
          </Button>
          <Button kind="quiet" onClick={() => void answer("decline")}>
            {t("Decline")}
          </Button>
        </p>
      )}
      {turn && counter !== null && (
        <form
          class="stack stack--tight offer__acts"
          onSubmit={(event) => {
            event.preventDefault();
            sendCounter();
          }}
        >
          <Field label={t("Your price ({currency})", { currency: offer.currency })} inputMode="decimal" value={counter} data-testid="counter-amount" onValue={setCounter} />
          <p class="row">
            <Button type="submit" kind="strong" busy={busy} data-testid="send-counter">
              {t("Send")}
            </Button>
            <Button kind="quiet" onClick={() => setCounter(null)}>
              {t("Cancel")}
            </Button>
          </p>
        </form>
      )}
      {offer.state === "open" && !turn && offer.mine === "buyer" && (
        <p class="row offer__acts">
          <Button kind="quiet" busy={busy} onClick={() => void answer("withdraw")}>
            {t("Withdraw")}
          </Button>
        </p>
      )}
      {offer.state === "accepted" && offer.mine === "buyer" && offer.listing.state !== "sold" && (
        <p class="row offer__acts">
          <ButtonLink kind="buy" href="/cart">
            {t("Pay now")}
          </ButtonLink>
        </p>
      )}
    </li>
  );
}
