import { useEffect } from "preact/hooks";

import type { Question } from "../../../components/checkout/confirmation";
import { t } from "../../../i18n";
import type { Channel } from "../../../live/channel";
import type { News } from "../../../live/wire";
import { refreshBag } from "../../../state/bag";
import { toast } from "../../../state/toasts";
import { refreshWaiting } from "../../../state/waiting";
import { money } from "../../../words";

/** What this person is told while watching: in a sentence, and with the bag and the lines read again. */
export function useSalesNews(channel: Channel, pay: (holdId: string) => void, askBank: (question: Question) => void): void {
  useEffect(
    () =>
      channel.onNews((news) => {
        refreshBag().catch(() => undefined);
        refreshWaiting().catch(() => undefined);
        if (news.kind === "confirm_bid") return askBank(news as unknown as Question);
        const said = sentenceOf(news);
        if (said === null) return;
        const hold = news["hold_id"];
        const action = typeof hold === "string" && said.payable ? { label: t("Pay now"), run: () => pay(hold) } : undefined;
        toast(said.text, said.good ? "good" : "info", action);
      }),
    [channel, pay, askBank],
  );
}

interface Said {
  text: string;
  good: boolean;
  payable: boolean;
}

/** Null for kinds that a page has no words for. */
export function sentenceOf(news: News): Said | null {
  const title = String(news["title"] ?? "");
  const sum = (name: string) => money(Number(news[name] ?? 0), String(news["currency"] ?? "USD"));
  switch (news.kind) {
    case "outbid":
      return { text: t("You were outbid on {title}. The next bid is {price}.", { title, price: sum("next") }), good: false, payable: false };
    case "won":
      return { text: t("You won {title} for {price}.", { title, price: sum("price") }), good: true, payable: news["paid"] !== true };
    case "second_chance":
      return { text: t("The winner has not paid: {title} can be yours for {price}.", { title, price: sum("price") }), good: true, payable: true };
    case "win_lapsed":
      return { text: t("Your time to pay for {title} is over.", { title }), good: false, payable: false };
    case "bid_declined":
      return {
        text: t("Your bank declined your bid on {title}. Pay another way in the next five minutes, or the next bidder gets it.", { title }),
        good: false,
        payable: true,
      };
    case "lost":
      return { text: t("{title} went to somebody else for {price}.", { title, price: sum("price") }), good: false, payable: false };
    case "came_free":
      return { text: t("{title} came free and is held for you.", { title }), good: true, payable: true };
    case "wait_over":
      return { text: t("{title} was sold to somebody else.", { title }), good: false, payable: false };
    case "giveaway_won":
      return { text: t("You won {title}. It is in your bag: only shipping is left to pay.", { title }), good: true, payable: true };
    case "offer_made":
      return { text: t("You have an offer of {price} for {title}.", { title, price: sum("amount") }), good: true, payable: false };
    case "offer_countered":
      return { text: t("A counter-offer of {price} for {title}.", { title, price: sum("amount") }), good: true, payable: false };
    case "offer_accepted":
      return { text: t("Agreed: {title} for {price}.", { title, price: sum("amount") }), good: true, payable: true };
    case "offer_declined":
      return { text: t("Your offer for {title} was declined.", { title }), good: false, payable: false };
    default:
      return null;
  }
}
