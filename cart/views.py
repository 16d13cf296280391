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
    """What one seller will ship together."""

    seller: Person
    items: list[str]  # hold ids
    shipping: int
    currency: str


class CurrencyTotal(msgspec.Struct, frozen=True):
    currency: str
    subtotal: int
    shipping: int
    total: int


class Bag(msgspec.Struct, frozen=True):
    """What a buyer holds. The totals are those of ``currency``; further currencies, which are paid apart, are in ``totals``."""

    holds: list[Hold]
    parcels: list[CartParcel]
    subtotal: int
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
    currency: str
    show_id: str | None
    curator: Person | None
    at: int | None


class Parcel(msgspec.Struct, frozen=True):
    parcel_id: str
    order_id: str
    seller: Person
    buyer: Person
    state: ParcelState
    tracking: str | None
    address: Address
    items: list[OrderItem]
    shipping: int
    created_at: int
    shipped_at: int | None
    delivered_at: int | None


class Order(msgspec.Struct, frozen=True):
    order_id: str
    created_at: int
    total: int
    subtotal: int
    shipping: int
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
