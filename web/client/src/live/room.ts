/**
 * What a show looks like, folded from its timeline: the same fold as the server's, so that a snapshot followed by events
 * equals a fresh snapshot. Pure: no clock, no I/O; states are never changed in place, so a page may compare them by `===`.
 */

import { NOTHING, SELLING_FOLDS, type Selling } from "./selling";
import type {
  LineupItem,
  ListingCard,
  Person,
  RoomShow,
  Sanction,
  SanctionKind,
  ShowState,
  Snapshot,
  TimelineEvent,
} from "./wire";

export interface Message {
  message_id: string;
  offset: number;
  at: number;
  time: number;
  text: string;
  author: Person;
  role: "host" | "moderator" | null;
}

export interface Room {
  offset: number;
  show: RoomShow;
  lineup: readonly LineupItem[];
  featured: readonly string[];
  messages: readonly Message[];
  moderators: readonly string[];
  /** Flash prices, auctions, giveaways, drops. */
  selling: Selling;
  /** Sanctions seen since joining, by account: what the moderation menu offers to lift. */
  sanctions: Readonly<Record<string, Sanction>>;
}

/** A snapshot brings 100 messages; more are kept while one stays, so that scrolling back works. The oldest go first. */
export const MESSAGES_KEPT = 300;

export function fromSnapshot(snapshot: Snapshot): Room {
  return {
    offset: snapshot.offset,
    show: snapshot.show,
    lineup: snapshot.lineup,
    featured: snapshot.featured,
    messages: snapshot.messages.map(message),
    moderators: snapshot.moderators,
    selling: snapshot.selling ?? NOTHING,
    sanctions: {},
  };
}

/** The line of a `said` event. */
export function message(event: TimelineEvent): Message {
  const data = event.data as { message_id: string; text: string; author: Person; role?: Message["role"] };
  return {
    message_id: data.message_id,
    offset: event.offset,
    at: event.at,
    time: event.time,
    text: data.text,
    author: data.author,
    role: data.role ?? null,
  };
}

type Fold = (room: Room, data: Record<string, unknown>, event: TimelineEvent) => Partial<Room>;

function toState(state: ShowState): Fold {
  return (room, data) => ({ show: { ...room.show, state, until: (data["until"] as number | undefined) ?? null } });
}

function withListing(room: Room, listingId: string, change: Partial<LineupItem>): Partial<Room> {
  return { lineup: room.lineup.map((item) => (item.listing_id === listingId ? { ...item, ...change } : item)) };
}

function stock(held: boolean): Fold {
  return (room, data) =>
    withListing(room, data["listing_id"] as string, {
      left: data["left"] as number,
      state: data["state"] as ListingCard["state"],
      held_until: held ? ((data["until"] as number | undefined) ?? null) : null,
    });
}

function feature(room: Room, listingId: string, featured: boolean): Partial<Room> {
  const others = room.featured.filter((id) => id !== listingId);
  return {
    featured: featured ? [...others, listingId] : others,
    ...withListing(room, listingId, { featured }),
  };
}

/** Event kind -> what it changes. A kind that is not here (from a newer server) only moves the offset. */
const FOLDS: Readonly<Record<string, Fold>> = {
  scheduled: (room, data) => ({ show: { ...room.show, ...(data as Partial<RoomShow>), state: "scheduled" } }),
  edited: (room, data) => ({ show: { ...room.show, ...(data as Partial<RoomShow>) } }),
  cancelled: toState("cancelled"),
  went_live: toState("live"),
  interrupted: toState("interrupted"),
  resumed: toState("live"),
  ended: toState("ended"),
  moderator_named: (room, data) => {
    const person = data["person"] as Person;
    return room.moderators.includes(person.id) ? {} : { moderators: [...room.moderators, person.id] };
  },
  moderator_revoked: (room, data) => ({ moderators: room.moderators.filter((id) => id !== data["account_id"]) }),
  lineup_added: (room, data) => {
    const listing = data["listing"] as ListingCard;
    const others = room.lineup.filter((item) => item.listing_id !== listing.listing_id);
    return { lineup: [...others, { ...listing, featured: room.featured.includes(listing.listing_id) }] };
  },
  lineup_removed: (room, data) => ({
    lineup: room.lineup.filter((item) => item.listing_id !== data["listing_id"]),
    featured: room.featured.filter((id) => id !== data["listing_id"]),
  }),
  lineup_ordered: (room, data) => {
    const order = data["listing_ids"] as string[];
    const place = new Map(order.map((id, index) => [id, index]));
    const last = order.length;
    return {
      lineup: [...room.lineup].sort((a, b) => (place.get(a.listing_id) ?? last) - (place.get(b.listing_id) ?? last)),
    };
  },
  card_changed: (room, data) => {
    const listing = data["listing"] as ListingCard;
    return withListing(room, listing.listing_id, listing);
  },
  featured: (room, data) => feature(room, data["listing_id"] as string, true),
  unfeatured: (room, data) => feature(room, data["listing_id"] as string, false),
  held: stock(true),
  released: stock(false),
  sold: stock(false),
  said: (room, _data, event) => ({ messages: [...room.messages, message(event)].slice(-MESSAGES_KEPT) }),
  deleted: (room, data) => {
    const gone = new Set(data["message_ids"] as string[]);
    return { messages: room.messages.filter((line) => !gone.has(line.message_id)) };
  },
  sanctioned: (room, data) => ({
    sanctions: {
      ...room.sanctions,
      [data["account_id"] as string]: {
        kind: data["kind"] as SanctionKind,
        until: (data["until"] as number | null | undefined) ?? null,
        reason: (data["reason"] as string | undefined) ?? "",
      },
    },
  }),
  sanction_lifted: (room, data) => {
    const { [data["account_id"] as string]: _lifted, ...others } = room.sanctions;
    return { sanctions: others };
  },
};

/** One event's effect alone; its offset is the caller's matter. */
export function applied(room: Room, event: TimelineEvent): Room {
  const sold = SELLING_FOLDS[event.kind];
  if (sold !== undefined) return { ...room, selling: sold(room.selling, event.data) };
  const change = FOLDS[event.kind]?.(room, event.data, event);
  return change === undefined ? room : { ...room, ...change };
}

/** Thrown by `fold` when an event is missing: the channel has to ask again from its last offset. */
export class MissedEvents extends Error {}

/**
 * Apply events in order. Those already applied are skipped.
 *
 * @throws MissedEvents when the next event is not the next offset; the room passed in is still good.
 */
export function fold(room: Room, events: readonly TimelineEvent[]): Room {
  let next = room;
  for (const event of events) {
    if (event.offset <= next.offset) continue;
    if (event.offset !== next.offset + 1) {
      throw new MissedEvents(`expected offset ${next.offset + 1}, got ${event.offset}`);
    }
    next = { ...applied(next, event), offset: event.offset };
  }
  return next;
}
