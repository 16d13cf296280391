import type { Order, Parcel, ParcelItem } from "../../api/types";
import { PersonLink } from "../../components/Avatar";
import { addressLines } from "../../components/checkout/AddressForm";
import { ListingPhoto } from "../../components/ListingCard";
import { day, money, showMoment } from "../../words";
import { mark, t } from "../../i18n";
import { BuyersPart } from "./BuyersPart";

const STATES: Record<Parcel["state"], string> = {
  to_ship: mark("Being packed"),
  shipped: mark("On its way"),
  delivered: mark("Delivered"),
  cancelled: mark("Cancelled, paid back"),
};

export function ParcelState({ state, seller = false }: { state: Parcel["state"]; seller?: boolean }) {
  return <span class={`parcel-state parcel-state--${state}`}>{seller && state === "to_ship" ? t("To ship") : t(STATES[state])}</span>;
}

/** One piece of a parcel, with who featured it and when. */
export function Item({ item }: { item: ParcelItem }) {
  return (
    <li class="order-item">
      <ListingPhoto photo={item.photo} alt="" />
      <span class="order-item__words">
        <a href={`/listing/${encodeURIComponent(item.listing_id)}`}>{item.title}</a>
        {item.curator && (
          <span class="small quiet">
            {item.at === null
              ? t("Featured by {name}", { name: item.curator.name })
              : t("Featured by {name}, {time} into the show", { name: item.curator.name, time: showMoment(item.at) })}
          </span>
        )}
        {item.show_id !== null && item.at !== null && (
          <a class="small" href={`/show/${encodeURIComponent(item.show_id)}?at=${item.at}`}>
            {t("See the moment")}
          </a>
        )}
      </span>
      <strong>{money(item.price, item.currency)}</strong>
    </li>
  );
}

export function Bought({ order, onChange }: { order: Order; onChange: () => void }) {
  return (
    <article class="panel stack" aria-label={t("Order of {day}", { day: day(order.created_at) })}>
      <header class="row row--apart">
        <strong>{day(order.created_at)}</strong>
        <span>
          {money(order.total, order.currency)} <span class="small quiet">{t("with {price} shipping", { price: money(order.shipping, order.currency) })}</span>
        </span>
      </header>
      {order.parcels.map((parcel) => (
        <section key={parcel.parcel_id} class="parcel stack stack--tight" aria-label={t("Parcel from {name}", { name: parcel.seller.name })}>
          <div class="row row--apart">
            <PersonLink person={parcel.seller} />
            <ParcelState state={parcel.state} />
          </div>
          <ul class="stack stack--tight">
            {parcel.items.map((item) => (
              <Item key={item.listing_id} item={item} />
            ))}
          </ul>
          <BuyersPart parcel={parcel} onChange={onChange} />
          {parcel.tracking && (
            <p class="small">
              {t("Tracking")} <span class="tracking">{parcel.tracking}</span>
            </p>
          )}
        </section>
      ))}
      {(order.refunded ?? 0) > 0 && (
        <p class="small">{t("{price} has gone back to you.", { price: money(order.refunded ?? 0, order.currency) })}</p>
      )}
      <p class="small quiet">{t("To {address}", { address: addressLines(order.address).join(", ") })}</p>
    </article>
  );
}
