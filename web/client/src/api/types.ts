/**
 * What the server's JSON holds. Times are Unix milliseconds; money is an integer in minor units beside its currency.
 */

export interface Person {
  id: string;
  handle: string;
  name: string;
  avatar: string | null;
}

export interface Account extends Person {
  email: string;
  bio: string;
  featuring_allowed: boolean;
}

export interface Me {
  account: Account | null;
}

export type ListingState = "available" | "held" | "sold";
export type Condition = "new" | "like_new" | "good" | "worn";

export interface ListingCard {
  listing_id: string;
  title: string;
  brand: string;
  size: string;
  category: string;
  condition: Condition;
  price: number;
  currency: string;
  /** A picture 640 pixels wide; null while the listing has none. */
  photo: string | null;
  seller: Person;
  quantity: number;
  left: number;
  state: ListingState;
  held_until: number | null;
  likes: number;
  liked?: boolean;
  featuring_allowed: boolean;
}

export interface Photo {
  photo_id: string;
  /** 1600 pixels at the longer side. */
  url: string;
  thumb: string;
}

export interface Listing extends ListingCard {
  story: string;
  photos: Photo[];
  liked: boolean;
  created_at: number;
  mine: boolean;
  withdrawn: boolean;
  weight?: number;
}

export interface ListingDraft {
  title: string;
  story: string;
  brand: string;
  size: string;
  category: string;
  condition: Condition;
  price: number;
  currency: string;
  quantity: number;
  /** Grams, packed; 0: what is usual for its category. */
  weight?: number;
  featuring_allowed: boolean;
}

export interface Closet {
  person: Person;
  bio: string;
  followers: number;
  following: boolean;
  listings: number;
  live_show: string | null;
}

export type ShowState = "scheduled" | "live" | "interrupted" | "ended" | "cancelled";

export interface Show {
  show_id: string;
  title: string;
  description: string;
  host: Person;
  state: ShowState;
  starts_at: number;
  started_at: number | null;
  ended_at: number | null;
  /** The host's, or a still of the replay. */
  poster: string | null;
  /** Whether one plays before it begins. */
  trailer: boolean;
  viewers: number;
  following: boolean;
  role: "host" | "moderator" | null;
  featured: string[];
}

export interface Moderators {
  moderators: Person[];
  /** Unix ms by account, of the roles that end before the show. */
  roles_end: Record<string, number>;
}

export interface StudioShow extends Show, Moderators {
  stream_key: string;
}

export interface LineupItem extends ListingCard {
  featured: boolean;
}

export interface Hold {
  hold_id: string;
  listing: ListingCard;
  show_id: string | null;
  price: number;
  currency: string;
  until: number;
}

export interface CartParcel {
  seller: Person;
  /** hold ids */
  items: string[];
  /** What the buyer pays for it: what it costs more, when it joins a parcel that is still open. */
  shipping: number;
  currency?: string;
  discount?: number;
  subsidy?: number;
  joins?: boolean;
}

export interface CurrencyTotal {
  currency: string;
  subtotal: number;
  discount?: number;
  shipping: number;
  total: number;
}

export interface Cart {
  holds: Hold[];
  parcels: CartParcel[];
  subtotal: number;
  shipping: number;
  total: number;
  currency: string;
  /** Every currency of the bag; each is paid apart. */
  totals?: CurrencyTotal[];
  /** The server's clock when it answered. */
  now: number;
}

export interface Address {
  name: string;
  line1: string;
  line2: string;
  city: string;
  region: string;
  postcode: string;
  /** ISO 3166-1 alpha-2 */
  country: string;
}

export interface Payment {
  card_number: string;
  /** MM/YY */
  expiry: string;
  cvc: string;
}

export type ParcelState = "to_ship" | "shipped" | "delivered" | "cancelled";

export interface ParcelItem {
  listing_id: string;
  title: string;
  photo: string | null;
  price: number;
  currency: string;
  show_id: string | null;
  /** Who featured it, when it was sold in a show. */
  curator: Person | null;
  /** The moment of the show, in milliseconds of its clock. */
  at: number | null;
}

export interface Parcel {
  parcel_id: string;
  order_id: string;
  seller: Person;
  buyer: Person;
  state: ParcelState;
  tracking: string | null;
  address: Address;
  items: ParcelItem[];
  shipping: number;
  created_at: number;
  shipment_id?: string;
  currency?: string;
  subsidy?: number;
  refunded?: number;
  thanks?: string;
  rating?: number | null;
  review?: string;
  dispute?: string | null;
  received_at?: number | null;
  delivered_at?: number | null;
}

export interface Order {
  order_id: string;
  created_at: number;
  total: number;
  subtotal: number;
  shipping: number;
  discount?: number;
  refunded?: number;
  currency: string;
  address: Address;
  parcels: Parcel[];
}

export interface Curation {
  listing: { listing_id: string; title: string; photo: string | null };
  show: { show_id: string; title: string } | null;
  sold_at: number;
  price: number;
  currency?: string;
  /** The host's share in minor units. */
  credit: number;
}

export interface Page<T> {
  items: T[];
  /** What to send as `after` for the next page; null on the last one. */
  next: string | null;
}

export interface SearchQuery {
  q?: string;
  brand?: string;
  size?: string;
  category?: string;
  min_price?: number;
  max_price?: number;
  seller?: string;
  available?: boolean;
  featurable?: boolean;
  after?: string;
  limit?: number;
}
