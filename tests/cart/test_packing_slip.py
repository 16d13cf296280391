"""Packing slips: names in any script of the two fonts, right-to-left text in its visual order, long notes on further pages."""

from __future__ import annotations

import msgspec
import pytest

from cart.address import Address
from cart.arabic import shaped
from cart.packing_slip import packing_slip
from cart.views import Order
from tests.cart.conftest import ADDRESS, Shop


@pytest.mark.parametrize(
    ("plain", "drawn"),
    [
        ("محمد", "\ufee3\ufea4\ufee4\ufeaa"),  # initial, medial, medial, final
        (
            "دار",
            "\u062f\u0627\u0631".replace("\u062f", "\ufea9").replace("\u0627", "\ufe8d").replace("\u0631", "\ufead"),
        ),
        ("سلام", "\ufeb3\ufefc\ufee1"),  # lam and alef become one
        ("Ana 12", "Ana 12"),
    ],
)
def test_arabic_letters_join(plain: str, drawn: str) -> None:
    assert shaped(plain) == drawn


async def order(shop: Shop) -> Order:
    seller, buyer = await shop.people(2)
    return await shop.pay(buyer, (await shop.hold(buyer, await shop.listing(seller))).hold_id)


async def test_names_in_many_scripts_are_drawn(sqlite_shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    parcel = (await order(sqlite_shop)).parcels[0]
    plain = packing_slip([parcel])
    assert plain.startswith(b"%PDF-")
    assert b"NanumGothic" not in plain  # only where a name needs it
    for name in ("김민지", "محمد السلام", "Ελένη", "Łukasz Żółć", "山田花子", "שרה"):
        address = msgspec.structs.replace(ADDRESS, name=name)
        written = msgspec.structs.replace(parcel, address=address, thanks=f"{name}\n{'word ' * 400}")
        slip = packing_slip([written])
        assert slip.startswith(b"%PDF-")
        assert slip != plain
    korean = packing_slip([msgspec.structs.replace(parcel, address=Address("김", "1", "Seoul", "KR"))])
    assert b"NanumGothic" in korean
    assert b"/Count 2" in packing_slip([msgspec.structs.replace(parcel, thanks="a\n" * 150)])
    assert "missing the following glyphs" not in caplog.text
