import { useState } from "preact/hooks";
import { sentence } from "../../api";
import { commerce, type Suggestions } from "../../api/commerce";
import type { Parcel } from "../../api/types";
import { Button } from "../../components/Button";
import { FormProblem, TextArea } from "../../components/Field";
import { ListingPhoto } from "../../components/ListingCard";
import { Sheet } from "../../components/Sheet";
import { shippingSentence } from "../../components/ShippingNote";
import { t } from "../../i18n";
import { toast } from "../../state/toasts";
import { useLoad } from "../../state/load";
import { money } from "../../words";
import "./after-sale.css";

/** What a buyer can do with a parcel: add to it, cancel it, say that it came, rate it. */
export function BuyersPart({ parcel, onChange }: { parcel: Parcel; onChange: () => void }) {
  const [asking, setAsking] = useState<"cancel" | "rate" | null>(null);
  const act = useAct(onChange);
  return (
    <>
      {parcel.thanks && (
        <blockquote class="parcel-note" dir="auto">
          {parcel.thanks}
        </blockquote>
      )}
      {parcel.dispute === "open" && <p class="small">{t("Your bank is looking into this payment.")}</p>}
      {parcel.state === "to_ship" && <GoesWithIt parcel={parcel} />}
      <div class="row">
        {parcel.state === "to_ship" && (
          <Button kind="quiet" onClick={() => setAsking("cancel")} data-testid="parcel-cancel">
            {t("Cancel this parcel")}
          </Button>
        )}
        {parcel.state === "shipped" && (
          <Button busy={act.busy} onClick={() => void act.run(() => commerce.received(parcel.parcel_id), t("Thank you. {name} will see it.", { name: parcel.seller.name }))} data-testid="parcel-received">
            {t("I have it")}
          </Button>
        )}
        {parcel.state === "delivered" && (
          <Button kind="plain" onClick={() => setAsking("rate")} data-testid="parcel-rate">
            {parcel.rating ? t("You gave {count, plural, one {# star} other {# stars}}", { count: parcel.rating }) : t("Rate it")}
          </Button>
        )}
      </div>
      <FormProblem>{act.problem}</FormProblem>
      <Sheet open={asking === "cancel"} onClose={() => setAsking(null)} title={t("Cancel this parcel?")}>
        <div class="stack">
          <p>{t("Nothing is shipped and what you paid for it goes back to your card. The piece is on sale again.")}</p>
          <div class="row">
            <Button
              kind="danger"
              busy={act.busy}
              onClick={() => void act.run(() => commerce.cancel(parcel.parcel_id, "", true), t("Cancelled. The money is on its way back.")).then(() => setAsking(null))}
              data-testid="parcel-cancel-sure"
            >
              {t("Cancel it")}
            </Button>
            <Button kind="plain" onClick={() => setAsking(null)}>
              {t("Keep it")}
            </Button>
          </div>
        </div>
      </Sheet>
      {asking === "rate" && <RateSheet parcel={parcel} onClose={() => setAsking(null)} onDone={onChange} />}
    </>
  );
}

/** What goes with it and still fits into the same parcel, with what it would add. */
function GoesWithIt({ parcel }: { parcel: Parcel }) {
  const { value } = useLoad<Suggestions>(`suggestions ${parcel.parcel_id}`, () => commerce.suggestions(parcel.parcel_id));
  if (!value || value.items.length === 0) return null;
  return (
    <section class="stack stack--tight" aria-label={t("Goes with it, in the same parcel")}>
      <h3 class="small">{t("Goes with it, in the same parcel")}</h3>
      {value.text && (
        <blockquote class="parcel-note" dir="auto">
          {value.text}
        </blockquote>
      )}
      <ul class="along">
        {value.items.slice(0, 4).map(({ listing, quote }) => (
          <li key={listing.listing_id}>
            <a href={`/listing/${encodeURIComponent(listing.listing_id)}`}>
              <ListingPhoto photo={listing.photo} alt="" />
              <span dir="auto">{listing.title}</span>
              <strong>{money(listing.price, listing.currency)}</strong>
              <span class="small quiet">{shippingSentence(quote)}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function RateSheet({ parcel, onClose, onDone }: { parcel: Parcel; onClose: () => void; onDone: () => void }) {
  const [stars, setStars] = useState(parcel.rating ?? 0);
  const [review, setReview] = useState(parcel.review ?? "");
  const act = useAct(onDone);
  return (
    <Sheet open onClose={onClose} title={t("How was it?")}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void act.run(() => commerce.rate(parcel.parcel_id, stars, review), t("Thank you.")).then((ok) => ok && onClose());
        }}
      >
        <fieldset class="stars">
          <legend>{t("Stars for {name}", { name: parcel.seller.name })}</legend>
          {[1, 2, 3, 4, 5].map((count) => (
            <label key={count} class={count <= stars ? "stars__on" : ""}>
              <input type="radio" name="stars" checked={stars === count} onChange={() => setStars(count)} />
              <span aria-hidden="true">★</span>
              <span class="hidden-visually">{t("{count, plural, one {# star} other {# stars}}", { count })}</span>
            </label>
          ))}
        </fieldset>
        <TextArea label={t("In words")} optional maxLength={1000} value={review} onValue={setReview} />
        <FormProblem>{act.problem}</FormProblem>
        <Button type="submit" size="l" wide busy={act.busy} disabled={stars === 0} data-testid="rate-send">
          {t("Send")}
        </Button>
      </form>
    </Sheet>
  );
}

/** One act at a time, with what went wrong. */
export function useAct(onDone: () => void) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const run = async (act: () => Promise<unknown>, thanks: string): Promise<boolean> => {
    if (busy) return false;
    setBusy(true);
    setProblem(null);
    try {
      await act();
      toast(thanks, "good");
      onDone();
      return true;
    } catch (error) {
      setProblem(sentence(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, run };
}
