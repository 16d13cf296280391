import { useRef, useState } from "preact/hooks";
import { ApiError, sentence, type Listing } from "../../api";
import { Button, ButtonLink } from "../../components/Button";
import { Countdown } from "../../components/Countdown";
import { WaitButton } from "../../components/WaitButton";
import { OfferSheet } from "../../components/offers/OfferSheet";
import { go, signInLink } from "../../navigation";
import { bag, holdListing } from "../../state/bag";
import { requireSignIn } from "../../state/session";
import { dayAndTime } from "../../words";
import { rich, t } from "../../i18n";

/** Buy, or why not: sold, held by somebody, already in the own bag, one's own piece. */
export function BuyBox({ listing, onChanged }: { listing: Listing; onChanged: () => void }) {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [offering, setOffering] = useState(false);
  const tapped = useRef(false);
  const held = bag.value?.holds.find((hold) => hold.listing.listing_id === listing.listing_id);

  const buy = async (): Promise<void> => {
    if (tapped.current || !requireSignIn()) return;
    tapped.current = true;
    setBusy(true);
    setRefusal(null);
    try {
      await holdListing(listing.listing_id, null, listing.price);
      go("/cart");
    } catch (error) {
      if (error instanceof ApiError && error.code === "held_by_you") return go("/cart");
      // The session ended unnoticed.
      if (error instanceof ApiError && error.status === 401) return go(signInLink());
      setRefusal(refusalSentence(error));
      onChanged();
    } finally {
      tapped.current = false;
      setBusy(false);
    }
  };

  if (listing.withdrawn) return <p class="buy-box__note">{t("The seller has taken this piece down.")}</p>;
  if (listing.mine) return null;
  return (
    <div class="stack stack--tight">
      {held ? (
        <>
          <p class="buy-box__note">
            {rich("Held for you: <time></time>", { time: () => <Countdown until={held.until} onEnd={onChanged} /> })}
          </p>
          <ButtonLink kind="buy" size="l" wide href="/cart">
            {t("Go to the bag")}
          </ButtonLink>
        </>
      ) : listing.state === "sold" ? (
        <Button kind="buy" size="l" wide disabled data-testid="sold-out">
          {t("Sold")}
        </Button>
      ) : listing.state === "held" ? (
        <>
          <p class="buy-box__note">
            {listing.held_until === null
              ? t("Somebody is holding it. If it comes back, it can be yours.")
              : rich("Somebody is holding it: <time></time>. If it comes back, it can be yours.", {
                  time: () => <Countdown until={listing.held_until ?? 0} onEnd={() => setTimeout(onChanged, 500)} />,
                })}
          </p>
          <WaitButton listingId={listing.listing_id} showId={null} class="button button--plain button--l button--wide" />
          <Button kind="quiet" wide onClick={onChanged}>
            {t("Look again")}
          </Button>
        </>
      ) : (
        <Button kind="buy" size="l" wide busy={busy} onClick={() => void buy()} data-testid="buy-button">
          {t("Buy")}
        </Button>
      )}
      {listing.state !== "sold" && !held && (
        <Button kind="plain" size="l" wide data-testid="make-offer" onClick={() => requireSignIn() && setOffering(true)}>
          {t("Make an offer")}
        </Button>
      )}
      <OfferSheet listing={listing} showId={null} open={offering} onClose={() => setOffering(false)} />
      <div role="alert">
        {refusal && (
          <p class="form-problem" data-testid="hold-refused">
            {refusal}
          </p>
        )}
      </div>
    </div>
  );
}

/** Why a hold was refused; with the time, when the server told it. */
export function refusalSentence(error: unknown): string {
  const until = error instanceof ApiError ? error.details["until"] : undefined;
  if (error instanceof ApiError && error.code === "banned" && typeof until === "number") {
    return t("You cannot buy in this show until {when}.", { when: dayAndTime(until) });
  }
  return sentence(error);
}
