/** Saved cards, shipping before the tap, after the sale, a seller's side, curation. */

import { newKey, path, request } from "./request";
import type { ListingCard, Order, Page, Parcel, Payment, Person } from "./types";

export interface SavedCard {
  method_id: string;
  brand: string;
  last4: string;
  month: number;
  year: number;
  main: boolean;
  expired: boolean;
}

export interface PaymentMethods {
  provider: "test" | "stripe";
  /** Set: cards are typed on the provider's own form. */
  publishable_key: string | null;
  methods: SavedCard[];
}

export interface ShippingQuote {
  listing_id: string;
  shipping: number;
  discount: number;
  total: number;
  currency: string;
  /** It would travel with what the buyer has already. */
  joins: boolean;
  subsidy: number;
  bundle: { pieces: number; percent: number } | null;
}

export interface Suggestions {
  text: string;
  items: { listing: ListingCard; quote: ShippingQuote; chosen: boolean }[];
}

/** Percentages in hundredths of a percent. */
export interface SellerTerms {
  curator: number;
  bundle_pieces: number;
  bundle: number;
  rates: Record<string, { up_to: number; price: number }[]>;
}

export interface Takings {
  currency: string;
  sold: number;
  revenue: number;
}

export interface Dashboard {
  now: number;
  today: { takings: Takings[]; buyers: number; claims: number; to_ship: number };
  days: { day: number; takings: Takings[] }[];
  shows: {
    show_id: string;
    title: string;
    host: Person;
    state: string;
    starts_at: number;
    pieces: number;
    claims: number;
    sold: number;
    conversion: number | null;
    takings: Takings[];
  }[];
  moments: { show_id: string; show: string; at: number; title: string; sold: number; revenue: number; currency: string }[];
}

export interface Statement {
  month: string;
  currency: string;
  sales: number;
  credits: number;
  shipping: number;
  refunds: number;
  total: number;
}

export interface CurationRequest {
  request_id: string;
  listing: ListingCard;
  seller: Person;
  host: Person;
  by: "seller" | "host";
  mine: boolean;
  show: { show_id: string; title: string } | null;
  note: string;
  state: "open" | "accepted" | "declined" | "withdrawn";
  created_at: number;
}

export interface FeaturingShow {
  show_id: string;
  title: string;
  state: string;
  starts_at: number;
  host: Person;
  /** Show clock, ms: last put on the screen, first sold. */
  pieces: { listing_id: string; title: string; shown_at: number | null; sold_at: number | null }[];
  claims: number;
  brought: { currency: string; sold: number; revenue: number; credit: number }[];
  thanks: string | null;
}

export interface Standing {
  ratings: number;
  /** The average in hundredths. */
  stars: number | null;
  sold: number;
  first_sale_shipping: number | null;
  curated_pieces: number;
  curated_closets: number;
  curated_shows: number;
  thanked: number;
  thanks: { seller: Person; show: { show_id: string; title: string }; text: string; created_at: number }[];
  reviews: { rating: number; review: string }[];
}

const METHODS = "/api/me/payment-methods";
const parcel = (id: string, ...rest: string[]): string => path("api", "parcels", id, ...rest);

export const commerce = {
  methods: () => request<PaymentMethods>("GET", METHODS),
  saveCard: (body: Payment) => request<PaymentMethods>("POST", METHODS, { body }),
  beginSetup: () => request<{ setup_id: string; client_secret: string }>("POST", `${METHODS}/setups`),
  finishSetup: (id: string) => request<PaymentMethods>("POST", `${METHODS}/setups/${encodeURIComponent(id)}`),
  /** How a payment that the bank wants confirmed stands; `confirmed` is the answer to the test provider's bank. */
  goOn: (id: string, confirmed: boolean | null) =>
    request<{ order: Order | null }>("POST", path("api", "payments", id, "confirmation"), { body: { confirmed } }),
  confirmations: () =>
    request<{
      items: { payment_id: string; secret: string; amount: number; currency: string; until: number; auction_id: string | null }[];
    }>("GET", "/api/me/confirmations"),
  removeCard: (id: string) => request<PaymentMethods>("DELETE", `${METHODS}/${encodeURIComponent(id)}`),
  shipping: async (ids: readonly string[]): Promise<ShippingQuote[]> => {
    const query = ids.map((id) => `listing=${encodeURIComponent(id)}`).join("&");
    return (await request<{ items: ShippingQuote[] }>("GET", `/api/shipping?${query}`)).items;
  },
  cancel: (id: string, reason: string, restock: boolean) =>
    request<Parcel>("POST", parcel(id, "cancel"), { body: { reason, restock } }),
  refund: (id: string, amount: number, reason: string) =>
    request<Parcel>("POST", parcel(id, "refunds"), { body: { amount, reason }, idempotencyKey: newKey() }),
  thank: (id: string, text: string) => request<Parcel>("PUT", parcel(id, "thanks"), { body: { text } }),
  offer: (id: string, text: string, listing_ids: string[]) =>
    request<Parcel>("PUT", parcel(id, "offer"), { body: { text, listing_ids } }),
  suggestions: (id: string) => request<Suggestions>("GET", parcel(id, "suggestions")),
  received: (id: string) => request<Parcel>("POST", parcel(id, "received")),
  rate: (id: string, rating: number, review: string) => request<Parcel>("PUT", parcel(id, "rating"), { body: { rating, review } }),
  slip: (id: string) => parcel(id, "slip.pdf"),
  terms: () => request<SellerTerms>("GET", "/api/me/terms"),
  setTerms: (body: SellerTerms) => request<SellerTerms>("PUT", "/api/me/terms", { body }),
  standing: (handle: string) => request<Standing>("GET", path("api", "closets", handle, "standing")),
  dashboard: () => request<Dashboard>("GET", "/api/me/dashboard", { query: { offset: -new Date().getTimezoneOffset() } }),
  statements: () => request<{ items: Statement[] }>("GET", "/api/me/statements"),
  statementCsv: (month: string, currency: string) => path("api", "me", "statements", month, `${currency}.csv`),
  share: (listing: string, body: { host: string; note: string }) =>
    request<CurationRequest>("POST", path("api", "listings", listing, "shares"), { body }),
  ask: (listing: string, body: { note: string; show_id?: string }) =>
    request<CurationRequest>("POST", path("api", "listings", listing, "requests"), { body }),
  requests: () => request<{ items: CurationRequest[] }>("GET", "/api/me/requests"),
  answer: (id: string, body: { state: "accepted" | "declined" | "withdrawn"; show_id?: string }) =>
    request<CurationRequest>("PUT", path("api", "requests", id), { body }),
  features: (after?: string) => request<Page<FeaturingShow>>("GET", "/api/me/features", { query: { after } }),
  thankHost: (show: string, text: string) => request<void>("PUT", path("api", "shows", show, "thanks"), { body: { text } }),
};
