"""``Show-Moment``: the header by which a page says which moment of a show a request belongs to.

``Show-Moment: {show_id}; seen=83422.5`` names the show time (ms) of the picture that a viewer was looking at;
``Show-Moment: {show_id}; captured=1764347000123.4; seen=83300`` names what a host was showing: its capture time (Unix ms by
the clock of the sender reports), and what the page itself takes that for on the show clock. It is a hint: what cannot be
read is as if it were not there.
"""

from __future__ import annotations

import math
from typing import Protocol

from livestream.moments import Moment, captured, seen

HEADER = "Show-Moment"
LONGEST = 200  # characters; an id and two numbers are under 100


class CaptureClock(Protocol):
    def moment_of(self, show_id: str, captured_ms: float) -> float | None: ...


def claimed(header: str | None, engine: CaptureClock) -> tuple[str, Moment | None]:
    """(show id, the moment) as the header claims it; ("", None) without one that can be understood."""
    if header is None or len(header) > LONGEST:
        return "", None
    show_id, *parameters = (part.strip() for part in header.split(";"))
    values = dict(part.partition("=")[::2] for part in parameters)
    by_channel, capture = _number(values.get("seen")), _number(values.get("captured"))
    if capture is not None:
        return show_id, captured(engine.moment_of(show_id, capture), by_channel)
    return show_id, None if by_channel is None else seen(by_channel)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value < 2**53 else None
