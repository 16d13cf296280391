"""The pure parts of the live channel."""

from __future__ import annotations

import contextlib
import random

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livestream.events import Event
from web.live import frames
from web.live.closing import RECONNECT, CloseCode
from web.live.doorman import Doorman, Limits
from web.live.flood import Flood
from web.live.lines import Line
from web.live.messages import (
    Caption,
    ClosePoll,
    Delete,
    DeleteAll,
    Heart,
    ImposeSanction,
    Join,
    Lift,
    OpenPoll,
    Pin,
    Ping,
    PlaceBid,
    QuestionDone,
    Report,
    Say,
    SetRules,
    Settle,
    SettleAppeal,
    Undo,
    Unpin,
    Vote,
    decode,
)
from web.live.permissions import MAY_SEND, ROLES, Refused, authorize
from web.live.persons import concerns
from web.live.tail import Tail


def event(offset: int, event_kind: str = "edited", **data: object) -> Event:
    return Event(offset=offset, at=0, time=0, kind=event_kind, by=None, data=data)


def unpack(packed: list[Line] | None) -> list[int]:
    assert packed is not None
    return [msgpack.unpackb(one.full)["offset"] for one in packed]


# -- the tail


def test_tail_orders_and_drops_repeats() -> None:
    tail = Tail()
    assert tail.start(10) == []
    assert [one.offset for one in tail.add([event(11), event(10), event(11)])] == [11]
    assert tail.add([event(13), event(14)]) == []
    assert tail.gap
    assert [one.offset for one in tail.add([event(12)])] == [12, 13, 14]
    assert not tail.gap
    assert unpack(tail.after(10, 1 << 20)) == [11, 12, 13, 14]
    assert unpack(tail.after(13, 1 << 20)) == [14]
    assert unpack(tail.after(14, 1 << 20)) == []
    assert tail.after(9, 1 << 20) is None


def test_what_came_between_subscribing_and_reading() -> None:
    tail = Tail()
    assert tail.add([event(4), event(5)]) == []
    assert tail.add([event(6), event(7)]) == []
    assert [one.offset for one in tail.start(5)] == [6, 7]
    assert not tail.gap


def test_tail_forgets_the_oldest() -> None:
    tail = Tail(kept=3)
    tail.start(0)
    tail.add([event(offset) for offset in range(1, 8)])
    assert (tail.floor, tail.head) == (4, 7)
    assert tail.after(3, 1 << 20) is None
    assert unpack(tail.after(4, 1 << 20)) == [5, 6, 7]


def test_what_lies_ahead_is_bounded() -> None:
    tail = Tail(kept=5)
    tail.start(0)
    tail.add([event(offset) for offset in range(2, 1_000)])
    assert [one.offset for one in tail.add([event(1)])] == [1, 2, 3, 4, 5, 6]


def test_bytes_are_bounded_but_one_event_always_fits() -> None:
    tail = Tail()
    tail.start(0)
    tail.add([event(offset, text="x" * 1_000) for offset in range(1, 6)])
    assert unpack(tail.after(0, 2_500)) == [1, 2]
    assert unpack(tail.after(0, 10)) == [1]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 20))
def test_any_order_with_losses_and_a_reader_gives_every_event_once(seed: int, start: int) -> None:
    chance = random.Random(seed)
    arriving = [event(offset) for offset in range(1, 41) for _ in range(chance.choice((0, 1, 1, 2)))]
    chance.shuffle(arriving)
    tail, seen = Tail(), []
    at = chance.randrange(len(arriving) + 1)
    for one in arriving[:at]:
        assert tail.add([one]) == []
    seen += tail.start(start)
    for one in arriving[at:]:
        seen += tail.add([one])
    seen += tail.add([event(offset) for offset in range(tail.head + 1, 41)])  # what a read of the timeline gives
    assert [one.offset for one in seen] == list(range(start + 1, 41))
    assert unpack(tail.after(start, 1 << 20)) == list(range(start + 1, 41))
    assert not tail.gap


# -- frames


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_frame_headers(size: int) -> None:
    """RFC 6455 section 5.2: the shortest length that fits, no mask."""
    frame = frames.binary(b"x" * size)
    assert frame[0] == 0x82
    if size < 126:
        assert (frame[1], len(frame)) == (size, size + 2)
    elif size < 65_536:
        assert (frame[1], int.from_bytes(frame[2:4]), len(frame)) == (126, size, size + 4)
    else:
        assert (frame[1], int.from_bytes(frame[2:10]), len(frame)) == (127, size, size + 10)


@pytest.mark.parametrize("count", [0, 1, 15, 16, 65_535, 65_536])
def test_event_frames_are_msgpack(count: int) -> None:
    frame = frames.events([b"\x07"] * count)
    header = 2 if len(frame) - 2 < 126 else 4 if len(frame) - 4 < 65_536 else 10
    assert msgpack.unpackb(frame[header:]) == {"events": [7] * count}


# -- messages and permissions


def test_messages_are_typed() -> None:
    assert decode(msgpack.packb({"id": 1, "do": "join"})) == Join(1)
    assert decode(msgpack.packb({"do": "say", "key": "k", "text": "t", "id": 2})) == Say(2, "t", "k")
    assert decode(msgpack.packb({"id": 0, "do": "join", "offset": None, "epoch": None})) == Join(0)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_noise_is_a_value_error(payload: bytes) -> None:
    with contextlib.suppress(ValueError):  # nothing else may come out
        assert decode(payload).id >= 0


MESSAGES = (
    Join(1),
    Ping(1),
    Say(1, "t", "k"),
    Delete(1, "m"),
    ImposeSanction(1, "ana", "mute"),
    Lift(1, "ana"),
    Heart(1),
    PlaceBid(1, "auction", 100, "k"),
    Caption(1, "en", "Hello", 0, 1000),
    DeleteAll(1, "ana"),
    Report(1, "m"),
    Vote(1, "p", 0),
    Undo(1, "a"),
    Settle(1, "m", True),
    SettleAppeal(1, "a", True),
    SetRules(1, {}),
    Pin(1, "m"),
    Unpin(1),
    QuestionDone(1, "m"),
    OpenPoll(1, "?", ["a", "b"]),
    ClosePoll(1, "p"),
)


def test_permissions_are_a_whole_table() -> None:
    assert {type(message) for message in MESSAGES} == set(MAY_SEND)
    for message in MESSAGES:
        allowed = MAY_SEND[type(message)]
        for role in ROLES:
            if role in allowed:
                authorize(message, role, joined=True)
            else:
                with pytest.raises(Refused):
                    authorize(message, role, joined=True)
    with pytest.raises(Refused, match="Join"):
        authorize(Heart(1), "host", joined=False)


def test_close_codes() -> None:
    assert [code.value for code in CloseCode] == [4400, 4401, 4403, 4404, 4408, 4409, 4413, 4429]
    assert {4408, 4409} == RECONNECT


# -- persons, doorman, flood


def test_whom_an_event_concerns() -> None:
    ban = concerns(event(1, "sanctioned", account_id="ana", kind="ban", until=None, reason="ads"))
    assert ban is not None
    assert (ban.account_id, ban.banned, ban.reason) == ("ana", True, "ads")
    mute = concerns(event(1, "sanctioned", account_id="ana", kind="mute", until=5, reason=""))
    assert mute is not None
    assert not mute.banned
    assert mute.you == {"sanction": {"kind": "mute", "until": 5, "reason": ""}}
    lifted = concerns(event(1, "sanction_lifted", account_id="ana"))
    assert lifted is not None
    assert lifted.you == {"sanction": None}
    named = concerns(event(1, "moderator_named", person={"id": "ana"}))
    assert named is not None
    assert (named.account_id, named.you) == ("ana", {"role": "moderator"})
    revoked = concerns(event(1, "moderator_revoked", account_id="ana"))
    assert revoked is not None
    assert revoked.you == {"role": None}
    assert concerns(event(1, "said", author={"id": "ana"})) is None


def test_doorman_counts_and_forgets() -> None:
    doorman = Doorman(Limits(per_account=1, per_address=2, per_server=3))
    assert doorman.enter("ana", "1") is None
    assert "account" in (doorman.enter("ana", "1") or "")
    assert doorman.enter(None, "1") is None
    assert "address" in (doorman.enter(None, "1") or "")
    assert doorman.enter(None, "2") is None
    assert "full" in (doorman.enter(None, "3") or "")
    assert (doorman.inside, doorman.refused) == (3, 3)
    doorman.leave("ana", "1")
    doorman.leave(None, "1")
    doorman.leave(None, "2")
    assert doorman.inside == 0
    assert not doorman._accounts
    assert not doorman._addresses
    assert doorman.enter("ana", "1") is None


def test_flood() -> None:
    flood = Flood(0.0)
    assert all(flood.take(0.0) for _ in range(40))
    assert not flood.take(0.0)
    assert flood.take(0.06)
    assert not flood.take(0.06)
    assert sum(flood.take(10.0) for _ in range(100)) == 40
