import { useState } from "preact/hooks";
import { closets, type Parcel } from "../../api";
import { commerce } from "../../api/commerce";
import { Button, ButtonLink } from "../../components/Button";
import { Field, FormProblem, TextArea } from "../../components/Field";
import { Sheet } from "../../components/Sheet";
import { t } from "../../i18n";
import { useLoad } from "../../state/load";
import { money, parseMoney } from "../../words";
import { useAct } from "./BuyersPart";
import "./after-sale.css";

/** What a seller can do with a parcel beside shipping it: slip, note, something to send along, money back. */
export function SellersPart({ parcel, onChange }: { parcel: Parcel; onChange: (parcel: Parcel) => void }) {
  const [open, setOpen] = useState<"thanks" | "offer" | "refund" | "cancel" | null>(null);
  const close = (): void => setOpen(null);
  const done = (next: Parcel): void => {
    onChange(next);
    close();
  };
  if (parcel.state === "cancelled") return null;
  return (
    <>
      {parcel.dispute === "open" && (
        <p class="small">{t("The buyer’s bank is looking into this payment. Wait for its answer before you pay anything back.")}</p>
      )}
      {parcel.shipment_id !== undefined && parcel.shipment_id !== parcel.parcel_id && (
        <p class="small">{t("Goes into one parcel with an earlier order of {name}.", { name: parcel.buyer.name })}</p>
      )}
      {parcel.rating !== undefined && parcel.rating !== null && (
        <p class="small">
          {t("{name} gave {count, plural, one {# star} other {# stars}}.", { name: parcel.buyer.name, count: parcel.rating })} <span dir="auto">{parcel.review}</span>
        </p>
      )}
      <div class="row">
        <ButtonLink kind="plain" href={commerce.slip(parcel.parcel_id)} target="_blank">
          {t("Packing slip")}
        </ButtonLink>
        <Button kind="plain" onClick={() => setOpen("thanks")} data-testid="parcel-thanks">
          {parcel.thanks ? t("Change the note") : t("Write a thank-you note")}
        </Button>
        {parcel.state === "to_ship" && (
          <Button kind="quiet" onClick={() => setOpen("offer")} data-testid="parcel-offer">
            {t("Suggest something to send along")}
          </Button>
        )}
        <Button kind="quiet" onClick={() => setOpen("refund")}>
          {t("Pay something back")}
        </Button>
        {parcel.state === "to_ship" && (
          <Button kind="quiet" onClick={() => setOpen("cancel")}>
            {t("Cancel the sale")}
          </Button>
        )}
      </div>
      {open === "thanks" && <ThanksSheet parcel={parcel} onClose={close} onDone={done} />}
      {open === "offer" && <OfferSheet parcel={parcel} onClose={close} onDone={done} />}
      {open === "refund" && <RefundSheet parcel={parcel} onClose={close} onDone={done} />}
      {open === "cancel" && <CancelSheet parcel={parcel} onClose={close} onDone={done} />}
    </>
  );
}

interface Part {
  parcel: Parcel;
  onClose: () => void;
  onDone: (parcel: Parcel) => void;
}

function ThanksSheet({ parcel, onClose, onDone }: Part) {
  const [text, setText] = useState(parcel.thanks ?? "");
  const act = useAct(() => undefined);
  return (
    <Sheet open onClose={onClose} title={t("Thank-you note")}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void act.run(async () => onDone(await commerce.thank(parcel.parcel_id, text)), t("Saved."));
        }}
      >
        <TextArea
          label={t("To {name}", { name: parcel.buyer.name })}
          hint={t("It is printed on the packing slip, and {name} reads it with the order.", { name: parcel.buyer.name })}
          maxLength={1000}
          value={text}
          onValue={setText}
          data-testid="thanks-text"
        />
        <FormProblem>{act.problem}</FormProblem>
        <Button type="submit" size="l" wide busy={act.busy} data-testid="thanks-save">
          {t("Save")}
        </Button>
      </form>
    </Sheet>
  );
}

function OfferSheet({ parcel, onClose, onDone }: Part) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const found = useLoad(`offer ${parcel.parcel_id}`, () => closets.listings(parcel.seller.handle));
  const act = useAct(() => undefined);
  const fitting = (found.value?.items ?? []).filter((card) => card.state === "available" && card.currency === (parcel.currency ?? card.currency));
  const toggle = (id: string): void => setChosen((old) => (old.includes(id) ? old.filter((each) => each !== id) : [...old, id].slice(-3)));
  return (
    <Sheet open onClose={onClose} title={t("Suggest something to send along")}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void act.run(
            async () => onDone(await commerce.offer(parcel.parcel_id, text, [...chosen])),
            t("{name} is told what would fit in.", { name: parcel.buyer.name }),
          );
        }}
      >
        <p class="quiet">{t("Up to three pieces of your closet that go with it and travel in the same parcel.")}</p>
        <ul class="stack stack--tight">
          {fitting.map((card) => (
            <li key={card.listing_id}>
              <label class="checkout__keep">
                <input type="checkbox" checked={chosen.includes(card.listing_id)} onChange={() => toggle(card.listing_id)} />
                <span dir="auto">{card.title}</span> <strong>{money(card.price, card.currency)}</strong>
              </label>
            </li>
          ))}
        </ul>
        <TextArea label={t("A word to {name}", { name: parcel.buyer.name })} optional maxLength={500} value={text} onValue={setText} />
        <FormProblem>{act.problem ?? found.problem}</FormProblem>
        <Button type="submit" size="l" wide busy={act.busy} disabled={chosen.length === 0}>
          {t("Send")}
        </Button>
      </form>
    </Sheet>
  );
}

function RefundSheet({ parcel, onClose, onDone }: Part) {
  const currency = parcel.currency ?? parcel.items[0]?.currency ?? "USD";
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const amount = parseMoney(text, currency);
  const act = useAct(() => undefined);
  return (
    <Sheet open onClose={onClose} title={t("Pay something back")}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (amount === null) return;
          void act.run(async () => onDone(await commerce.refund(parcel.parcel_id, amount, reason)), t("It is on its way back to {name}.", { name: parcel.buyer.name }));
        }}
      >
        <Field label={t("How much, in {currency}?", { currency })} inputMode="decimal" value={text} onValue={setText} />
        <TextArea label={t("Why")} optional maxLength={500} value={reason} onValue={setReason} />
        <FormProblem>{act.problem}</FormProblem>
        <Button type="submit" size="l" wide busy={act.busy} disabled={amount === null || amount <= 0}>
          {t("Pay back")}
        </Button>
      </form>
    </Sheet>
  );
}

function CancelSheet({ parcel, onClose, onDone }: Part) {
  const [restock, setRestock] = useState(true);
  const act = useAct(() => undefined);
  return (
    <Sheet open onClose={onClose} title={t("Cancel the sale?")}>
      <div class="stack">
        <p>{t("{name} gets everything back, and nothing is shipped.", { name: parcel.buyer.name })}</p>
        <label class="checkout__keep">
          <input type="checkbox" checked={restock} onChange={(event) => setRestock(event.currentTarget.checked)} />
          {t("Put it on sale again")}
        </label>
        <FormProblem>{act.problem}</FormProblem>
        <Button kind="danger" busy={act.busy} onClick={() => void act.run(async () => onDone(await commerce.cancel(parcel.parcel_id, "", restock)), t("Cancelled. The money is on its way back."))}>
          {t("Cancel the sale")}
        </Button>
      </div>
    </Sheet>
  );
}
