"""What selling answers: the structs of the JSON API. Money in minor units, times in Unix milliseconds."""

from __future__ import annotations

import msgspec

from cart.address import Address
from cart.parcel_states import State as ParcelState
from hosts.cards import ListingCard
from hosts.people import Person


class LineupItem(ListingCard, frozen=True, kw_only=True):
    """A card and whether the show features it right now."""

    featured: bool


class Hold(msgspec.Struct, frozen=True):
    """One piece, claimed until ``until``; the price is the one at the claim."""

    hold_id: str
    listing: ListingCard
    show_id: str | None
    price: int
    currency: str
    until: int


class CartParcel(msgspec.Struct, frozen=True):
    """What one seller will ship together. ``joins``: with what this buyer has bought there and what is not shipped yet;
    ``shipping`` is then what it costs more. ``subsidy``: what the platform pays, which ``shipping`` is without."""

    seller: Person
    items: list[str]  # hold ids
    shipping: int
    currency: str
    discount: int
    subsidy: int
    joins: bool


class BundleOffer(msgspec.Struct, frozen=True):
    """From ``pieces`` pieces in one parcel on each costs ``percent`` basis points less."""

    pieces: int
    percent: int


class ShippingQuote(msgspec.Struct, frozen=True):
    """What a listing would add for the one who asks, before the tap: ``total`` = price - ``discount`` + ``shipping``.

    ``joins``: it would travel with what the buyer has already. ``discount`` may include what it makes other held pieces
    cheaper.
    """

    listing_id: str
    shipping: int
    discount: int
    total: int
    currency: str
    joins: bool
    subsidy: int
    bundle: BundleOffer | None


class CurrencyTotal(msgspec.Struct, frozen=True):
    currency: str
    subtotal: int
    discount: int
    shipping: int
    total: int


class Bag(msgspec.Struct, frozen=True):
    """What a buyer holds. The totals are those of ``currency``; further currencies, which are paid apart, are in ``totals``."""

    holds: list[Hold]
    parcels: list[CartParcel]
    subtotal: int
    discount: int
    shipping: int
    total: int
    currency: str
    now: int
    totals: list[CurrencyTotal]


class OrderItem(msgspec.Struct, frozen=True):
    """``curator``: who featured it, in ``show_id``, claimed ``at`` milliseconds of the show clock."""

    listing_id: str
    title: str
    photo: str | None
    price: int
    discount: int
    currency: str
    show_id: str | None
    curator: Person | None
    at: int | None


class Parcel(msgspec.Struct, frozen=True):
    """``shipping``: what the buyer paid for it; ``subsidy``: what the platform added. Parcels with one ``shipment_id`` travel
    together. ``refunded`` in all, shipping included. ``dispute``: how the buyer's bank's claim stands, if there is one."""

    parcel_id: str
    order_id: str
    shipment_id: str
    seller: Person
    buyer: Person
    state: ParcelState
    tracking: str | None
    address: Address
    items: list[OrderItem]
    currency: str
    weight: int
    shipping: int
    subsidy: int
    refunded: int
    thanks: str
    rating: int | None
    review: str
    dispute: str | None
    created_at: int
    shipped_at: int | None
    delivered_at: int | None
    received_at: int | None
    cancelled_at: int | None


class Offer(msgspec.Struct, frozen=True):
    """What a seller suggests to send along."""

    text: str
    listing_ids: list[str]


class Suggestion(msgspec.Struct, frozen=True):
    """``chosen`` by the seller, else by the shop; ``quote``: what it would add."""

    listing: ListingCard
    quote: ShippingQuote
    chosen: bool


class Suggestions(msgspec.Struct, frozen=True):
    """What goes with a parcel that is still open; ``text``: the seller's message."""

    text: str
    items: list[Suggestion]


class Order(msgspec.Struct, frozen=True):
    """``total`` = ``subtotal`` - ``discount`` + ``shipping``; ``refunded`` of it has gone back."""

    order_id: str
    created_at: int
    total: int
    subtotal: int
    discount: int
    shipping: int
    refunded: int
    currency: str
    address: Address
    parcels: list[Parcel]


class CuratedShow(msgspec.Struct, frozen=True):
    show_id: str
    title: str


class CuratedListing(msgspec.Struct, frozen=True):
    listing_id: str
    title: str
    photo: str | None
    seller: Person


class CuratedSale(msgspec.Struct, frozen=True):
    """What featuring somebody else's piece brought."""

    listing: CuratedListing
    show: CuratedShow
    sold_at: int
    price: int
    credit: int
    currency: str
    at: int | None
