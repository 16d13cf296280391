import type { LineupItem } from "../../../live/wire";
import type { Buying } from "../useBuying";
import { AuctionCard } from "./AuctionCard";
import { BidSheet } from "./BidSheet";
import { DropCard } from "./DropCard";
import { GiveawayCard } from "./GiveawayCard";
import { useSales } from "./context";
import "./sales.css";

interface Props {
  lineup: readonly LineupItem[];
  buying: Buying;
  /** The auction whose sheet is open. */
  bidding: string | null;
  onCloseBids: () => void;
}

/** Whatever runs beside buying at a price: the newest auction, giveaway and drop. */
export function SalesNow({ lineup, buying, bidding, onCloseBids }: Props) {
  const { selling } = useSales();
  const accountId = buying.buyer.accountId;
  const auction = selling.auctions.at(-1);
  const giveaway = selling.giveaways.at(-1);
  const drop = selling.drops.at(-1);
  return (
    <>
      {drop && <DropCard key={drop.drop_id} drop={drop} lineup={lineup} buying={buying} />}
      {giveaway && <GiveawayCard key={giveaway.giveaway_id} giveaway={giveaway} accountId={accountId} />}
      {auction && (
        <AuctionCard
          key={auction.auction_id}
          auction={auction}
          item={lineup.find((item) => item.listing_id === auction.listing_id)}
          accountId={accountId}
        />
      )}
      {bidding !== null && <BidSheet auction={selling.auctions.find((one) => one.auction_id === bidding)} onClose={onCloseBids} />}
    </>
  );
}
