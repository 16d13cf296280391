"""One event as the sockets of a show get it: packed once for everybody, once for moderators, and what may be left out. Pure.

Under pressure ordinary messages are sampled, by this rule: a message of the host, a moderator or a seller, an announcement and
a question always come, as does every event that is no message (sales, deletions, pins ...). One's own messages, those that
mention or answer one, come too. Of the others a share comes, the same for everybody. What is left out is never silent: in its
place stands one ``skipped`` event for each run of offsets.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec

from livestream.events import Event
from livestream.visibility import CONFIDENTIAL, SKIPPED, for_everybody, for_person, only_for

_encode = msgspec.msgpack.Encoder().encode


class Line(NamedTuple):
    offset: int
    at: int
    time: int
    full: bytes  # as moderators get it
    public: bytes  # as everybody else gets it
    only: str | None  # the viewer who gets ``own`` instead
    own: bytes
    people: tuple[str, ...]  # of an ordinary message: whom it concerns and reaches always; its author first
    ordinary: bool


def line(event: Event) -> Line:
    full = public = own = _encode(event)
    only = None
    if event.kind in CONFIDENTIAL:
        public = own = _encode(for_everybody(event))
        only = only_for(event)
        if only is not None:
            own = _encode(for_person(event, only))
    data = event.data
    ordinary = (
        event.kind == "said" and not data.get("role") and not data.get("announcement") and not data.get("question")
    )
    people: tuple[str, ...] = ()
    if ordinary:
        named = [person["id"] for person in data.get("mentions", ())]
        answered = data.get("reply", {}).get("account_id")
        people = tuple(who for who in (event.by, *named, answered) if who)
    return Line(event.offset, event.at, event.time, full, public, only, own, people, ordinary)


def packed(lines: Sequence[Line], account_id: str | None, *, moderates: bool, share: float = 1.0) -> list[bytes]:
    """The lines for one reader; ``share`` of the ordinary messages that are not theirs."""
    if moderates:
        return [one.full for one in lines]
    found: list[bytes] = []
    run: list[Line] = []
    for one in lines:
        if share < 1.0 and one.ordinary and account_id not in one.people and not chosen(one.offset, share):
            run.append(one)
            continue
        if run:
            found.append(_skipped(run))
            run = []
        found.append(one.own if one.only is not None and one.only == account_id else one.public)
    if run:
        found.append(_skipped(run))
    return found


def in_person(lines: Sequence[Line], share: float) -> Collection[str]:
    """Whoever needs a frame of their own for these lines."""
    found = {one.only for one in lines if one.only is not None}
    if share < 1.0:
        found |= {who for one in lines if one.ordinary and not chosen(one.offset, share) for who in one.people}
    return found


def left_out(lines: Sequence[Line], share: float) -> int:
    """How many messages a reader whom none of them concerns does not get."""
    return 0 if share >= 1.0 else sum(one.ordinary and not chosen(one.offset, share) for one in lines)


def chosen(offset: int, share: float) -> bool:
    """Whether an ordinary message is in the sample: spread evenly, and the same on every server (Knuth's multiplicative hash)."""
    return (offset * 2_654_435_761 & 0xFFFFFFFF) < share * 0x1_0000_0000


def _skipped(run: Sequence[Line]) -> bytes:
    first, last = run[0], run[-1]
    data = {"to": last.offset, "messages": len(run)}
    return _encode(Event(first.offset, first.at, first.time, SKIPPED, None, data))
