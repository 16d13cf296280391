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
    case "thanked":
      return t("{name} thanks you for {title}", { name, title });
    default:
      return title;
  }
}
