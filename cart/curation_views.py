"""What curation answers: the structs of the JSON API. Money in minor units, times in Unix milliseconds."""

from __future__ import annotations

from typing import Literal

import msgspec

from cart.views import CuratedShow
from hosts.cards import ListingCard
from hosts.people import Person


class CurationRequest(msgspec.Struct, frozen=True):
    """``by`` whom it was asked; ``mine``: by the one who looks. ``state``: open, accepted, declined, withdrawn."""

    request_id: str
    listing: ListingCard
    seller: Person
    host: Person
    by: Literal["seller", "host"]
    mine: bool
    show: CuratedShow | None
    note: str
    state: str
    lined_up: bool
    created_at: int


class FeaturedPiece(msgspec.Struct, frozen=True):
    """Show clock in ms: ``shown_at`` when it was last put on the screen, ``sold_at`` when the first buyer claimed what was sold
    there."""

    listing_id: str
    title: str
    shown_at: int | None
    sold_at: int | None


class Brought(msgspec.Struct, frozen=True):
    """What a show brought a seller in one currency; ``credit``: of that the host's."""

    currency: str
    sold: int
    revenue: int
    credit: int


class FeaturingShow(msgspec.Struct, frozen=True):
    """Somebody else's show with pieces of the seller; ``claims``: how often they were put on hold there."""

    show_id: str
    title: str
    state: str
    starts_at: int
    host: Person
    pieces: list[FeaturedPiece]
    claims: int
    brought: list[Brought]
    thanks: str | None


class Thanks(msgspec.Struct, frozen=True):
    seller: Person
    show: CuratedShow
    text: str
    created_at: int


class Review(msgspec.Struct, frozen=True):
    rating: int
    review: str
    received_at: int | None


class Standing(msgspec.Struct, frozen=True):
    """``stars``: the average in hundredths. ``first_sale_shipping``: how much shipping the platform pays for the first sale of
    a seller who has none yet; null otherwise."""

    ratings: int
    stars: int | None
    sold: int
    first_sale_shipping: int | None
    curated_pieces: int
    curated_closets: int
    curated_shows: int
    thanked: int
    thanks: list[Thanks]
    reviews: list[Review]
