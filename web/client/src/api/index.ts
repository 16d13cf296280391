/** Every request the pages make, by name. All throw ApiError; see errors.ts for its sentences. */

import { path, request, type RequestOptions } from "./request";
import type {
  Account,
  Address,
  Cart,
  Closet,
  Curation,
  Hold,
  LineupItem,
  Listing,
  ListingCard,
  ListingDraft,
  Me,
  Moderators,
  Order,
  Page,
  Parcel,
  ParcelState,
  Payment,
  Photo,
  SearchQuery,
  Show,
  StudioShow,
} from "./types";
import { upload } from "./upload";

export * from "./errors";
export { newKey, path, request } from "./request";
export type * from "./types";

type Signal = Pick<RequestOptions, "signal">;
const get = <T>(url: string, options: RequestOptions = {}): Promise<T> => request<T>("GET", url, options);

export const accounts = {
  me: () => get<Me>("/api/me"),
  signUp: (body: { email: string; password: string; handle: string; name: string }) =>
    request<Account>("POST", "/api/accounts", { body }),
  signIn: (body: { email: string; password: string }) => request<Account>("POST", "/api/session", { body }),
  signOut: () => request<void>("DELETE", "/api/session"),
  update: (body: Partial<Pick<Account, "name" | "bio" | "handle" | "featuring_allowed">>) =>
    request<Account>("PATCH", "/api/me", { body }),
  setAvatar: (picture: Blob, progress?: (share: number) => void) =>
    upload<unknown>("PUT", "/api/me/avatar", picture, progress),
  changePassword: (body: { current: string; new: string }) => request<void>("POST", "/api/me/password", { body }),
  address: () => get<{ address: Address | null }>("/api/me/address"),
  saveAddress: (body: Address) => request<unknown>("PUT", "/api/me/address", { body }),
};

export const closets = {
  list: (after?: string) => get<Page<Closet>>("/api/closets", { query: { after } }),
  get: (handle: string) => get<Closet>(path("api", "closets", handle)),
  listings: (handle: string, after?: string) =>
    get<Page<ListingCard>>(path("api", "closets", handle, "listings"), { query: { after } }),
  follow: (handle: string, wanted: boolean) =>
    request<{ following: boolean; followers: number }>(wanted ? "PUT" : "DELETE", path("api", "closets", handle, "follow")),
};

export const listings = {
  get: (id: string) => get<Listing>(path("api", "listings", id)),
  create: (body: ListingDraft) => request<Listing>("POST", "/api/listings", { body }),
  update: (id: string, body: Partial<ListingDraft>) => request<Listing>("PATCH", path("api", "listings", id), { body }),
  withdraw: (id: string) => request<void>("DELETE", path("api", "listings", id)),
  addPhoto: (id: string, picture: Blob, progress?: (share: number) => void) =>
    upload<Photo>("POST", path("api", "listings", id, "photos"), picture, progress),
  removePhoto: (id: string, photo: string) => request<void>("DELETE", path("api", "listings", id, "photos", photo)),
  like: (id: string, wanted: boolean) =>
    request<{ liked: boolean; likes: number }>(wanted ? "PUT" : "DELETE", path("api", "listings", id, "like")),
  search: (query: SearchQuery, options: Signal = {}) =>
    get<Page<ListingCard>>("/api/search", { query: { ...query }, ...options }),
};

export const shows = {
  list: (query: { state?: "live" | "upcoming" | "ended"; host?: string } = {}) =>
    get<{ items: Show[] }>("/api/shows", { query }),
  get: (id: string, options: Signal = {}) => get<Show>(path("api", "shows", id), options),
  create: (body: { title: string; description: string; starts_at: number }) =>
    request<StudioShow>("POST", "/api/shows", { body }),
  studio: (id: string) => get<StudioShow>(path("api", "shows", id, "studio")),
  update: (id: string, body: { title?: string; description?: string; starts_at?: number }) =>
    request<Show>("PATCH", path("api", "shows", id), { body }),
  cancel: (id: string) => request<unknown>("POST", path("api", "shows", id, "cancel")),
  end: (id: string) => request<unknown>("POST", path("api", "shows", id, "end")),
  rotateKey: (id: string) => request<StudioShow>("POST", path("api", "shows", id, "stream-key")),
  /** `seconds`: the role ends by itself after so long; null: with the show. */
  nameModerator: (id: string, handle: string, seconds: number | null) =>
    request<Moderators>("PUT", path("api", "shows", id, "moderators", handle), { query: seconds === null ? {} : { seconds } }),
  revokeModerator: (id: string, handle: string) => request<Moderators>("DELETE", path("api", "shows", id, "moderators", handle)),
  setPoster: (id: string, picture: Blob, progress?: (share: number) => void) =>
    upload<unknown>("PUT", path("api", "shows", id, "poster"), picture, progress),
};

export const lineup = {
  get: (show: string) => get<{ items: LineupItem[] }>(path("api", "shows", show, "lineup")),
  add: (show: string, listing_id: string) =>
    request<unknown>("POST", path("api", "shows", show, "lineup"), { body: { listing_id } }),
  remove: (show: string, listing: string) => request<unknown>("DELETE", path("api", "shows", show, "lineup", listing)),
  order: (show: string, listing_ids: string[]) =>
    request<unknown>("PUT", path("api", "shows", show, "lineup"), { body: { listing_ids } }),
  feature: (show: string, listing: string, wanted: boolean) =>
    request<unknown>(wanted ? "PUT" : "DELETE", path("api", "shows", show, "features", listing)),
};

export const selling = {
  /** `price`: what the page shows; a higher one is refused. */
  hold: (listing_id: string, show_id: string | null, idempotencyKey: string, price: number | null = null) =>
    request<Hold>("POST", "/api/holds", { body: { listing_id, show_id, price }, idempotencyKey }),
  release: (hold: string) => request<void>("DELETE", path("api", "holds", hold)),
  /** The whole bag, or what paying for some holds alone would cost. */
  cart: (holds: readonly string[] = []) =>
    get<Cart>(holds.length > 0 ? `/api/cart?${holds.map((id) => `hold=${encodeURIComponent(id)}`).join("&")}` : "/api/cart"),
  checkout: (
    body: { hold_ids: string[]; address: Address; payment?: Payment; method_id?: string; save_card?: boolean; total?: number },
    idempotencyKey: string,
  ) =>
    request<Order>("POST", "/api/checkout", { body, idempotencyKey }),
  orders: (after?: string) => get<Page<Order>>("/api/orders", { query: { after } }),
  order: (id: string) => get<Order>(path("api", "orders", id)),
  parcels: (after?: string) => get<Page<Parcel>>("/api/parcels", { query: { after } }),
  updateParcel: (id: string, body: { state: ParcelState; tracking?: string }) =>
    request<Parcel>("PATCH", path("api", "parcels", id), { body }),
  curation: (after?: string) => get<Page<Curation>>("/api/me/curation", { query: { after } }),
};
