/** Pieces that sellers let one host feature, whatever they say to others. Pure. */

import type { ListingCard } from "../../api";
import type { CurationRequest } from "../../api/commerce";

export interface Query {
  q: string;
  size: string;
  brand: string;
}

export const isSearch = (query: Query): boolean => query.q !== "" || query.size !== "" || query.brand !== "";

/** Those that are still to be had and fit the query; each once. */
export function given(requests: readonly CurationRequest[], hostHandle: string, query: Query): ListingCard[] {
  const holds = (text: string, part: string): boolean => text.toLocaleLowerCase().includes(part.toLocaleLowerCase());
  const fits = ({ title, brand, size, seller }: ListingCard): boolean =>
    holds(`${title} ${brand} @${seller.handle}`, query.q) && holds(brand, query.brand) && (query.size === "" || size.toLocaleLowerCase() === query.size.toLocaleLowerCase());
  const cards = requests.filter((each) => each.state === "accepted" && each.host.handle === hostHandle).map((each) => each.listing);
  return cards.filter((card, place) => card.state !== "sold" && fits(card) && cards.findIndex((other) => other.listing_id === card.listing_id) === place);
}
