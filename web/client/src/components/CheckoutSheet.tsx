import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { accounts, selling, sentence, type Address, type Cart, type Order, type Payment } from "../api";
import { commerce, type PaymentMethods } from "../api/commerce";
import { fieldErrors } from "../api/errors";
import { bag, refreshBag } from "../state/bag";
import { money } from "../words";
import { Button, ButtonLink } from "./Button";
import { AddressForm, addressLines } from "./checkout/AddressForm";
import { Attempt, unsure } from "./checkout/attempt";
import { CardForm } from "./checkout/CardForm";
import { type Question, questionOf } from "./checkout/confirmation";
import { ConfirmStep } from "./checkout/ConfirmStep";
import { SavedCards } from "./checkout/SavedCards";
import { StripeCard } from "./checkout/StripeCard";
import "./checkout/checkout.css";
import { summarise, type Summary } from "./checkout/summary";
import { Totals } from "./checkout/Totals";
import { Countdown } from "./Countdown";
import { CheckIcon } from "./icons";
import { ListingPhoto } from "./ListingCard";
import { Sheet } from "./Sheet";
import { locale, mark, rich, t } from "../i18n";

type Step = "loading" | "address" | "payment" | "confirm" | "done";

const TITLES: Record<Step, string> = {
  loading: mark("Checkout"),
  address: mark("Where should it go?"),
  payment: mark("Pay"),
  confirm: mark("Your bank asks"),
  done: mark("It is yours"),
};

interface Props {
  open: boolean;
  onClose: () => void;
  /** Which holds to pay for; all of the bag's main currency when not given. */
  holdIds?: readonly string[];
  /** Once, when the payment went through; the sheet stays and thanks. */
  onPaid?: (order: Order) => void;
}

/**
 * Address, card, done: over whatever page it is used on, so that a show keeps playing. The address is saved for the next
 * time; each step takes the focus to its heading, which also says it aloud.
 */
export function CheckoutSheet({ open, ...rest }: Props) {
  return open ? <OpenCheckout {...rest} /> : null;
}

function OpenCheckout({ onClose, holdIds, onPaid }: Omit<Props, "open">) {
  const [step, setStep] = useState<Step>("loading");
  const [address, setAddress] = useState<Address | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [refused, setRefused] = useState<Record<string, string>>({});
  const [order, setOrder] = useState<Order | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  /** A card typed here that shall be kept: saved once the bank has confirmed its payment. */
  const typed = useRef<Payment | null>(null);
  const [aside, setAside] = useState(false);
  const formId = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const [methods, setMethods] = useState<PaymentMethods | null>(null);
  /** The saved card to pay with; null: another one is typed. */
  const [chosen, setChosen] = useState<string | null>(null);
  const [keep, setKeep] = useState(true);
  const attempt = useMemo(
    () => new Attempt<Parameters<typeof selling.checkout>[0]>((wish, key) => selling.checkout(wish, key)),
    [],
  );
  /** What was asked to be paid without an answer: a payment that went through has emptied the bag, and must be asked about. */
  const [unanswered, setUnanswered] = useState<Summary | null>(null);
  /** The bag as if only what is paid for were in it: shipping and discounts depend on what goes together. */
  const [part, setPart] = useState<Cart | null>(null);
  const whole = bag.value;
  const cart = holdIds ? part : whole;
  const summary = unanswered ?? (cart ? summarise(cart, holdIds) : null);
  const gone = step !== "done" && step !== "loading" && step !== "confirm" && summary !== null && summary.holds.length === 0 && !busy;

  useEffect(() => {
    if (!holdIds || step === "done") return undefined;
    let current = true;
    selling.cart(holdIds).then(
      (found) => current && setPart(found),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [whole, holdIds]);

  useEffect(() => {
    let current = true;
    const begin = async (): Promise<void> => {
      // The bag first: what is paid for must be what is shown.
      await refreshBag();
      if (holdIds) setPart(await selling.cart(holdIds));
      const [{ address: saved }, cards] = await Promise.all([accounts.address(), commerce.methods().catch(() => null)]);
      if (!current) return;
      // A shop whose saved cards cannot be read now still takes a typed one.
      setMethods(cards);
      setChosen(cards?.methods.find((card) => !card.expired)?.method_id ?? null);
      setAddress(saved);
      setStep(saved ? "payment" : "address");
    };
    begin().catch((error: unknown) => {
      if (!current) return;
      setProblem(sentence(error));
      setStep("address");
    });
    return () => {
      current = false;
    };
  }, []);

  useEffect(() => {
    if (step !== "loading") heading.current?.focus();
  }, [step, gone]);

  const done = (paid: Order): void => {
    setUnanswered(null);
    setOrder(paid);
    setStep("done");
    onPaid?.(paid);
  };

  const confirmed = (paid: Order | null): void => {
    if (paid === null) return;
    done(paid);
    // The order stands: a card that cannot be kept is typed again the next time.
    if (typed.current) commerce.saveCard(typed.current).catch(() => undefined);
    refreshBag().catch(() => undefined);
  };

  const notConfirmed = (words: string): void => {
    setUnanswered(null);
    setQuestion(null);
    setProblem(words || null);
    setStep("payment");
    refreshBag().catch(() => undefined);
  };

  const pay = async (means: { payment: Payment; save_card: boolean } | { method_id: string }): Promise<void> => {
    if (!summary || !address || busy) return;
    setBusy(true);
    setProblem(null);
    setRefused({});
    try {
      const paid = await attempt.pay<Order>({
        hold_ids: summary.holds.map((hold) => hold.hold_id),
        address,
        ...means,
        total: summary.total,
      });
      done(paid);
    } catch (error) {
      const asks = questionOf(error);
      if (asks) {
        typed.current = "payment" in means && means.save_card ? means.payment : null;
        setUnanswered(summary);
        setQuestion(asks);
        setStep("confirm");
        return;
      }
      setUnanswered(unsure(error) ? summary : null);
      const fields = fieldErrors(error);
      setRefused(fields);
      if (Object.keys(fields).length === 0) setProblem(paymentSentence(error));
    } finally {
      setBusy(false);
      await refreshBag().catch(() => {});
    }
  };

  const body = (): preact.ComponentChildren => {
    if (step === "done" && order) return <Done order={order} onClose={onClose} />;
    if (step === "confirm" && question) {
      return (
        <div class="stack">
          <ConfirmStep question={question} onConfirmed={confirmed} onRefused={notConfirmed} onAside={setAside} />
          <Button kind="quiet" onClick={() => notConfirmed("")} data-testid="confirm-back">
            {t("Pay another way")}
          </Button>
        </div>
      );
    }
    if (step === "loading") return <p role="status">{t("Getting your bag ready.")}</p>;
    if (gone) {
      return (
        <div class="stack">
          <p role="alert">{problem ?? t("Your hold ran out, so there is nothing to pay for. If the piece is still there, you can hold it again.")}</p>
          <Button kind="plain" onClick={onClose}>
            {t("Back")}
          </Button>
        </div>
      );
    }
    return (
      <div class="stack">
        <ol class="checkout__steps" aria-label={t("Steps")}>
          <li aria-current={step === "address" ? "step" : undefined}>{t("1. Address")}</li>
          <li aria-current={step === "payment" ? "step" : undefined}>{t("2. Payment")}</li>
        </ol>
        {step === "address" ? (
          <>
            {problem && <p role="alert">{problem}</p>}
            <AddressForm
              address={address}
              onSaved={(saved) => {
                setProblem(null);
                setAddress(saved);
                setStep("payment");
              }}
            />
          </>
        ) : (
          <>
            {summary && <Pieces summary={summary} />}
            {address && (
              <div class="checkout__to">
                <p class="small">
                  {rich("<b>To</b> {address}", { address: addressLines(address).join(", "), b: (inner) => <strong>{inner}</strong> })}
                </p>
                <Button kind="quiet" onClick={() => setStep("address")} disabled={busy}>
                  {t("Change the address")}
                </Button>
              </div>
            )}
            {methods && methods.methods.length > 0 && (
              <SavedCards methods={methods.methods} chosen={chosen} disabled={busy} onChoose={setChosen} />
            )}
            {chosen === null &&
              (methods?.publishable_key ? (
                <StripeCard
                  publishableKey={methods.publishable_key}
                  onAside={setAside}
                  onSaved={(next) => {
                    setMethods(next);
                    setChosen(next.methods[0]?.method_id ?? null);
                  }}
                />
              ) : (
                <>
                  <CardForm formId={formId} problems={refused} onPay={(payment) => void pay({ payment, save_card: keep })} />
                  <label class="checkout__keep">
                    <input type="checkbox" checked={keep} onChange={(event) => setKeep(event.currentTarget.checked)} />{" "}
                    {t("Save this card: the next piece takes one tap")}
                  </label>
                </>
              ))}
            {summary?.joins && <p class="small quiet">{t("Ships together with what you have bought there already.")}</p>}
            {summary && <Totals summary={summary} />}
          </>
        )}
      </div>
    );
  };

  return (
    <Sheet
      open
      aside={aside}
      onClose={() => {
        // Closing while the bank is being asked would hide how it ended.
        if (!busy) onClose();
      }}
      title={gone ? t("The hold is over") : t(TITLES[step])}
      headingRef={heading}
      footer={
        step === "payment" && summary && !gone ? (
          <div class="stack stack--tight">
            <div role="alert">{problem && <p class="form-problem">{problem}</p>}</div>
            <Button
              type={chosen === null ? "submit" : "button"}
              form={formId}
              kind="buy"
              size="l"
              wide
              busy={busy}
              disabled={chosen === null && Boolean(methods?.publishable_key)}
              onClick={() => chosen !== null && void pay({ method_id: chosen })}
              data-testid="checkout-pay"
            >
              {busy ? t("Paying") : t("Pay {price}", { price: money(summary.total, summary.currency) })}
            </Button>
          </div>
        ) : undefined
      }
    >
      {body()}
    </Sheet>
  );
}

/** What a refused payment means for the person and what to do next. */
export function paymentSentence(error: unknown): string {
  if (unsure(error)) {
    return t("We did not hear back about your payment. Tap Pay again: you will not be charged twice.");
  }
  return sentence(error);
}

function Pieces({ summary }: { summary: Summary }) {
  return (
    <ul class="checkout__pieces" aria-label={t("What you are paying for")}>
      {summary.holds.map((hold) => (
        <li key={hold.hold_id} class="checkout__piece">
          <ListingPhoto photo={hold.listing.photo} alt="" />
          <span class="checkout__piece-words">
            <span>{hold.listing.title}</span>
            <span class="small quiet">
              {t("from @{handle}", { handle: hold.listing.seller.handle })} · <Countdown until={hold.until} />
            </span>
          </span>
          <strong>{money(hold.price, hold.currency)}</strong>
        </li>
      ))}
    </ul>
  );
}

function Done({ order, onClose }: { order: Order; onClose: () => void }) {
  const sellers = new Intl.ListFormat(locale.value, { type: "conjunction" }).format(order.parcels.map((parcel) => parcel.seller.name));
  return (
    <div class="checkout__done" data-testid="checkout-done" role="status">
      <span class="checkout__tick">
        <CheckIcon size={36} />
      </span>
      <p>
        {t("You paid {price}. {sellers} will ship {count, plural, one {# parcel} other {# parcels}} to {city}.", {
          price: money(order.total, order.currency),
          sellers,
          count: order.parcels.length,
          city: order.address.city,
        })}
      </p>
      <div class="row">
        <Button onClick={onClose}>{t("Done")}</Button>
        <ButtonLink kind="plain" href="/orders">
          {t("See the order")}
        </ButtonLink>
      </div>
    </div>
  );
}
