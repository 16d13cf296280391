"""What a listing may say. Pure; the structs are the bodies of the JSON API, ``checked`` and ``checked_changes`` judge them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from hosts import fields
from hosts.errors import InvalidField

CATEGORIES: Final = (
    "dresses",
    "tops",
    "bottoms",
    "outerwear",
    "activewear",
    "swimwear",
    "sleepwear",
    "shoes",
    "bags",
    "jewellery",
    "accessories",
    "kids",
    "home",
    "other",
)
CONDITIONS: Final = ("new", "like_new", "good", "worn")
CURRENCIES: Final = ("USD", "EUR", "GBP")
PRICE_MOST = 10_000_000  # minor units: a hundred thousand dollars
QUANTITY_MOST = 999
WEIGHT_MOST = 30_000  # grams: what one person carries to the post
# Grams, packed, of what weighs something usual: nobody has to own scales to sell a dress.
USUAL_WEIGHT: Final = {
    "dresses": 400,
    "tops": 250,
    "bottoms": 500,
    "outerwear": 1_200,
    "activewear": 300,
    "swimwear": 150,
    "sleepwear": 300,
    "shoes": 1_100,
    "bags": 800,
    "jewellery": 100,
    "accessories": 200,
    "kids": 250,
    "home": 1_000,
    "other": 500,
}
TITLE_MOST = 80
STORY_MOST = 4_000
LABEL_MOST = 40  # a brand, a size
PHOTOS_MOST = 8


class NewListing(msgspec.Struct, frozen=True):
    title: str
    category: str
    condition: str
    price: int
    currency: str
    story: str = ""
    brand: str = ""
    size: str = ""
    quantity: int = 1
    featuring_allowed: bool = True
    weight: int = 0  # grams, packed; 0: what is usual for the category


class ListingChanges(msgspec.Struct, frozen=True):
    """Only what is named changes."""

    title: str | UnsetType = UNSET
    story: str | UnsetType = UNSET
    brand: str | UnsetType = UNSET
    size: str | UnsetType = UNSET
    category: str | UnsetType = UNSET
    condition: str | UnsetType = UNSET
    price: int | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    quantity: int | UnsetType = UNSET
    featuring_allowed: bool | UnsetType = UNSET
    weight: int | UnsetType = UNSET


def _choice(field: str, accepted: tuple[str, ...]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in accepted:
            raise InvalidField(field, f"must be one of: {', '.join(accepted)}.")
        return value

    return check


def _number(field: str, most: int, unit: str, least: int = 1) -> Callable[[int], int]:
    def check(value: int) -> int:
        if not least <= value <= most:
            raise InvalidField(field, f"must be a whole number from {least} to {most}{unit}.")
        return value

    return check


CHECKS: Final[dict[str, Callable[[Any], Any]]] = {
    "title": lambda value: fields.line("title", value, 1, TITLE_MOST),
    "story": lambda value: fields.paragraphs("story", value, STORY_MOST),
    "brand": lambda value: fields.line("brand", value, 0, LABEL_MOST),
    "size": lambda value: fields.line("size", value, 0, LABEL_MOST),
    "category": _choice("category", CATEGORIES),
    "condition": _choice("condition", CONDITIONS),
    "price": _number("price", PRICE_MOST, " (in cents or pence)"),
    "currency": _choice("currency", CURRENCIES),
    "quantity": _number("quantity", QUANTITY_MOST, ""),
    "featuring_allowed": bool,
    "weight": _number("weight", WEIGHT_MOST, " (grams)", least=0),
}


def checked(listing: NewListing | ListingChanges) -> dict[str, Any]:
    """The named fields as they are kept. Raises: InvalidField for the first that is refused."""
    values = msgspec.structs.asdict(listing)
    return {field: CHECKS[field](value) for field, value in values.items() if value is not UNSET}
