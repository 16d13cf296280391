/** Things as the server tells them. */

import type { Account, Cart, Hold, Listing, ListingCard, Person, Show } from "../src/api/types";

export function person(handle = "lena", over: Partial<Person> = {}): Person {
  return { id: `id-${handle}`, handle, name: handle[0]?.toUpperCase() + handle.slice(1), avatar: null, ...over };
}

export function account(handle = "ana"): Account {
  return { ...person(handle), email: `${handle}@example.org`, bio: "", featuring_allowed: true };
}

export function card(id = "coat", over: Partial<ListingCard> = {}): ListingCard {
  return {
    listing_id: id,
    title: "Camel wool coat",
    brand: "Toast",
    size: "M",
    category: "outerwear",
    condition: "good",
    price: 4_800,
    currency: "USD",
    photo: null,
    seller: person(),
    quantity: 1,
    left: 1,
    state: "available",
    held_until: null,
    likes: 3,
    featuring_allowed: true,
    ...over,
  };
}

export function listing(id = "coat", over: Partial<Listing> = {}): Listing {
  return { ...card(id), story: "", photos: [], liked: false, created_at: 0, mine: false, withdrawn: false, ...over };
}

export function hold(id: string, over: Partial<Hold> = {}): Hold {
  return { hold_id: id, listing: card(`listing-${id}`), show_id: null, price: 4_800, currency: "USD", until: 120_000, ...over };
}

export function cart(holds: Hold[], over: Partial<Cart> = {}): Cart {
  const sellers = [...new Set(holds.map((each) => each.listing.seller.id))];
  const parcels = sellers.map((id) => {
    const mine = holds.filter((each) => each.listing.seller.id === id);
    return { seller: mine[0]!.listing.seller, items: mine.map((each) => each.hold_id), shipping: 500 };
  });
  const subtotal = holds.reduce((sum, each) => sum + each.price, 0);
  const shipping = 500 * parcels.length;
  return { holds, parcels, subtotal, shipping, total: subtotal + shipping, currency: "USD", now: 0, ...over };
}

export function show(id = "s1", over: Partial<Show> = {}): Show {
  return {
    show_id: id,
    title: "Winter coats",
    description: "",
    host: person("mara"),
    state: "live",
    starts_at: 0,
    started_at: 0,
    ended_at: null,
    poster: null,
    trailer: false,
    viewers: 312,
    following: false,
    role: null,
    featured: [],
    ...over,
  };
}
