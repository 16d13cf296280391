/** What moderators look at, and what somebody under a sanction may ask. Acting goes by the live channel. */

import type { ChatRules, Person, TimelineEvent } from "../live/wire";
import { path, request } from "./request";

export interface Appeal {
  appeal_id: string;
  account: Person;
  kind: string;
  reason: string;
  by: Person | null;
  text: string;
  created_at: number;
}

export interface Review {
  held: { message: TimelineEvent; why: string | null }[];
  reported: { message: TimelineEvent; reports: number; reasons: string[] }[];
  appeals: Appeal[];
}

export interface ActEntry {
  act_id: string;
  time: number;
  act: string;
  by: Person | null;
  account: Person | null;
  message_id: string | null;
  /** What the message said, also when it is deleted. */
  text: string | null;
  /** How many messages the act deleted. */
  messages: number;
  until: number | null;
  scope: string | null;
  /** What an undo took back. */
  undid: string | null;
  reason: string;
  undone_at: number | null;
  undone_by: Person | null;
  undoable: boolean;
}

export interface AuditQuery {
  before?: string;
  by?: string;
  /** Kinds of acts, comma-separated. */
  act?: string;
}

export interface PersonCard {
  account: Person;
  role: string | null;
  sanction: { kind: string; until: number | null; reason: string; scope: string } | null;
  messages: number;
  deleted: number;
  orders: boolean;
  follows: boolean;
  since: number | null;
  said: TimelineEvent[];
  acts: ActEntry[];
}

export type HouseRules = ChatRules & { blocked_words: string[]; blocked: "review" | "refuse" };

export interface Standing {
  sanction: { kind: string; until: number | null; reason: string } | null;
  appeal: { text: string; verdict: string | null; answer: string } | null;
}

const show = (id: string, ...rest: string[]) => path("api", "shows", id, ...rest);

export const moderation = {
  review: (id: string) => request<Review>("GET", show(id, "review")),
  audit: (id: string, query: AuditQuery) =>
    request<{ items: ActEntry[]; next: string | null }>("GET", show(id, "audit"), { query: { ...query } }),
  person: (id: string, account: string) => request<PersonCard>("GET", show(id, "people", account)),
  rules: (id: string) => request<HouseRules>("GET", show(id, "rules")),
  search: (id: string, q: string) => request<{ items: TimelineEvent[] }>("GET", show(id, "messages"), { query: { q, limit: 50 } }),
  standing: (id: string) => request<Standing>("GET", show(id, "standing")),
  appeal: (id: string, text: string) => request<{ appeal_id: string }>("POST", show(id, "appeal"), { body: { text } }),
};
