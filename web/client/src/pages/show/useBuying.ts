import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

import { ApiError, type Cart, type Order, newKey, selling, sentence } from "../../api";
import { learnServerTime, serverNow } from "../../clock";
import type { Channel } from "../../live/channel";
import { go, signInLink } from "../../navigation";
import type { Buyer } from "./buy_state";
import { keepWish, takeWish } from "./wish";

export interface Buying {
  buyer: Buyer;
  cart: Cart | null;
  /** The listing being claimed. */
  busy: string | null;
  /** Why the last claim was refused. */
  refusal: string | null;
  /** The holds being paid for; null while the sheet is closed. */
  paying: readonly string[] | null;
  buy: (listingId: string) => void;
  pay: (holdId: string | null) => void;
  closePay: () => void;
  paid: (order: Order) => void;
  dismiss: () => void;
}

const REFUSAL_SHOWN_MS = 8_000;

/** Claim, pay, and what became of it, for one person in one show. */
export function useBuying(showId: string, channel: Channel): Buying {
  const account = channel.view.you.account;
  const accountId = account?.id ?? null;
  const [cart, setCart] = useState<Cart | null>(null);
  const [bought, setBought] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [paying, setPaying] = useState<readonly string[] | null>(null);
  /** One key per wish: a retry after a lost answer must find its first hold, not make a second. */
  const keys = useRef(new Map<string, string>());
  const claiming = useRef(false);

  const refresh = useCallback(async () => {
    try {
      const next = await selling.cart();
      learnServerTime(next.now);
      setCart(next);
    } catch {
      // The bag is fetched again with the next event that concerns it; a claim says for itself what went wrong.
    }
  }, []);

  const buy = useCallback(
    async (listingId: string) => {
      if (claiming.current) return;
      if (accountId === null) {
        keepWish(showId, listingId, Date.now());
        return go(signInLink());
      }
      claiming.current = true;
      setBusy(listingId);
      setRefusal(null);
      const key = keys.current.get(listingId) ?? newKey();
      keys.current.set(listingId, key);
      try {
        const hold = await selling.hold(listingId, showId, key);
        keys.current.delete(listingId);
        await refresh();
        setPaying([hold.hold_id]);
      } catch (error) {
        // Without an answer the claim may have worked: the same key asks about the same one.
        if (!(error instanceof ApiError) || error.status !== 0) keys.current.delete(listingId);
        setRefusal(sentence(error));
      } finally {
        claiming.current = false;
        setBusy(null);
      }
    },
    [accountId, showId, refresh],
  );

  useEffect(() => {
    setCart(null);
    if (accountId === null) return;
    const wish = takeWish(showId, Date.now());
    void refresh().then(() => wish !== null && buy(wish));
  }, [accountId, showId]);

  // A hold of one's own that ended elsewhere (another tab, its time) leaves the bag at once.
  const held = useRef<ReadonlySet<string>>(new Set());
  held.current = new Set(cart?.holds.map((hold) => hold.listing.listing_id) ?? []);
  useEffect(
    () =>
      channel.onEvent((event) => {
        const concerned = event.kind === "released" || event.kind === "sold" || event.kind === "held";
        const mine = held.current.has(event.data["listing_id"] as string) || event.by === accountId;
        if (concerned && mine && accountId !== null) void refresh();
      }),
    [channel, accountId, refresh],
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

  const pay = useCallback(
    (holdId: string | null) => {
      const now = serverNow();
      const all = buyer.holds.filter((hold) => hold.until > now).map((hold) => hold.hold_id);
      const chosen = holdId === null ? all : [holdId];
      if (chosen.length > 0) setPaying(chosen);
    },
    [buyer],
  );

  const paid = useCallback(
    (order: Order) => {
      const ids = order.parcels.flatMap((parcel) => parcel.items.map((item) => item.listing_id));
      setBought((before) => new Set([...before, ...ids]));
      void refresh();
    },
    [refresh],
  );

  return {
    buyer,
    cart,
    busy,
    refusal,
    paying,
    buy: (listingId) => void buy(listingId),
    pay,
    closePay: () => setPaying(null),
    paid,
    dismiss: () => setRefusal(null),
  };
}
