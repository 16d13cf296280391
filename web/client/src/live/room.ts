/**
 * What a show looks like, folded from its timeline: the same fold as the server's, so that a snapshot followed by events
 * equals a fresh snapshot. Pure: no clock, no I/O; states are never changed in place, so a page may compare them by `===`.
 */

import { NOTHING, SELLING_FOLDS, type Selling } from "./selling";
import type {
  Badge,
  ChatRules,
  LineupItem,
  ListingCard,
  Person,
  Poll,
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
  role: Badge;
  /** Whom it answers, and whom it calls. */
  reply: { message_id: string; account_id: string } | null;
  mentions: readonly { id: string; handle: string }[];
  question: boolean;
  announcement: boolean;
  /** Its author may say links: addresses of pages in it may be followed. */
  links: boolean;
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
  rules: ChatRules;
  pinned: Message | null;
  /** That wait for the host, oldest first. */
  questions: readonly Message[];
  poll: Poll | null;
  /** Runs of messages that the server left out under pressure, by the offset of the first. */
  skipped: readonly { offset: number; messages: number }[];
}

export const NO_RULES: ChatRules = { slow_seconds: 0, who: "everybody", emoji_only: false, links: "review", shield_minutes: 0 };
/** As many questions as the server keeps in its fold. */
const QUESTIONS_KEPT = 100;
const SKIPS_KEPT = 50;

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
    rules: { ...NO_RULES, ...snapshot.rules },
    pinned: snapshot.pinned ? message(snapshot.pinned) : null,
    questions: (snapshot.questions ?? []).map(message),
    poll: snapshot.poll ?? null,
    skipped: [],
  };
}

/** The line of a `said` event. */
export function message(event: TimelineEvent): Message {
  const data = event.data as Partial<Message> & Pick<Message, "message_id" | "text" | "author">;
  return {
    message_id: data.message_id,
    offset: event.offset,
    at: event.at,
    time: event.time,
    text: data.text,
    author: data.author,
    role: data.role ?? null,
    reply: data.reply ?? null,
    mentions: data.mentions ?? [],
    question: data.question ?? false,
    announcement: data.announcement ?? false,
    links: data.links ?? false,
  };
}

/** Lines with others among them, by their offsets; one that is there already is replaced. */
export function inOrder(lines: readonly Message[], more: readonly Message[]): Message[] {
  const all = new Map([...lines, ...more].map((line) => [line.message_id, line]));
  return [...all.values()].sort((a, b) => a.offset - b.offset);
}

/** The offset that a reader has reached with an event; a run of skipped ones counts as one event. */
export function reached(event: TimelineEvent): number {
  return event.kind === "skipped" ? (event.data["to"] as number) : event.offset;
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
  said: (room, _data, event) => {
    const line = message(event);
    return {
      messages: [...room.messages, line].slice(-MESSAGES_KEPT),
      ...(line.question ? { questions: inOrder(room.questions, [line]).slice(-QUESTIONS_KEPT) } : {}),
    };
  },
  deleted: (room, data) => {
    const gone = new Set(data["message_ids"] as string[]);
    return {
      messages: room.messages.filter((line) => !gone.has(line.message_id)),
      questions: room.questions.filter((line) => !gone.has(line.message_id)),
      pinned: room.pinned !== null && gone.has(room.pinned.message_id) ? null : room.pinned,
    };
  },
  restored: (room, data) => {
    const back = (data["messages"] as TimelineEvent[]).map(message);
    return {
      messages: inOrder(room.messages, back).slice(-MESSAGES_KEPT),
      questions: inOrder(room.questions, back.filter((line) => line.question)).slice(-QUESTIONS_KEPT),
    };
  },
  question_done: (room, data) => ({ questions: room.questions.filter((line) => line.message_id !== data["message_id"]) }),
  pinned: (_room, data) => {
    const event = (data["messages"] as TimelineEvent[])[0];
    return { pinned: event === undefined ? null : message(event) };
  },
  unpinned: () => ({ pinned: null }),
  rules_changed: (room, data) => ({ rules: { ...room.rules, ...(data["rules"] as Partial<ChatRules>) } }),
  poll_opened: (_room, data) => ({ poll: { ...(data as unknown as Poll), counts: null } }),
  poll_closed: (room, data) =>
    room.poll?.poll_id === data["poll_id"] ? { poll: { ...room.poll!, counts: data["counts"] as number[] } } : {},
  skipped: (room, data, event) => ({
    skipped: [...room.skipped, { offset: event.offset, messages: data["messages"] as number }].slice(-SKIPS_KEPT),
  }),
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
    next = { ...applied(next, event), offset: reached(event) };
  }
  return next;
}
