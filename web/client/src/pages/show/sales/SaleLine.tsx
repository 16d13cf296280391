import { useServerNow } from "../../../clock";
import { t } from "../../../i18n";
import type { Auction, Drop, Giveaway } from "../../../live/selling";
import type { LineupItem } from "../../../live/wire";
import { minutesLeft, money } from "../../../words";
import { phase } from "./bidding";

interface Words {
  kind: string;
  title: string | undefined;
  facts: string;
}

interface Props {
  card: { auction: Auction } | { giveaway: Giveaway } | { drop: Drop };
  lineup: readonly LineupItem[];
  accountId: string | null;
  expanded: boolean;
  /** The id of what it opens. */
  controls: string;
  onOpen: () => void;
}

/** The one line that a folded card is: what it is and what matters of it. Of the open card it is there for the keyboard. */
export function SaleLine({ card, lineup, accountId, expanded, controls, onOpen }: Props) {
  const now = useServerNow(expanded ? null : 500);
  const { kind, title, facts } =
    "auction" in card ? ofAuction(card.auction, lineup, accountId, now) : "giveaway" in card ? ofGiveaway(card.giveaway, accountId, now) : ofDrop(card.drop, lineup, now);
  return (
    <button
      type="button"
      class="sale__line"
      data-testid="sale-line"
      aria-expanded={expanded}
      // One is always open: it is folded by opening another.
      aria-disabled={expanded}
      aria-controls={controls}
      onClick={onOpen}
    >
      <span class="auction__kind">{kind}</span>
      <span class="sale__title" dir="auto">
        {title}
      </span>
      <span class="sale__facts">{facts}</span>
    </button>
  );
}

function ofAuction(auction: Auction, lineup: readonly LineupItem[], accountId: string | null, now: number): Words {
  const price = money(auction.price, auction.currency);
  const mine = accountId !== null && auction.winner?.id === accountId;
  const stands =
    auction.state === "open"
      ? phase(auction, now) === "closing"
        ? t("Going…")
        : minutesLeft(auction.ends_at, now)
      : auction.state === "unsold"
        ? t("Nobody bid")
        : auction.state === "unpaid" || (auction.second && !mine)
          ? t("Not paid")
          : mine
            ? auction.second
              ? t("It can be yours: the winner has not paid. See your bag.")
              : t("You won. Pay from your bag.")
            : t("Sold to {name}", { name: auction.winner?.name ?? "" });
  const title = lineup.find((item) => item.listing_id === auction.listing_id)?.title;
  return { kind: t("Auction"), title, facts: `${price} · ${stands}` };
}

function ofGiveaway(giveaway: Giveaway, accountId: string | null, now: number): Words {
  const facts =
    giveaway.state === "open"
      ? minutesLeft(giveaway.ends_at, now)
      : giveaway.winner === null
        ? t("Nobody was there to win it")
        : giveaway.winner.id === accountId
          ? t("You won. It is in your bag: only shipping is left to pay.")
          : t("{name} won", { name: giveaway.winner.name });
  return { kind: t("Giveaway"), title: giveaway.title, facts };
}

function ofDrop(drop: Drop, lineup: readonly LineupItem[], now: number): Words {
  const left = lineup.reduce((sum, item) => sum + (drop.listing_ids.includes(item.listing_id) ? item.left : 0), 0);
  const facts = now < drop.opens_at ? minutesLeft(drop.opens_at, now) : t("{count, plural, one {# left} other {# left}}", { count: left });
  return { kind: t("Drop"), title: drop.title, facts };
}
