/**
 * The words of the live channel, as docs/protocol.md defines them: what the server sends and what a client may ask.
 *
 * Times are Unix milliseconds unless a name says otherwise; `at` is the show clock in milliseconds.
 */

import type { LineupItem, ListingCard, Person, ShowState } from "../api/types";

import type { Selling } from "./selling";

export type { LineupItem, ListingCard, Person, ShowState };

export type Role = "host" | "moderator" | null;
/** Beside one's name on a line: a seller's piece was on screen then. */
export type Badge = Role | "seller";
export type SanctionKind = "mute" | "timeout" | "ban" | "shadow";

/** The rules of a show's chat, as everybody knows them. */
export interface ChatRules {
  slow_seconds: number;
  who: "everybody" | "followers" | "buyers";
  emoji_only: boolean;
  links: "nobody" | "review" | "everybody";
  shield_minutes: number;
}

export interface Poll {
  poll_id: string;
  question: string;
  options: string[];
  /** When it closes by itself, Unix ms. */
  until: number | null;
  /** Votes by option once it is closed. */
  counts: number[] | null;
}

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

/** What one has answered in the show's last poll (null: a moderator who has not), and the votes by option. */
export interface OwnVote {
  poll_id: string;
  choice: number | null;
  counts: number[];
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
  rules?: ChatRules;
  pinned?: TimelineEvent | null;
  questions?: TimelineEvent[];
  poll?: Poll | null;
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
  /** Missing for whoever may not see yet how the others voted. */
  vote?: OwnVote;
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
  reactions?: Partial<Record<Reaction, number>>;
  poll?: { poll_id: string; counts: number[] };
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
  | ({ do: "say"; text: string; key: string } & Aside & Seen)
  | ({ do: "delete"; message_id: string; reason?: string } & Seen)
  | ({ do: "delete_all"; account_id: string; reason?: string } & Seen)
  | ({ do: "sanction"; account_id: string; kind: SanctionKind; seconds: number | null; reason: string; scope?: "closet" } & Seen)
  | ({ do: "undo"; act_id: string } & Seen)
  | ({ do: "report"; message_id: string; reason: string } & Seen)
  | ({ do: "settle"; message_id: string; approve: boolean } & Seen)
  | ({ do: "settle_appeal"; appeal_id: string; lift: boolean; answer: string } & Seen)
  | ({ do: "set_rules"; rules: Record<string, unknown> } & Seen)
  | ({ do: "pin"; message_id: string } & Seen)
  | ({ do: "unpin" } & Seen)
  | ({ do: "question_done"; message_id: string } & Seen)
  | ({ do: "open_poll"; question: string; options: string[]; seconds: number | null } & Seen)
  | ({ do: "close_poll"; poll_id: string } & Seen)
  | ({ do: "vote"; poll_id: string; choice: number } & Seen)
  | ({ do: "lift"; account_id: string } & Seen)
  | ({ do: "bid"; auction_id: string; amount: number; key: string; maximum?: number | undefined; seen: number } & Seen)
  | ({ do: "heart"; count: number; kind?: Reaction } & Seen);

/** What a line may be beside its text. */
export interface Aside {
  reply_to?: string;
  question?: boolean;
  announcement?: boolean;
}

export type Reaction = "heart" | "fire" | "clap" | "love" | "laugh";

/** The way of the picture to this page. */
export type Way = "webrtc" | "hls";

/** The show time of the picture on the screen (ms), added by the channel where the page shows one. */
interface Seen {
  at?: number;
}

export const SUBPROTOCOL = "closetcast.v1";
