import { useEffect, useRef, useState } from "preact/hooks";

import { useServerNow } from "../../../clock";
import { questionOf } from "../../../components/checkout/confirmation";
import { t } from "../../../i18n";
import type { Auction } from "../../../live/selling";
import type { LineupItem } from "../../../live/wire";
import { requireSignIn } from "../../../state/session";
import { toast } from "../../../state/toasts";
import { minutesLeft, money } from "../../../words";
import { answered, bid, phase, refused } from "./bidding";
import { useSales } from "./context";

/** How long the outcome of an auction stays on screen. */
const SHOWN_MS = 20_000;

interface Props {
  auction: Auction;
  item: LineupItem | undefined;
  accountId: string | null;
  /** Its outcome has been shown for long enough. */
  onGone: (id: string) => void;
}

/** An auction over the picture: what it stands at, who leads, how long, and one button that bids the next step. */
export function AuctionCard({ auction, item, accountId, onGone }: Props) {
  const { channel, openBids, askBank } = useSales();
  const now = useServerNow(auction.state === "open" ? 200 : null);
  const [busy, setBusy] = useState(false);
  const tapped = useRef(false);
  useEffect(() => {
    if (auction.state === "open") return;
    const timer = setTimeout(() => onGone(auction.auction_id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [auction.state, auction.auction_id, onGone]);

  const where = phase(auction, now);
  const leads = accountId !== null && auction.leader?.id === accountId;
  const price = money(auction.price, auction.currency);

  const tap = async () => {
    if (tapped.current || channel === null || !requireSignIn()) return;
    tapped.current = true;
    setBusy(true);
    try {
      const answer = await bid(channel, auction, auction.next);
      const { text, good } = answered(answer, auction.currency);
      // That one leads the card says itself, where the thumb is.
      if (answer.leading !== true) toast(text, good ? "good" : "info");
    } catch (error) {
      const question = questionOf(error);
      if (question) askBank(question, () => void tap());
      else toast(refused(error, auction.currency), "problem");
    } finally {
      tapped.current = false;
      setBusy(false);
    }
  };

  return (
    <article class={`auction auction--${where}${leads ? " auction--leading" : ""}`} data-testid="auction" data-state={auction.state}>
      <div class="auction__words">
        <h2 class="auction__title">
          <span class="auction__kind">{auction.sudden_death ? t("Auction, sudden death") : t("Auction")}</span>{" "}
          <span class="auction__name" dir="auto">{item?.title}</span>
        </h2>
        <p class="auction__stand" role="status">
          <b data-testid="auction-price">{price}</b>{" "}
          {auction.state === "sold" && auction.winner ? (
            auction.winner.id === accountId ? (
              auction.second ? t("It can be yours: the winner has not paid. See your bag.") : t("You won. Pay from your bag.")
            ) : auction.second ? (
              t("Not paid. Next: {name}", { name: auction.winner.name })
            ) : (
              t("Sold to {name}", { name: auction.winner.name })
            )
          ) : auction.state === "unpaid" ? (
            t("Not paid")
          ) : auction.state === "unsold" ? (
            t("Nobody bid")
          ) : auction.leader ? (
            leads ? t("You lead") : t("{name} leads", { name: auction.leader.name })
          ) : (
            t("No bid yet")
          )}
        </p>
      </div>
      {auction.state === "open" && (
        <span class="auction__clock" role="timer" aria-live="off" data-testid="auction-clock">
          {where === "closing" ? t("Going…") : minutesLeft(auction.ends_at, now)}
        </span>
      )}
      <button type="button" class="auction__more" data-testid="bid-sheet" onClick={() => openBids(auction.auction_id)}>
        {auction.state === "open" ? t("More") : t("Bid log")}
      </button>
      {auction.state === "open" && (
        <button type="button" class="buy" disabled={busy || leads || where === "closing"} data-testid="bid" onClick={() => void tap()}>
          {leads ? t("You lead") : t("Bid {price}", { price: money(auction.next, auction.currency) })}
        </button>
      )}
    </article>
  );
}
