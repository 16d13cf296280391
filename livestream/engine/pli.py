"""When to ask the host for a keyframe (RFC 4585 section 6.3.1, PLI): one question for all who wait.

A keyframe costs the host ten frames' worth of bits, so questions are coalesced and throttled; but as long as somebody waits,
it is asked again and again: a lost PLI must not leave a viewer in the dark.
"""

from __future__ import annotations

THROTTLE = 0.5  # s between a keyframe or a question and the next question
_RETRY, _RETRY_LIMIT = 1.0, 2.0  # s; the wait doubles up to the limit while no keyframe comes


class KeyframeRequests:
    """The state for one incoming video stream."""

    def __init__(self) -> None:
        self._wanted = False
        self._asked: float | None = None  # pending question
        self._wait = _RETRY
        self._not_before = 0.0

    @property
    def pending(self) -> bool:
        return self._wanted

    def want(self) -> None:
        """Somebody needs a keyframe."""
        self._wanted = True

    def satisfied(self, now: float) -> None:
        """A keyframe has started to arrive."""
        self._wanted = False
        self._asked = None
        self._wait = _RETRY
        self._not_before = now + THROTTLE

    def due(self, now: float) -> bool:
        """Whether to send a question now; counts it as sent."""
        if not self._wanted or now < self._not_before:
            return False
        if self._asked is not None:
            if now < self._asked + self._wait:
                return False
            self._wait = min(self._wait * 2, _RETRY_LIMIT)
        self._asked = now
        self._not_before = now + THROTTLE
        return True
