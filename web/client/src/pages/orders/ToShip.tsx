import { useState } from "preact/hooks";
import { selling, sentence, type Parcel } from "../../api";
import { Button } from "../../components/Button";
import { addressLines } from "../../components/checkout/AddressForm";
import { Field, FormProblem } from "../../components/Field";
import { toast } from "../../state/toasts";
import { day } from "../../words";
import { Item, ParcelState } from "./Bought";
import { t } from "../../i18n";
import { SellersPart } from "./SellersPart";

/** A parcel one has to send: what, to whom, and its steps. */
export function ToShip({ parcel, onChange }: { parcel: Parcel; onChange: (parcel: Parcel) => void }) {
  const [tracking, setTracking] = useState(parcel.tracking ?? "");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const move = async (state: Parcel["state"]): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      const number = tracking.trim();
      const body = state === "shipped" && number ? { state, tracking: number } : { state };
      onChange(await selling.updateParcel(parcel.parcel_id, body));
      toast(state === "shipped" ? t("{name} can see that it is on its way.", { name: parcel.buyer.name }) : t("Marked as delivered."), "good");
    } catch (error) {
      setProblem(sentence(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <article class="panel stack" aria-label={t("Parcel to {name}", { name: parcel.address.name })}>
      <header class="row row--apart">
        <strong>{day(parcel.created_at)}</strong>
        <ParcelState state={parcel.state} seller />
      </header>
      <ul class="stack stack--tight">
        {parcel.items.map((item) => (
          <Item key={item.listing_id} item={item} />
        ))}
      </ul>
      <address class="parcel__address">
        {addressLines(parcel.address).map((line) => (
          <span key={line}>{line}</span>
        ))}
      </address>
      {parcel.state === "to_ship" && (
        <form
          class="parcel__ship"
          onSubmit={(event) => {
            event.preventDefault();
            void move("shipped");
          }}
        >
          <Field label={t("Tracking number")} optional maxLength={80} autocomplete="off" value={tracking} onValue={setTracking} />
          <Button type="submit" busy={busy}>
            {t("It is on its way")}
          </Button>
        </form>
      )}
      {parcel.state === "shipped" && (
        <div class="row row--apart">
          {parcel.tracking ? (
            <span class="small">
              {t("Tracking")} <span class="tracking">{parcel.tracking}</span>
            </span>
          ) : (
            <span class="small quiet">{t("Sent without a tracking number")}</span>
          )}
          <Button kind="plain" busy={busy} onClick={() => void move("delivered")}>
            {t("It has arrived")}
          </Button>
        </div>
      )}
      <FormProblem>{problem}</FormProblem>
      <SellersPart parcel={parcel} onChange={onChange} />
    </article>
  );
}
