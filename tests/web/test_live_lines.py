"""What each reader of a show gets: confidential events, sampling by the stated rule, and never a silent gap."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livestream.events import Event
from livestream.fold import Room
from web.live import lines
from web.live.pressure import CROWD, LEAST, LONGEST, SHORTEST, Pressure

PEOPLE = ("ana", "ben", "cem")


def said(offset: int, author: str, **extra: Any) -> Event:
    data = {"message_id": f"m{offset}", "text": "hi", "author": {"id": author}, "role": None, **extra}
    return Event(offset, offset, offset, "said", author, data)


def events_of(packed: list[bytes]) -> list[Event]:
    return [Event(**msgpack.unpackb(one)) for one in packed]


def get(events: list[Event], who: str | None, share: float = 1.0, *, moderates: bool = False) -> list[Event]:
    return events_of(lines.packed([lines.line(one) for one in events], who, moderates=moderates, share=share))


def test_confidential_events() -> None:
    shadow = Event(1, 0, 0, "said_in_shadow", "ana", {"message_id": "m", "text": "buy"})
    held = Event(2, 0, 0, "held_back", "ana", {"message_id": "n", "text": "link", "why": "link"})
    reported = Event(3, 0, 0, "reported", None, {"message_id": "o", "reports": 1})
    assert [one.kind for one in get([shadow, held, reported], "ben")] == ["private"] * 3
    assert all(one.data == {} and one.by is None for one in get([shadow, held, reported], None))
    own = get([shadow, held, reported], "ana")
    assert [one.kind for one in own] == ["said", "held_back", "private"]
    assert "why" not in own[1].data
    assert get([shadow, held, reported], "mod", moderates=True) == [shadow, held, reported]


def test_the_rule_of_sampling() -> None:
    mentions = [{"id": "ana", "handle": "ana"}]
    always = [
        said(1, "host", role="host"), said(2, "mod", role="moderator"), said(3, "cleo", role="seller"),
        said(4, "ana"), said(5, "ben", mentions=mentions), said(6, "ben", reply={"message_id": "m", "account_id": "ana"}),
        said(7, "ben", question=True), said(8, "host", announcement=True), Event(9, 0, 0, "sold", None, {}),
    ]  # fmt: skip
    assert get(always, "ana", 0.0) == always
    crowd = [said(offset, "ben") for offset in range(10, 2_010)]
    got = get([*always, *crowd], "ana", 0.1)
    assert got[:9] == always
    assert 150 < sum(one.kind == "said" for one in got[9:]) < 250  # a tenth, evenly
    assert get([*always, *crowd], "mod", 0.1, moderates=True) == [*always, *crowd]


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.tuples(st.sampled_from(PEOPLE), st.booleans()), max_size=40), st.floats(0, 1), st.sampled_from(PEOPLE)
)
def test_no_gap_is_silent(entries: list[tuple[str, bool]], share: float, who: str) -> None:
    """Every offset is sent or announced, and the fold agrees with the whole on everything but what was announced."""
    events = [
        said(offset, author) if chat else Event(offset, 0, 0, "featured", None, {"listing_id": author})
        for offset, (author, chat) in enumerate(entries, 1)
    ]
    whole, sampled, missing = Room(), Room(), set()
    for event in events:
        whole.apply(event)
    for event in get(events, who, share):
        sampled.apply(event)  # raises when an offset is missing
        if event.kind == "skipped":
            missing |= set(range(event.offset, event.data["to"] + 1))
            assert event.data["messages"] == event.data["to"] - event.offset + 1
    expected = whole.snapshot()
    expected["messages"] = [one for one in expected["messages"] if one["offset"] not in missing]
    assert sampled.snapshot() == expected


def test_pressure() -> None:
    pressure = Pressure()
    pressure.wrote(0.01, 10_000)
    assert (pressure.interval, pressure.share) == (SHORTEST, 1.0)
    pressure.wrote(0.12, 10_000)
    assert pressure.interval == pytest.approx(0.2)  # less often first
    assert pressure.share == 1.0
    for _ in range(50):
        pressure.wrote(2.0, 10_000)
    assert (pressure.interval, pressure.share) == (LONGEST, LEAST)
    for _ in range(50):
        pressure.wrote(0.02, 10_000)
    assert (pressure.interval, pressure.share) == (SHORTEST, 1.0)
    pressure.wrote(5.0, CROWD - 1)  # a few readers cannot be what takes the time
    assert pressure.share == 1.0
