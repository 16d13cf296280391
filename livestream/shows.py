"""A show: its states as one transition table, and what its fields accept. Pure; times are arguments in milliseconds."""

from __future__ import annotations

import enum
import unicodedata
from dataclasses import dataclass
from typing import Literal, TypedDict

from livestream.errors import InvalidShow, ShowStateError

TITLE = 120  # code points
DESCRIPTION = 4_000
STREAM_KEY_BYTES = 24  # 192 random bits
MODERATORS = 50  # a show with more needs other tools than a list
PLANNED = 50  # shows that one host may have scheduled at once
INTERRUPTION_MS = 120_000  # a host who returns within this time continues the same show
DAY_MS = 24 * 3600 * 1000
LATEST_MS = 366 * DAY_MS  # a show is planned at most a year ahead
EARLIEST_MS = DAY_MS  # and not further back than clocks and time zones differ

Role = Literal["host", "moderator"] | None


class PersonData(TypedDict):
    """A person as events carry one. Who people are is a neighbour's business: the web layer passes them in."""

    id: str
    handle: str
    name: str
    avatar: str | None


class State(enum.StrEnum):
    SCHEDULED = "scheduled"
    LIVE = "live"
    INTERRUPTED = "interrupted"
    ENDED = "ended"
    CANCELLED = "cancelled"


OVER = frozenset({State.ENDED, State.CANCELLED})
ON_AIR = frozenset({State.LIVE, State.INTERRUPTED})


class Act(enum.StrEnum):
    """What happens to a show."""

    EDIT = "edit"
    CANCEL = "cancel"
    START = "start"  # media arrives
    LOSE = "lose"  # media has stopped
    END = "end"  # by the host, or because nobody came back


# (state, act) -> (next state, the event that tells it). No event: nothing that anybody needs to hear. Absent: refused.
TRANSITIONS: dict[tuple[State, Act], tuple[State, str | None]] = {
    (State.SCHEDULED, Act.EDIT): (State.SCHEDULED, "edited"),
    (State.LIVE, Act.EDIT): (State.LIVE, "edited"),
    (State.INTERRUPTED, Act.EDIT): (State.INTERRUPTED, "edited"),
    (State.SCHEDULED, Act.CANCEL): (State.CANCELLED, "cancelled"),
    (State.SCHEDULED, Act.START): (State.LIVE, "went_live"),
    (State.INTERRUPTED, Act.START): (State.LIVE, "resumed"),
    (State.LIVE, Act.START): (State.LIVE, None),  # the host published again before the old session was missed
    (State.LIVE, Act.LOSE): (State.INTERRUPTED, "interrupted"),
    (State.INTERRUPTED, Act.LOSE): (State.INTERRUPTED, None),
    (State.LIVE, Act.END): (State.ENDED, "ended"),
    (State.INTERRUPTED, Act.END): (State.ENDED, "ended"),
}

_REFUSALS: dict[Act, dict[State, str]] = {
    Act.EDIT: {
        State.ENDED: "The show has ended and stays as it was.",
        State.CANCELLED: "The show was cancelled: schedule a new one.",
    },
    Act.CANCEL: {
        State.LIVE: "The show is on air: end it instead.",
        State.INTERRUPTED: "The show is on air: end it instead.",
        State.ENDED: "The show has ended already.",
        State.CANCELLED: "The show was cancelled already.",
    },
    Act.START: {
        State.ENDED: "The show has ended: schedule a new one to go live again.",
        State.CANCELLED: "The show was cancelled: schedule a new one to go live.",
    },
    Act.LOSE: dict.fromkeys((State.SCHEDULED, State.ENDED, State.CANCELLED), "The show is not on air."),
    Act.END: {
        State.SCHEDULED: "The show has not begun: cancel it instead.",
        State.ENDED: "The show has ended already.",
        State.CANCELLED: "The show was cancelled.",
    },
}


def transition(state: State, act: Act) -> tuple[State, str | None]:
    """The next state and the event's kind. Raises: ShowStateError with a sentence for the person who asked."""
    found = TRANSITIONS.get((state, act))
    if found is None:
        raise ShowStateError(_REFUSALS[act][state])
    return found


@dataclass(frozen=True, slots=True)
class Show:
    """A row of ``shows``. ``*_at`` are Unix milliseconds."""

    show_id: str
    host_id: str
    title: str
    description: str
    state: State
    starts_at: int
    started_at: int | None
    interrupted_at: int | None
    ended_at: int | None
    created_at: int
    stream_key: str
    poster: str | None
    epoch: str
    server_id: str | None


def check_title(text: str) -> str:
    """One line of 1 to 120 characters. Raises: InvalidShow."""
    title = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(title) <= TITLE or not title.isprintable():
        raise InvalidShow(f"title: give the show a title of 1 to {TITLE} characters, without control characters.")
    return title


def check_description(text: str) -> str:
    """At most 4,000 characters; line breaks are kept. Raises: InvalidShow."""
    description = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
    if len(description) > DESCRIPTION:
        raise InvalidShow(f"description: at most {DESCRIPTION} characters.")
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in description):
        raise InvalidShow("description: control characters are not accepted, line breaks are.")
    return description


def check_starts_at(starts_at: int, now: int) -> int:
    """Between a day ago and a year ahead. Raises: InvalidShow."""
    if not now - EARLIEST_MS <= starts_at <= now + LATEST_MS:
        raise InvalidShow("starts_at: a show starts between now and a year from now (Unix time in milliseconds).")
    return starts_at
