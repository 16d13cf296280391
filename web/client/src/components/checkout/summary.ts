/** What the pieces chosen for a payment cost together. Pure. */

import type { Cart, Hold } from "../../api/types";

export interface Summary {
  holds: Hold[];
  currency: string;
  subtotal: number;
  /** What bundles take off the pieces' prices. */
  discount: number;
  shipping: number;
  total: number;
  /** Some of it joins a parcel that is still to be shipped. */
  joins: boolean;
  /** How many sellers ship something. */
  parcels: number;
  /** When the first of the holds runs out; null without any. */
  until: number | null;
}

/**
 * The holds that are paid together: those wished for, or else all of the bag's main currency. One payment has one currency,
 * so wished holds in another one than the first's are left for the next payment.
 */
export function summarise(cart: Cart, wished?: readonly string[]): Summary {
  const among = wished ? cart.holds.filter((hold) => wished.includes(hold.hold_id)) : cart.holds;
  const currency = wished ? (among[0]?.currency ?? cart.currency) : cart.currency;
  const holds = among.filter((hold) => hold.currency === currency);
  const ids = new Set(holds.map((hold) => hold.hold_id));
  const parcels = cart.parcels.filter((parcel) => (parcel.currency ?? currency) === currency && parcel.items.some((id) => ids.has(id)));
  const subtotal = holds.reduce((sum, hold) => sum + hold.price, 0);
  const shipping = parcels.reduce((sum, parcel) => sum + parcel.shipping, 0);
  const discount = parcels.reduce((sum, parcel) => sum + (parcel.discount ?? 0), 0);
  return {
    holds,
    currency,
    subtotal,
    discount,
    shipping,
    total: subtotal - discount + shipping,
    joins: parcels.some((parcel) => parcel.joins),
    parcels: parcels.length,
    until: holds.length > 0 ? Math.min(...holds.map((hold) => hold.until)) : null,
  };
}
