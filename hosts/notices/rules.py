"""What of the waiting notices of one person goes out now, merged and capped. Pure: time and history are arguments.

An urgent notice (outbid, won, a hold about to end) goes out alone. Ordinary ones of a kind that wait together become one
message with a number. Per person and channel at most so many messages go out in an hour; what is above waits, and merges
with what comes meanwhile, until it goes out or is stale. The bell always has every notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hosts.notices.kinds import DAY, MINUTE, RULES, Kind


class Channel(StrEnum):
    PUSH = "push"
    EMAIL = "email"


HOUR: Final = 60 * MINUTE
# (messages, in so many ms) per person. Four pushes an hour is what people bear from a shop before they switch it off; the
# urgent ones are answers to what they do themselves, and the limit only stops a bidding war from ringing a phone all night.
CAPS: Final[dict[tuple[Channel, bool], tuple[int, int]]] = {
    (Channel.PUSH, False): (4, HOUR),
    (Channel.PUSH, True): (30, HOUR),
    (Channel.EMAIL, False): (6, DAY),
    (Channel.EMAIL, True): (12, DAY),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that may have to go out. Times in Unix ms, ``amount`` in minor units."""

    number: int
    kind: Kind
    about: str
    path: str
    title: str
    name: str
    amount: int | None
    currency: str | None
    ends_at: int | None
    created_at: int


@dataclass(frozen=True, slots=True)
class Choice:
    push: bool
    email: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that went out."""

    channel: Channel
    urgent: bool
    sent_at: int


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to say: ``count`` notices of a kind, told with the newest."""

    channel: Channel
    notice: Waiting
    count: int

    @property
    def urgent(self) -> bool:
        return RULES[self.notice.kind].urgent

    @property
    def tag(self) -> str:
        """Messages with the same tag replace each other on a screen: a newer bid, a message sent twice after a crash."""
        kind, about = self.notice.kind, self.notice.about.partition(":")[0]
        return f"{kind.value}:{about}" if self.urgent or self.count == 1 else kind.value


@dataclass(frozen=True, slots=True)
class Plan:
    """``later``: when the notices that a cap holds back are due again, by number. All others are settled."""

    messages: tuple[Message, ...]
    later: Mapping[int, int]


def chosen(kind: Kind, choices: Mapping[str, Choice]) -> Choice:
    rule = RULES[kind]
    return choices.get(kind.value, Choice(rule.push, rule.email))


def plan(
    waiting: Sequence[Waiting],
    choices: Mapping[str, Choice],
    channels: Iterable[Channel],
    sent: Sequence[Sent],
    now: int,
) -> Plan:
    """``channels``: those on which this person can be reached; ``sent``: what went out to them in the last day."""
    fresh = [notice for notice in waiting if not _stale(notice, now)]
    groups = _groups(fresh)
    messages: list[Message] = []
    later: dict[int, int] = {}
    for channel in channels:
        history = [each for each in sent if each.channel is channel]
        for group in groups:
            choice = chosen(group[-1].kind, choices)
            if not (choice.push if channel is Channel.PUSH else choice.email):
                continue
            message = Message(channel, group[-1], len(group))
            free_at = _free_at(channel, message.urgent, history, now)
            if free_at <= now:
                messages.append(message)
                history.append(Sent(channel, message.urgent, now))
            elif channel is Channel.PUSH:  # a mail that a cap holds back is dropped: the push has told it
                later |= {notice.number: free_at for notice in group}
    if Channel.EMAIL in channels and Channel.PUSH in channels:
        # What waits for its push does not go out by mail twice: the mail waits with it.
        messages = [m for m in messages if m.channel is Channel.PUSH or m.notice.number not in later]
    return Plan(tuple(messages), later)


def _stale(notice: Waiting, now: int) -> bool:
    over = notice.ends_at is not None and notice.ends_at <= now
    return over or now - notice.created_at > RULES[notice.kind].stale_ms


def _groups(waiting: Sequence[Waiting]) -> list[list[Waiting]]:
    """Ordinary notices by kind; urgent ones by what they are about, of which only the newest counts."""
    groups: dict[tuple[str, str], list[Waiting]] = {}
    for notice in sorted(waiting, key=lambda each: each.number):
        if RULES[notice.kind].urgent:
            groups[notice.kind.value, notice.about.partition(":")[0]] = [notice]
        else:
            groups.setdefault((notice.kind.value, ""), []).append(notice)
    return list(groups.values())


def _free_at(channel: Channel, urgent: bool, history: Sequence[Sent], now: int) -> int:
    """When the next message may go out; ``now`` or before: at once."""
    most, window = CAPS[channel, urgent]
    times = sorted(each.sent_at for each in history if each.urgent == urgent and each.sent_at > now - window)
    return now if len(times) < most else times[-most] + window
