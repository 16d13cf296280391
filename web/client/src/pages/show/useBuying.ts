import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

import { ApiError, type Order, sentence } from "../../api";
import { serverNow } from "../../clock";
import type { Channel } from "../../live/channel";
import { go, signInLink } from "../../navigation";
import { bag, holdListing, refreshBag } from "../../state/bag";
import type { Buyer } from "./buy_state";
import { keepWish, takeWish } from "./wish";

export interface Buying {
  buyer: Buyer;
  /** The listing being claimed. */
  busy: string | null;
  /** Why the last claim was refused. */
  refusal: string | null;
  /** The holds being paid for; null while the sheet is closed. */
  paying: readonly string[] | null;
  /** `price`: what the page shows; more is not taken. */
  buy: (listingId: string, price?: number) => void;
  /** Pay for one hold, or for all. */
  pay: (holdId: string | null) => void;
  closePay: () => void;
  paid: (order: Order) => void;
  dismiss: () => void;
}

const REFUSAL_SHOWN_MS = 8_000;

/** Claim, pay, and what became of it, for one person in one show. */
export function useBuying(showId: string, channel: Channel): Buying {
  const accountId = channel.view.you.account?.id ?? null;
  const [bought, setBought] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [paying, setPaying] = useState<readonly string[] | null>(null);
  const claiming = useRef(false);
  const cart = bag.value;

  const buy = useCallback(
    async (listingId: string, price?: number) => {
      if (claiming.current) return;
      if (accountId === null) {
        keepWish(showId, listingId, Date.now());
        return go(signInLink());
      }
      claiming.current = true;
      setBusy(listingId);
      setRefusal(null);
      try {
        const hold = await holdListing(listingId, showId, price ?? null);
        setPaying([hold.hold_id]);
      } catch (error) {
        // The session ended unnoticed: the wish waits for the sign-in here as well.
        if (error instanceof ApiError && error.status === 401) {
          keepWish(showId, listingId, Date.now());
          return go(signInLink());
        }
        setRefusal(sentence(error));
      } finally {
        claiming.current = false;
        setBusy(null);
      }
    },
    [accountId, showId],
  );

  useEffect(() => {
    if (accountId === null) return;
    const wish = takeWish(showId, Date.now());
    if (wish !== null) void buy(wish);
  }, [accountId, showId]);

  // A hold of one's own that changed elsewhere (another tab, its time) changes the bag at once.
  const held = useRef<ReadonlySet<string>>(new Set());
  held.current = new Set(cart?.holds.map((hold) => hold.listing.listing_id) ?? []);
  useEffect(
    () =>
      channel.onEvent((event) => {
        const concerned = event.kind === "released" || event.kind === "sold";
        if (concerned && held.current.has(event.data["listing_id"] as string)) refreshBag().catch(() => undefined);
      }),
    [channel],
  );

  useEffect(() => {
    if (refusal === null) return undefined;
    const timer = setTimeout(() => setRefusal(null), REFUSAL_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [refusal]);

  const buyer = useMemo<Buyer>(() => {
    const holds = (cart?.holds ?? []).map((hold) => ({
      hold_id: hold.hold_id,
      listing_id: hold.listing.listing_id,
      until: hold.until,
    }));
    return { accountId, holds, bought };
  }, [accountId, cart, bought]);

  const pay = (holdId: string | null) => {
    const now = serverNow();
    const all = buyer.holds.filter((hold) => hold.until > now).map((hold) => hold.hold_id);
    const chosen = holdId === null ? all : [holdId];
    if (chosen.length > 0) setPaying(chosen);
  };

  const paid = (order: Order) => {
    const ids = order.parcels.flatMap((parcel) => parcel.items.map((item) => item.listing_id));
    setBought((before) => new Set([...before, ...ids]));
    refreshBag().catch(() => undefined);
  };

  return {
    buyer,
    busy,
    refusal,
    paying,
    buy: (listingId, price) => void buy(listingId, price),
    pay,
    closePay: () => setPaying(null),
    paid,
    dismiss: () => setRefusal(null),
  };
}
