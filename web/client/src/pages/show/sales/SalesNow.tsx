import type { ComponentChild } from "preact";
import { useCallback, useRef, useState } from "preact/hooks";

import { serverNow, useServerNow } from "../../../clock";
import type { LineupItem } from "../../../live/wire";
import type { Buying } from "../useBuying";
import { WIDE, useMedia } from "../useScreen";
import { AuctionCard } from "./AuctionCard";
import { BidSheet } from "./BidSheet";
import { DropCard } from "./DropCard";
import { GiveawayCard } from "./GiveawayCard";
import { SaleLine } from "./SaleLine";
import { useSales } from "./context";
import { type Running, UNSEEN, fold, opened } from "./folding";
import "./sales.css";

interface Props {
  lineup: readonly LineupItem[];
  buying: Buying;
  /** The auction whose sheet is open. */
  bidding: string | null;
  onCloseBids: () => void;
}

/**
 * Whatever runs beside buying at a price: the newest auction, giveaway and drop. On a phone one of several is open and
 * the others are a line each; a folded card stays mounted, since it goes on telling the server that one is here.
 */
export function SalesNow({ lineup, buying, bidding, onCloseBids }: Props) {
  const { selling } = useSales();
  const accountId = buying.buyer.accountId;
  const wide = useMedia(WIDE);
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const onGone = useCallback((id: string) => setGone((present) => new Set(present).add(id)), []);
  const folding = useRef(UNSEEN);
  const [, drawAgain] = useState(0);

  const shown = <One,>(one: One | undefined, id: string | undefined) => (id !== undefined && !gone.has(id) ? one : undefined);
  const auction = shown(selling.auctions.at(-1), selling.auctions.at(-1)?.auction_id);
  const giveaway = shown(selling.giveaways.at(-1), selling.giveaways.at(-1)?.giveaway_id);
  const drop = selling.drops.at(-1);
  // That a drop opens is told by the clock alone.
  const waits = drop !== undefined && serverNow() < drop.opens_at;
  useServerNow(waits ? 500 : null);

  const running: Running[] = [];
  if (drop) running.push({ id: drop.drop_id, kind: "drop", state: waits ? "waiting" : "opened", over: false });
  if (giveaway) running.push({ id: giveaway.giveaway_id, kind: "giveaway", state: giveaway.state, over: giveaway.state !== "open" });
  if (auction) {
    const state = `${auction.state} ${auction.winner?.id ?? ""}`;
    running.push({ id: auction.auction_id, kind: "auction", state, over: auction.state !== "open" });
  }
  folding.current = fold(folding.current, running, bidding ?? inUse(running));
  const folds = !wide && running.length > 1;

  const card = (id: string, what: Parameters<typeof SaleLine>[0]["card"], body: ComponentChild) => {
    const open = !folds || folding.current.open === id;
    return (
      <div key={id} id={elementId(id)} class={open ? "sale" : "sale sale--folded"}>
        {folds && (
          <SaleLine
            card={what}
            lineup={lineup}
            accountId={accountId}
            expanded={open}
            controls={elementId(id)}
            onOpen={() => {
              folding.current = opened(folding.current, id);
              drawAgain((times) => times + 1);
            }}
          />
        )}
        {body}
      </div>
    );
  };

  return (
    <>
      {drop && card(drop.drop_id, { drop }, <DropCard key="card" drop={drop} lineup={lineup} buying={buying} />)}
      {giveaway &&
        card(giveaway.giveaway_id, { giveaway }, <GiveawayCard key="card" giveaway={giveaway} accountId={accountId} onGone={onGone} />)}
      {auction &&
        card(
          auction.auction_id,
          { auction },
          <AuctionCard
            key="card"
            auction={auction}
            item={lineup.find((item) => item.listing_id === auction.listing_id)}
            accountId={accountId}
            onGone={onGone}
          />,
        )}
      {bidding !== null && <BidSheet auction={selling.auctions.find((one) => one.auction_id === bidding)} onClose={onCloseBids} />}
    </>
  );
}

const elementId = (id: string): string => `sale-${id}`;

/** The card in which somebody types, or whose sheet is open. */
function inUse(running: readonly Running[]): string | null {
  const used = running.find(({ id }) =>
    document.getElementById(elementId(id))?.querySelector("dialog[open], input:focus, textarea:focus, select:focus"),
  );
  return used?.id ?? null;
}
