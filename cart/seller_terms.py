"""How a seller sells: shipping by weight, a discount for several pieces, and the share of who features them. Pure."""

from __future__ import annotations

import msgspec

from cart.errors import InvalidTerms
from cart.shipping import Rate, clean_rates

CURATOR_MOST = 5_000  # basis points of the price: half, since the platform's fee comes off as well
BUNDLE_PIECES_MOST = 10
BUNDLE_MOST = 5_000


class SellerTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Percentages in basis points (1,000 = 10 %).

    ``curator``: of the price, to whoever features a piece that sells; none means recognition alone. From ``bundle_pieces``
    pieces in one parcel on (0: never) each piece costs ``bundle`` less. ``rates`` by currency; no rows: one flat price.
    """

    curator: int = 0
    bundle_pieces: int = 0
    bundle: int = 0
    rates: dict[str, tuple[Rate, ...]] = {}


PLAIN = SellerTerms()


def clean_terms(raw: SellerTerms) -> SellerTerms:
    """Raises: InvalidTerms, which names the field and says what is accepted."""
    if not 0 <= raw.curator <= CURATOR_MOST:
        raise InvalidTerms(f"The share of a curator is 0 to {CURATOR_MOST // 100} percent.", field="curator")
    if raw.bundle_pieces and not 2 <= raw.bundle_pieces <= BUNDLE_PIECES_MOST:
        raise InvalidTerms(f"A bundle begins with 2 to {BUNDLE_PIECES_MOST} pieces.", field="bundle_pieces")
    if not 0 <= raw.bundle <= BUNDLE_MOST:
        raise InvalidTerms(f"A bundle discount is 0 to {BUNDLE_MOST // 100} percent.", field="bundle")
    off = raw.bundle_pieces == 0 or raw.bundle == 0
    return SellerTerms(
        curator=raw.curator,
        bundle_pieces=0 if off else raw.bundle_pieces,
        bundle=0 if off else raw.bundle,
        rates=clean_rates({currency: list(rows) for currency, rows in raw.rates.items()}),
    )
