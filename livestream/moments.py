"""Which moment of a show an act belongs to: what its author saw, not when the server heard of it.

A host's act belongs to the picture that the host was showing, whose capture time is known by the clock of the host's sender
reports. A viewer's act belongs to the picture that was on the viewer's own screen, a quarter second or several seconds ago.
Whoever takes the act (a route, a message of the live channel) says so with ``acting``; the timeline then gives its events
that ``at``. Both are claims of a client and are believed within bounds only. Pure but for the context variable.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

SEEN_BEHIND = 30_000  # ms; a player that is further behind than this is paused, and its author is not watching the show
CAPTURED_BEHIND = 5_000  # ms; the longest way of a host's act to the server that is still believed
# The act travels faster than its picture, which is encoded and paced first; half a second on a weak upload is common.
CAPTURED_AHEAD = 2_000  # ms
CLOCKS_AGREE = 1_000  # ms between the two ways of knowing a host's moment; further apart, the clocks are different ones


@dataclass(frozen=True, slots=True)
class Moment:
    """A claimed show time (ms) and how far from the show's present (ms) it may lie."""

    show_ms: float
    behind: int = SEEN_BEHIND
    ahead: int = 0

    def at(self, present: int) -> int:
        """The event's ``at``, given the show clock now."""
        return max(0, round(min(max(self.show_ms, present - self.behind), present + self.ahead)))


def seen(show_ms: float) -> Moment:
    """What a viewer had on the screen."""
    return Moment(show_ms)


def captured(by_reports: float | None, by_channel: float | None) -> Moment | None:
    """What a host was showing: by the host's sender reports (exact, but only where the page has the same clock as they),
    checked by what the page itself knows of the show clock (good to the delay of its line)."""
    if by_reports is not None and by_channel is not None and abs(by_reports - by_channel) > CLOCKS_AGREE:
        by_reports = None
    known = by_channel if by_reports is None else by_reports
    return None if known is None else Moment(known, CAPTURED_BEHIND, CAPTURED_AHEAD)


_acting: ContextVar[tuple[str, Moment] | None] = ContextVar("acting", default=None)


@contextmanager
def acting(show_id: str, moment: Moment | None) -> Iterator[None]:
    """Events of this show that are appended inside belong to ``moment``; tasks started inside inherit it."""
    token = _acting.set(None if moment is None else (show_id, moment))
    try:
        yield
    finally:
        _acting.reset(token)


def acted(show_id: str) -> Moment | None:
    """The moment of the act that is being carried out, if it was done in this show."""
    found = _acting.get()
    return found[1] if found is not None and found[0] == show_id else None
