/** What comes before and after a show on air: trailers, reminders, replays, clips and captions. */

import { path, request } from "./request";
import { upload } from "./upload";
import type { ListingCard, Person } from "./types";

export interface CaptionTrack {
  language: string;
  name: string;
}

/** Times are the show clock, ms. */
export interface ReplayInfo {
  show_id: string;
  state: "recording" | "ready";
  origin: number;
  starts_ms: number;
  ends_ms: number;
  gaps: [number, number][];
  playlist: string;
  poster: string | null;
  thumbnails: string | null;
  expires_at: number | null;
  captions: CaptionTrack[];
  /** One entry per time that a listing was featured; the card as it is now. */
  index: { listing_id: string; from_ms: number; to_ms: number | null; offset: number; card: ListingCard | null }[];
}

export interface Clip {
  clip_id: string;
  show_id: string;
  listing_id: string | null;
  by: Person | string;
  title: string;
  state: "making" | "ready" | "failed";
  starts_ms: number;
  ends_ms: number;
  bytes: number;
  width: number;
  height: number;
  url: string | null;
  created_at: number;
}

export type NewClip = ({ starts_ms: number; ends_ms: number } | { last_seconds: number }) & { title?: string; listing_id?: string };

export interface Trailer {
  url: string;
  seconds: number;
  width: number;
  height: number;
}

export interface Bookmark {
  bookmarked: boolean;
  count: number;
}

/** A show that had a listing on its screen, at `at` of its clock. */
export interface Appearance {
  show_id: string;
  title: string;
  host: Person;
  state: string;
  started_at: number;
  at: number;
}

const show = (id: string, ...more: string[]) => path("api", "shows", id, ...more);

export const replays = {
  get: (id: string, signal?: AbortSignal) => request<ReplayInfo>("GET", show(id, "replay"), signal ? { signal } : {}),
  remove: (id: string) => request<void>("DELETE", show(id, "replay")),
  captions: (id: string) => request<{ items: CaptionTrack[] }>("GET", show(id, "captions")),
  clips: (id: string) => request<{ items: Clip[] }>("GET", show(id, "clips")),
  cut: (id: string, clip: NewClip) => request<Clip>("POST", show(id, "clips"), { body: clip }),
  clip: (id: string) => request<Clip>("GET", path("api", "clips", id)),
  removeClip: (id: string) => request<void>("DELETE", path("api", "clips", id)),
  trailer: (id: string) => request<Trailer>("GET", show(id, "trailer")),
  setTrailer: (id: string, file: Blob, progress?: (share: number) => void) =>
    upload<Trailer>("PUT", show(id, "trailer"), file, progress),
  useClip: (id: string, clip_id: string) => request<Trailer>("PUT", show(id, "trailer"), { body: { clip_id } }),
  removeTrailer: (id: string) => request<void>("DELETE", show(id, "trailer")),
  bookmark: (id: string) => request<Bookmark>("GET", show(id, "bookmark")),
  setBookmark: (id: string, wanted: boolean) => request<Bookmark>(wanted ? "PUT" : "DELETE", show(id, "bookmark")),
  closetAppearances: (handle: string) =>
    request<{ items: Record<string, Appearance> }>("GET", path("api", "closets", handle, "shown")),
  appearances: (listing: string) => request<{ items: Appearance[] }>("GET", path("api", "listings", listing, "shows")),
};
