/**
 * The words of the live channel, as docs/protocol.md defines them: what the server sends and what a client may ask.
 *
 * Times are Unix milliseconds unless a name says otherwise; `at` is the show clock in milliseconds.
 */

import type { LineupItem, ListingCard, Person, ShowState } from "../api/types";

import type { Selling } from "./selling";

export type { LineupItem, ListingCard, Person, ShowState };

export type Role = "host" | "moderator" | null;
export type SanctionKind = "mute" | "timeout" | "ban";

export interface Sanction {
  kind: SanctionKind;
  /** null: until somebody lifts it. */
  until: number | null;
  reason: string;
}

export interface You {
  account: Person | null;
  role: Role;
  sanction: Sanction | null;
}

/** One entry of a show's timeline. `data` depends on `kind`; see room.ts for what each kind carries. */
export interface TimelineEvent {
  offset: number;
  at: number;
  time: number;
  kind: string;
  by: string | null;
  data: Record<string, unknown>;
}

export interface RoomShow {
  state: ShowState;
  title: string;
  host: Person;
  description?: string;
  starts_at?: number | null;
  /** While interrupted: when the show ends by itself if the host does not return. */
  until?: number | null;
}

export interface Snapshot {
  offset: number;
  show: RoomShow;
  lineup: LineupItem[];
  featured: string[];
  messages: TimelineEvent[];
  moderators: string[];
  selling?: Selling;
}

export interface Joined {
  epoch: string;
  you: You;
  /** The server's clock when it answered. */
  now: number;
  /** The show clock then; null before the first picture. */
  show_ms: number | null;
  /** The last offset when the server answered: events up to it are the past. */
  head?: number;
  snapshot?: Snapshot;
  events?: TimelineEvent[];
}

export interface WireError {
  code: string;
  message: string;
  details?: Record<string, unknown>;
}

export interface Reply {
  re: number;
  ok?: unknown;
  error?: WireError;
}

export interface RoomCounts {
  viewers: number;
  hearts: number;
}

/** Everything the server may send, in one loose shape: a frame has one of these keys. */
export interface ServerFrame {
  re?: number;
  ok?: unknown;
  error?: WireError;
  events?: TimelineEvent[];
  room?: RoomCounts;
  you?: You;
  news?: News;
}

/** What one person is told: outbid, won, a piece that came free; docs/protocol.md has the kinds. */
export interface News {
  kind: string;
  [name: string]: unknown;
}

/** What a bid is answered: `leading` is null for a sealed bid. */
export interface BidAnswer {
  auction_id: string;
  number: number;
  leading: boolean | null;
  sealed: boolean;
  price: number;
  next: number;
  ends_at: number;
  lag_ms: number;
  hash: string;
}

/** What a client may ask after it has joined. */
export type Command =
  | ({ do: "ping"; via?: Way } & Seen)
  | ({ do: "say"; text: string; key: string } & Seen)
  | ({ do: "delete"; message_id: string } & Seen)
  | ({ do: "sanction"; account_id: string; kind: SanctionKind; seconds: number | null; reason: string } & Seen)
  | ({ do: "lift"; account_id: string } & Seen)
  | ({ do: "bid"; auction_id: string; amount: number; key: string; maximum?: number | undefined; seen: number } & Seen)
  | ({ do: "heart"; count: number } & Seen);

/** The way of the picture to this page. */
export type Way = "webrtc" | "hls";

/** The show time of the picture on the screen (ms), added by the channel where the page shows one. */
interface Seen {
  at?: number;
}

export const SUBPROTOCOL = "closetcast.v1";
