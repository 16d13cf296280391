"""The slip that goes into a parcel, as PDF. Pure but for the fonts that come with this package.

DejaVu Sans has Latin, Greek, Cyrillic, Hebrew and Arabic letters, Nanum Gothic Korean ones, Droid Sans Fallback Chinese and
Japanese ones: names are printed as their owners write them on any machine. Right-to-left text is put into its visual
order here (UAX 9).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fpdf import FPDF
from fpdf.bidi import BidiParagraph

from cart.address import Address
from cart.arabic import shaped
from cart.payouts import decimal
from cart.views import Parcel

FONTS = Path(__file__).parent / "fonts"
MAIN = FONTS / "DejaVuSans.ttf"
FALLBACKS = {"korean": FONTS / "NanumGothic-Regular.ttf", "han": FONTS / "DroidSansFallbackFull.ttf"}
MARGIN = 18.0  # mm
LINES_MOST = 60  # of a note: two pages


@cache
def _letters(font: Path) -> frozenset[int]:
    with TTFont(font, lazy=True) as opened:
        return frozenset(opened.getBestCmap())


class _Slip(FPDF):
    """A4. Text goes through ``say`` alone."""

    def __init__(self, text: str) -> None:
        super().__init__(format="A4")
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, MARGIN)
        self.add_font("main", fname=MAIN)
        missing = {ord(one) for one in text} - _letters(MAIN)
        needed = []
        for name, font in FALLBACKS.items():
            if missing & _letters(font):
                self.add_font(name, fname=font)
                needed.append(name)
                missing -= _letters(font)
        self.set_fallback_fonts(needed)
        self.add_page()

    def say(self, text: str, size: float = 10, *, grey: bool = False, gap: float = 0.0) -> None:
        """Lines that fit the width; a paragraph that begins from the right is set from the right."""
        self.set_font("main", size=size)
        self.set_text_color(*((90, 90, 90) if grey else (0, 0, 0)))
        for paragraph in text.split("\n")[:LINES_MOST]:
            right = _from_right(paragraph)
            for line in self._wrapped(paragraph) or [""]:
                self.cell(
                    w=0, h=size * 0.5, text=_visual(line), align="R" if right else "L", new_x="LMARGIN", new_y="NEXT"
                )
        if gap:
            self.ln(gap)

    def _wrapped(self, paragraph: str) -> list[str]:
        """Broken at spaces, and inside words that are wider than the page."""
        width = self.epw - 2
        lines: list[str] = []
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if self.get_string_width(shaped(longer)) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            line = word
            while self.get_string_width(shaped(line)) > width:
                cut = next(
                    size for size in range(len(line) - 1, 0, -1) if self.get_string_width(shaped(line[:size])) <= width
                )
                lines.append(line[:cut])
                line = line[cut:]
        return [*lines, line] if line else lines

    def row(self, left: str, right: str, size: float = 10) -> None:
        """One line with something at its end; a title that is too long is cut."""
        self.set_font("main", size=size)
        self.set_text_color(0, 0, 0)
        room = self.epw - self.get_string_width(right) - 6
        while left and self.get_string_width(shaped(left)) > room:
            left = left[:-2] + "…" if left.endswith("…") else left[:-1] + "…"
        self.cell(w=self.epw - self.get_string_width(right) - 3, h=size * 0.6, text=_visual(left))
        self.cell(w=0, h=size * 0.6, text=right, align="R", new_x="LMARGIN", new_y="NEXT")

    def line_across(self) -> None:
        self.ln(2)
        self.set_draw_color(180, 180, 180)
        self.line(MARGIN, self.get_y(), MARGIN + self.epw, self.get_y())
        self.ln(3)


def packing_slip(parcels: Sequence[Parcel]) -> bytes:
    """For parcels of one shipment: where it goes, what is in it, and the seller's note. No prices of bank data, no email."""
    first = parcels[0]
    notes = [parcel.thanks for parcel in parcels if parcel.thanks]
    titles = [item.title for parcel in parcels for item in parcel.items]
    words = [first.seller.name, first.seller.handle, first.buyer.name, *lines_of(first.address), *titles, *notes]
    slip = _Slip("".join(words))
    slip.set_title(f"Packing slip {first.shipment_id}")
    slip.set_creator("Closetcast")
    slip.set_creation_date(datetime.fromtimestamp(first.created_at / 1000, UTC))
    slip.say("Packing slip", 18, gap=1)
    day = datetime.fromtimestamp(first.created_at / 1000, UTC).strftime("%Y-%m-%d")
    numbers = ", ".join(dict.fromkeys(parcel.order_id for parcel in parcels))
    slip.say(f"{day}   Order {numbers}", 9, grey=True, gap=5)
    slip.say("To", 9, grey=True)
    for line in lines_of(first.address):
        slip.say(line, 14)
    slip.ln(4)
    slip.say("From", 9, grey=True)
    slip.say(first.seller.name, 11)
    slip.say(f"@{first.seller.handle}", 9, grey=True)
    slip.line_across()
    for parcel in parcels:
        for item in parcel.items:
            slip.row(item.title, f"{decimal(item.price - item.discount)} {item.currency}", 11)
    slip.line_across()
    shipping = sum(parcel.shipping for parcel in parcels)
    slip.row(
        f"{len(titles)} {'piece' if len(titles) == 1 else 'pieces'}, shipping",
        f"{decimal(shipping)} {first.currency}",
        9,
    )
    if first.tracking:
        slip.row("Tracking", first.tracking, 9)
    if notes:
        slip.ln(8)
        for note in notes:
            slip.say(note, 13, gap=3)
        slip.say(first.seller.name, 11, grey=True)
    return bytes(slip.output())


def lines_of(address: Address) -> list[str]:
    """As they are written on the parcel; the country last, by its code."""
    town = " ".join(part for part in (address.postcode, address.city, address.region) if part)
    return [line for line in (address.name, address.line1, address.line2, town, address.country) if line]


def _from_right(text: str) -> bool:
    """UAX 9, rules P2 and P3: by the first strong character."""
    for one in text:
        kind = unicodedata.bidirectional(one)
        if kind in ("L", "R", "AL"):
            return kind != "L"
    return False


def _visual(text: str) -> str:
    drawn = "".join(one for one in shaped(text) if unicodedata.category(one) not in ("Cf", "Cc"))
    if all(unicodedata.bidirectional(one) not in ("R", "AL") for one in drawn):
        return drawn
    return str(BidiParagraph(text=drawn).get_reordered_string())
