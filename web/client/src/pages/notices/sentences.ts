/** What a notice says. Pure; an unknown kind of a newer server is shown by its title. */

import type { Notice } from "../../api/notices";
import { t } from "../../i18n";
import { money } from "../../words";

export function noticeSentence({ kind, title, name, amount, currency }: Notice): string {
  const price = amount !== null && currency !== null ? money(amount, currency) : "";
  switch (kind) {
    case "show_started":
      return t("{name} is live: {title}", { name, title });
    case "price_drop":
      return t("{title} is now {price}", { title, price });
    case "outbid":
      return t("You were outbid: {title} is at {price}", { title, price });
    case "won":
      return t("You won {title} for {price}", { title, price });
    case "won_paid":
      return t("You won {title}: your saved card pays {price}", { title, price });
    case "hold_ending":
      return t("Your hold on {title} was about to end", { title });
    case "order_shipped":
      return t("{name} has shipped {title}", { name, title });
    case "sold":
      return t("{title} was sold for {price}", { title, price });
    case "parcel_offer":
      return t("{name} offers more pieces for your parcel with {title}", { name, title });
    case "feature_asked":
      return t("{name} asks about featuring {title}", { name, title });
    case "feature_granted":
      return t("{name} says yes to featuring {title}", { name, title });
    case "thanked":
      return t("{name} thanks you for {title}", { name, title });
    case "bid_confirm":
      return t("Your bank asks about {price} for your bid on {title}", { title, price });
    case "second_chance":
      return t("{title} can be yours for {price}: the winner has not paid", { title, price });
    case "win_lapsed":
      return t("{title} is no longer held for you: it was not paid in time", { title });
    case "not_paid":
      return t("{title} was not paid for by its winner", { title });
    case "came_free":
      return t("{title} came free and was held for you", { title });
    case "offer_made":
      return t("You have an offer of {price} for {title}", { title, price });
    case "offer_countered":
      return t("A counter-offer of {price} for {title}", { title, price });
    case "offer_accepted":
      return t("Agreed: {title} for {price}", { title, price });
    case "offer_declined":
      return t("Your offer for {title} was declined", { title });
    case "giveaway_won":
      return t("You won {title} in a giveaway", { title });
    case "refunded":
      return t("{price} for {title} come back to you", { title, price });
    case "sale_undone":
      return t("{price} for {title} went back to the buyer", { title, price });
    case "refund_failed":
      return t("The bank did not take the refund of {price} for {title}. Try again, or agree on another way.", { title, price });
    case "refund_owed":
      return t("The bank did not take your refund of {price} for {title}. It is still owed to you.", { title, price });
    default:
      return title;
  }
}
