"""Who sees which events of a show: pure.

Offsets are gapless for everybody. An event that somebody may not see reaches them as ``private``: its offset and nothing else.
What the shadow hides is told to its author as an ordinary ``said``, and to moderators as what it is.
"""

from __future__ import annotations

from livestream.events import Event

# For moderators and the host only: what waits for review, who is in the shadow.
CONFIDENTIAL = frozenset(
    {
        "said_in_shadow",
        "held_back",
        "review_settled",
        "reported",
        "appealed",
        "appeal_settled",
        "shadowed",
        "shadow_lifted",
    }
)
PRIVATE = "private"
SKIPPED = "skipped"  # stands for the offsets up to ``data.to``: messages that were not sent to this reader


def for_everybody(event: Event) -> Event:
    """What a viewer sees of an event that does not concern them in person."""
    if event.kind in CONFIDENTIAL:
        return Event(event.offset, event.at, event.time, PRIVATE, None, {})
    return event


def for_person(event: Event, account_id: str) -> Event:
    """What a viewer sees of it: their own words in the shadow are words like any other, their own message is known to wait."""
    if only_for(event) != account_id:
        return for_everybody(event)
    if event.kind == "said_in_shadow":
        return Event(event.offset, event.at, event.time, "said", event.by, event.data)
    data = {name: value for name, value in event.data.items() if name != "why"}
    return Event(event.offset, event.at, event.time, event.kind, event.by, data)


def only_for(event: Event) -> str | None:
    """The viewer who sees more of it than the others; None: nobody does."""
    return event.by if event.kind in ("said_in_shadow", "held_back") else None
