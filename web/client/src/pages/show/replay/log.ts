/** A show's log, and what a replay makes of it. Pure but for the reading. */

import { path, request } from "../../../api";
import { type Room, fromSnapshot } from "../../../live/room";
import type { LineupItem, ListingCard, TimelineEvent } from "../../../live/wire";

interface LogPage {
  items: TimelineEvent[];
  next: number | null;
}

/** The room before the first event. */
export const NOTHING_YET: Room = fromSnapshot({
  offset: 0,
  show: { state: "scheduled", title: "", host: { id: "", handle: "", name: "", avatar: null } },
  lineup: [],
  featured: [],
  messages: [],
  moderators: [],
});

/** Read the whole log, page by page. @throws ApiError */
export async function readLog(showId: string, signal: AbortSignal): Promise<TimelineEvent[]> {
  const events: TimelineEvent[] = [];
  let after: number | null = 0;
  while (after !== null) {
    const page: LogPage = await request<LogPage>("GET", path("api", "shows", showId, "timeline"), { query: { after }, signal });
    events.push(...page.items);
    after = page.next;
  }
  return events;
}

/** One time that a piece was on the screen. */
export interface Feature {
  listing_id: string;
  /** Show clock, ms; `until` is null when nothing took it down before the show ended. */
  at: number;
  until: number | null;
  card: ListingCard;
}

/** Everything that was featured, in the order of the show; what was put up twice at once counts once. */
export function features(events: readonly TimelineEvent[]): Feature[] {
  const cards = new Map<string, ListingCard>();
  const open = new Map<string, Feature>();
  const found: Feature[] = [];
  for (const event of events) {
    const id = event.data["listing_id"] as string | undefined;
    if (event.kind === "lineup_added" || event.kind === "card_changed") {
      const card = event.data["listing"] as ListingCard;
      cards.set(card.listing_id, card);
    } else if (event.kind === "featured" && id !== undefined) {
      const card = cards.get(id);
      if (card === undefined || open.has(id)) continue;
      const feature: Feature = { listing_id: id, at: event.at, until: null, card };
      open.set(id, feature);
      found.push(feature);
    } else if ((event.kind === "unfeatured" || event.kind === "lineup_removed") && id !== undefined) {
      const feature = open.get(id);
      if (feature !== undefined) feature.until = Math.max(event.at, feature.at);
      open.delete(id);
    }
  }
  return found.sort((a, b) => a.at - b.at);
}

/** The feature that a moment belongs to: the last that began by then; null before the first. */
export function featureAt(found: readonly Feature[], moment: number): Feature | null {
  let last: Feature | null = null;
  for (const feature of found) if (feature.at <= moment) last = feature;
  return last;
}

/** A card as it can be bought now: its present price and stock, where they are known. */
export function asOfNow(card: ListingCard, present: ReadonlyMap<string, LineupItem>): LineupItem {
  return present.get(card.listing_id) ?? { ...card, featured: false };
}
