import { useEffect, useState } from "preact/hooks";
import { sentence, type Cart, type CartParcel, type Hold } from "../../api";
import { Button, ButtonLink } from "../../components/Button";
import { CheckoutSheet } from "../../components/CheckoutSheet";
import "../../components/checkout/checkout.css";
import { summarise } from "../../components/checkout/summary";
import { Totals } from "../../components/checkout/Totals";
import { Countdown } from "../../components/Countdown";
import { EmptyState, Problem } from "../../components/EmptyState";
import { ListingPhoto } from "../../components/ListingCard";
import { PersonLink } from "../../components/Avatar";
import { Skeleton } from "../../components/Skeleton";
import { signInLink } from "../../navigation";
import { bag, refreshBag, releaseHold } from "../../state/bag";
import { me } from "../../state/session";
import { toast } from "../../state/toasts";
import { useTitle } from "../../title";
import { money } from "../../words";
import { inARow, rich, t } from "../../i18n";
import "./cart.css";

export default function CartPage() {
  useTitle(t("Bag"));
  const account = me.value;
  const cart = bag.value;
  const [problem, setProblem] = useState<string | null>(null);
  const [paying, setPaying] = useState(false);

  const read = (): void => {
    setProblem(null);
    refreshBag().catch((error: unknown) => setProblem(sentence(error)));
  };
  useEffect(() => {
    if (account) read();
  }, [account?.id]);

  if (account === null) {
    return (
      <div class="page page--narrow">
        <h1>{t("Bag")}</h1>
        <EmptyState title={t("Sign in to see your bag")} action={<ButtonLink href={signInLink()}>{t("Sign in")}</ButtonLink>}>
          {t("What you hold is kept with your account.")}
        </EmptyState>
      </div>
    );
  }
  return (
    <div class="page page--narrow stack">
      <h1>{t("Bag")}</h1>
      {cart ? (
        <Filled cart={cart} onPay={() => setPaying(true)} />
      ) : problem ? (
        <Problem text={problem} onRetry={read} />
      ) : (
        <Skeleton height="160px" />
      )}
      <CheckoutSheet open={paying} onClose={() => setPaying(false)} />
    </div>
  );
}

function Filled({ cart, onPay }: { cart: Cart; onPay: () => void }) {
  if (cart.holds.length === 0) {
    return (
      <EmptyState title={t("Your bag is empty")} action={<ButtonLink href="/">{t("See who is live")}</ButtonLink>}>
        {t("When you tap Buy, the piece is yours alone for two minutes and waits here.")}
      </EmptyState>
    );
  }
  const holds = new Map(cart.holds.map((hold) => [hold.hold_id, hold]));
  const summary = summarise(cart);
  const elsewhere = cart.holds.length - summary.holds.length;
  return (
    <>
      <p class="quiet">
        {t(
          "{count, plural, one {# piece is held for you. Pay before the time runs out and it is yours.} " +
            "other {# pieces are held for you. Pay before the time runs out and they are yours.}}",
          { count: cart.holds.length },
        )}
      </p>
      {cart.parcels.map((parcel) => (
        <Parcel key={`${parcel.seller.id} ${parcel.currency ?? ""}`} parcel={parcel} holds={holds} currency={cart.currency} />
      ))}
      <section class="panel stack" aria-labelledby="bag-total">
        <h2 id="bag-total" class="hidden-visually">
          {t("Total")}
        </h2>
        <Totals summary={summary} />
        {elsewhere > 0 && (
          <p class="small quiet">
            {t("{count, plural, one {# piece has a price in another currency and is paid next.} other {# pieces have a price in another currency and are paid next.}}", { count: elsewhere })}
          </p>
        )}
        <Button kind="buy" size="l" wide onClick={onPay} data-testid="checkout-open">
          {t("Checkout, {price}", { price: money(summary.total, summary.currency) })}
        </Button>
      </section>
    </>
  );
}

function Parcel({ parcel, holds, currency }: { parcel: CartParcel; holds: Map<string, Hold>; currency: string }) {
  return (
    <section class="panel stack" aria-label={t("From {name}", { name: parcel.seller.name })}>
      <div class="row row--apart">
        <PersonLink
          person={parcel.seller}
          note={
            parcel.joins
              ? t("+ {price} with what you already have", { price: money(parcel.shipping, parcel.currency ?? currency) })
              : t("ships for {price}", { price: money(parcel.shipping, parcel.currency ?? currency) })
          }
        />
      </div>
      <ul class="stack">
        {parcel.items.map((id) => {
          const hold = holds.get(id);
          return hold ? (
            <li key={id}>
              <HeldPiece hold={hold} />
            </li>
          ) : null;
        })}
      </ul>
    </section>
  );
}

function HeldPiece({ hold }: { hold: Hold }) {
  const [busy, setBusy] = useState(false);
  const { listing } = hold;
  const putBack = async (): Promise<void> => {
    setBusy(true);
    try {
      await releaseHold(hold.hold_id);
      toast(t("{title} is back on the rail.", { title: listing.title }));
    } catch (error) {
      toast(sentence(error), "problem");
      setBusy(false);
    }
  };
  return (
    <div class="held">
      <a class="held__photo" href={`/listing/${encodeURIComponent(listing.listing_id)}`} tabIndex={-1} aria-hidden="true">
        <ListingPhoto photo={listing.photo} alt="" />
      </a>
      <div class="held__words">
        <a class="held__title" dir="auto" href={`/listing/${encodeURIComponent(listing.listing_id)}`}>
          {listing.title}
        </a>
        <span class="small quiet">{inARow(listing.size && t("Size {size}", { size: listing.size }), listing.brand)}</span>
        <span class="small">
          {rich("Yours for <time></time>", {
            time: () => (
              <Countdown
                bare
                until={hold.until}
                onEnd={() => toast(t("Your hold on {title} ran out. Look whether it is still there.", { title: listing.title }), "info")}
              />
            ),
          })}
        </span>
      </div>
      <div class="held__end">
        <strong>{money(hold.price, hold.currency)}</strong>
        <Button kind="quiet" class="held__back" busy={busy} onClick={() => void putBack()}>
          {t("Put back")}<span class="hidden-visually"> {listing.title}</span>
        </Button>
      </div>
    </div>
  );
}
