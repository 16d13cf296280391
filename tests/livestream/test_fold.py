"""A snapshot followed by events equals a fresh snapshot, whatever happens in a show."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from livestream.events import Event
from livestream.fold import KINDS, MESSAGES, Room
from livestream.visibility import CONFIDENTIAL

PEOPLE = ["ana", "ben", "cem"]
LISTINGS = ["coat", "hat", "boots", "scarf"]
person = st.sampled_from(PEOPLE).map(lambda one: {"id": one, "handle": one, "name": one.title(), "avatar": None})
listing = st.sampled_from(LISTINGS)
card = st.builds(
    lambda one, price, left: {
        "listing_id": one,
        "price": price,
        "left": left,
        "state": "available",
        "held_until": None,
    },
    listing,
    st.integers(1, 9_999),
    st.integers(0, 3),
)
stock = st.fixed_dictionaries(
    {"listing_id": listing, "left": st.integers(0, 3), "state": st.sampled_from(["available", "held", "sold"])}
)
message_id = st.integers(0, 12).map(lambda number: f"m{number}")
nothing: st.SearchStrategy[dict[str, Any]] = st.just({})

one_id = st.sampled_from(["one", "two", "three", "four", "five", "six"])
price = st.integers(1, 9)
auction = st.fixed_dictionaries(
    {"auction_id": one_id, "listing_id": listing, "state": st.just("open"), "price": price, "ends_at": price}
)
giveaway = st.fixed_dictionaries({"giveaway_id": one_id, "listing_id": listing, "state": st.just("open")})
SELLING: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "flash_started": st.fixed_dictionaries({"listing_id": listing, "price": price, "ends_at": price}),
    "flash_ended": st.fixed_dictionaries({"listing_id": listing}),
    "auction_started": st.fixed_dictionaries({"auction": auction}),
    "bid_placed": st.fixed_dictionaries(
        {"auction_id": one_id, "number": price, "price": price, "next": price, "leader": person, "ends_at": price}
        | {"hash": st.text(max_size=2)}
    ),
    "auction_extended": st.fixed_dictionaries({"auction_id": one_id, "ends_at": price}),
    "auction_closed": st.fixed_dictionaries(
        {"auction_id": one_id, "state": st.sampled_from(["sold", "unsold"]), "price": price, "winner": person}
        | {"bids": price, "hash": st.text(max_size=2)}
    ),
    "auction_cancelled": st.fixed_dictionaries({"auction_id": one_id, "listing_id": listing}),
    "giveaway_opened": st.fixed_dictionaries({"giveaway": giveaway}),
    "giveaway_drawn": st.fixed_dictionaries({"giveaway_id": one_id, "winner": person, "entrants": price}),
    "drop_announced": st.fixed_dictionaries({"drop_id": one_id, "listing_ids": st.lists(listing, max_size=2)}),
    "drop_closed": st.fixed_dictionaries({"drop_id": one_id}),
}


said_event = st.builds(
    lambda offset, one, author, question: {
        "offset": offset,
        "at": offset * 10,
        "time": offset * 100,
        "kind": "said",
        "by": author["id"],
        "data": {"message_id": one, "text": "so soft", "author": author, "role": None, "question": question},
    },
    st.integers(1, 40),
    message_id,
    person,
    st.booleans(),
)
rules = st.fixed_dictionaries({"slow_seconds": st.integers(0, 9), "who": st.sampled_from(["everybody", "buyers"])})
poll_id = st.sampled_from(["p1", "p2"])

DATA: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "scheduled": st.builds(
        lambda title, host: {"title": title, "description": "", "starts_at": 1, "host": host},
        st.text(max_size=3),
        person,
    ),
    "edited": st.one_of(
        st.fixed_dictionaries({"title": st.text(max_size=3)}), st.fixed_dictionaries({"starts_at": st.integers(1, 9)})
    ),
    "cancelled": nothing,
    "went_live": nothing,
    "interrupted": st.fixed_dictionaries({"until": st.integers(1, 9)}),
    "resumed": nothing,
    "ended": nothing,
    "moderator_named": st.fixed_dictionaries({"person": person}),
    "moderator_revoked": st.fixed_dictionaries({"account_id": st.sampled_from(PEOPLE)}),
    "lineup_added": st.fixed_dictionaries({"listing": card}),
    "lineup_removed": st.fixed_dictionaries({"listing_id": listing}),
    "lineup_ordered": st.fixed_dictionaries({"listing_ids": st.permutations(LISTINGS).map(lambda ids: ids[:3])}),
    "card_changed": st.fixed_dictionaries({"listing": card}),
    "featured": st.fixed_dictionaries({"listing_id": listing}),
    "unfeatured": st.fixed_dictionaries({"listing_id": listing}),
    "held": st.builds(lambda one, until: {**one, "until": until}, stock, st.integers(1, 9)),
    "released": stock,
    "sold": stock,
    "said": st.builds(
        lambda one, author, extra: {"message_id": one, "text": "so soft", "author": author, "role": None, **extra},
        message_id,
        person,
        st.sampled_from([{}, {"question": True}, {"mentions": [{"id": "ben", "handle": "ben"}]}]),
    ),
    "restored": st.fixed_dictionaries({"messages": st.lists(said_event, max_size=3)}),
    "question_done": st.fixed_dictionaries({"message_id": message_id}),
    "pinned": st.fixed_dictionaries({"messages": st.lists(said_event, min_size=1, max_size=1)}),
    "unpinned": nothing,
    "rules_changed": st.fixed_dictionaries({"rules": rules}),
    "poll_opened": st.fixed_dictionaries(
        {"poll_id": poll_id, "question": st.just("?"), "options": st.just(["a", "b"])}
    ),
    "poll_closed": st.fixed_dictionaries({"poll_id": poll_id, "counts": st.just([1, 2])}),
    **dict.fromkeys(sorted(CONFIDENTIAL), nothing),
    "deleted": st.fixed_dictionaries({"message_ids": st.lists(message_id, max_size=3)}),
    "sanctioned": st.fixed_dictionaries({"account_id": st.sampled_from(PEOPLE), "kind": st.just("mute")}),
    "sanction_lifted": st.fixed_dictionaries({"account_id": st.sampled_from(PEOPLE)}),
    **SELLING,
    "captioned": st.fixed_dictionaries({"language": st.just("en"), "text": st.just("hi"), "starts_ms": st.just(0)}),
    "from_a_newer_server": st.fixed_dictionaries({"what": st.integers()}),
}
entries = st.sampled_from(sorted(DATA)).flatmap(lambda kind: st.tuples(st.just(kind), DATA[kind]))


def timeline(found: list[tuple[str, dict[str, Any]]]) -> list[Event]:
    return [Event(offset, offset * 10, offset * 100, kind, "ana", data) for offset, (kind, data) in enumerate(found, 1)]


def fold(events: list[Event], room: Room | None = None) -> Room:
    room = room or Room()
    for event in events:
        room.apply(event)
    return room


def test_the_property_covers_every_kind() -> None:
    assert set(DATA) - {"from_a_newer_server"} == KINDS


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.lists(entries, max_size=40), st.integers(0, 40))
def test_snapshot_and_events_equal_a_fresh_snapshot(found: list[tuple[str, dict[str, Any]]], cut: int) -> None:
    events = timeline(found)
    before = fold(events[:cut]).snapshot()
    copy = Room.from_snapshot(before).snapshot()
    joined = fold(events[cut:], Room.from_snapshot(before))
    assert joined.snapshot() == fold(events).snapshot()
    assert before == copy  # what was handed out has not changed under its readers


def test_messages_are_bounded_and_the_newest_stay() -> None:
    events = timeline([("said", {"message_id": f"m{n}", "text": "x", "author": None}) for n in range(MESSAGES + 50)])
    kept = fold(events).snapshot()["messages"]
    assert [one["data"]["message_id"] for one in kept] == [f"m{n}" for n in range(50, MESSAGES + 50)]
    assert kept[0] == {"offset": 51, "at": 510, "time": 5100, "kind": "said", "by": "ana", "data": events[50].data}


def test_what_a_show_looks_like() -> None:
    host = {"id": "mara", "handle": "mara", "name": "Mara", "avatar": None}
    coat = {"listing_id": "coat", "left": 1, "state": "available", "held_until": None, "price": 4800}
    hat = {"listing_id": "hat", "left": 1, "state": "available", "held_until": None, "price": 900}
    room = fold(
        timeline(
            [
                ("scheduled", {"title": "Coats", "description": "", "starts_at": 7, "host": host}),
                ("lineup_added", {"listing": coat}),
                ("lineup_added", {"listing": hat}),
                ("went_live", {}),
                ("featured", {"listing_id": "hat"}),
                ("lineup_ordered", {"listing_ids": ["hat", "coat"]}),
                ("held", {"listing_id": "hat", "left": 0, "state": "held", "until": 99}),
                ("card_changed", {"listing": {**coat, "price": 4500}}),
                ("moderator_named", {"person": {"id": "ben"}}),
                ("said", {"message_id": "a", "text": "hello"}),
                ("said", {"message_id": "b", "text": "rude"}),
                ("deleted", {"message_ids": ["b", "unknown"]}),
                ("interrupted", {"until": 500}),
            ]
        )
    ).snapshot()
    assert room["show"] == {
        "state": "interrupted",
        "title": "Coats",
        "description": "",
        "starts_at": 7,
        "host": host,
        "until": 500,
    }
    assert room["lineup"] == [
        {**hat, "left": 0, "state": "held", "held_until": 99, "featured": True},
        {**coat, "price": 4500, "featured": False},
    ]
    assert (room["featured"], room["moderators"], room["offset"]) == (["hat"], ["ben"], 13)
    assert [one["data"]["text"] for one in room["messages"]] == ["hello"]


def test_events_must_follow_each_other() -> None:
    room = fold(timeline([("went_live", {})]))
    with pytest.raises(ValueError, match="does not follow"):
        room.apply(Event(3, 0, 0, "ended", None, {}))
    room.apply(Event(1, 0, 0, "ended", None, {}))  # applied already
    assert room.snapshot()["show"]["state"] == "live"
