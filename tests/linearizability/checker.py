"""Whether a recorded history of claims and releases could have happened one after the other on a single piece. Pure.

For one piece (a register that is free or held) this needs no search. Each operation takes effect at some instant between its
beginning and its end. So:

- two holds must not overlap: each begins after the release of the one before has at least begun;
- a refusal needs an instant between its beginning and its end at which some hold may have stood;
- whatever was never answered may have happened or not: it is asked again with its key until it is answered, and then
  ends with that answer, which has to fit like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Operation:
    """``kind``: claim or release; times in seconds of one clock. ``hold_id``: what a claim was granted, None when it was
    refused; what a release gave back."""

    kind: str
    buyer: str
    began: float
    ended: float
    hold_id: str | None


@dataclass(frozen=True, slots=True)
class Span:
    """When a hold may have stood: surely between ``granted`` and ``freed``, possibly from ``earliest`` to ``latest``."""

    hold_id: str
    earliest: float
    granted: float
    freed: float
    latest: float


def problems(history: Sequence[Operation]) -> list[str]:
    """What cannot have happened on one piece; empty: the history is linearizable."""
    found: list[str] = []
    releases = {one.hold_id: one for one in history if one.kind == "release"}
    owners: dict[str, str] = {}
    spans: dict[str, Span] = {}
    for one in history:
        if one.kind != "claim" or one.hold_id is None:
            continue
        if owners.setdefault(one.hold_id, one.buyer) != one.buyer:
            found.append(f"hold {one.hold_id} was granted to two buyers")
        back = releases.get(one.hold_id)
        freed, latest = (back.began, back.ended) if back is not None else (NEVER, NEVER)
        before = spans.get(one.hold_id)
        earliest = one.began if before is None else min(before.earliest, one.began)
        granted = one.ended if before is None else min(before.granted, one.ended)
        spans[one.hold_id] = Span(one.hold_id, earliest, granted, freed, latest)
    ordered = sorted(spans.values(), key=lambda span: (span.granted, span.earliest))
    for place, span in enumerate(ordered):
        for other in ordered[place + 1 :]:
            # Both stood for sure: from its grant until its release began.
            if max(span.granted, other.granted) < min(span.freed, other.freed):
                found.append(f"holds {span.hold_id} and {other.hold_id} stood at once")
            # One has to be wholly before the other.
            if not (span.latest >= span.earliest and (span.freed <= other.granted or other.freed <= span.granted)):
                found.append(f"holds {span.hold_id} and {other.hold_id} cannot be put in an order")
    refused = [one for one in history if one.kind == "claim" and one.hold_id is None]
    for one in refused:
        if not any(span.earliest <= one.ended and span.latest >= one.began for span in ordered):
            when = f"between {one.began:.3f} and {one.ended:.3f}"
            found.append(f"{one.buyer} was refused {when} while nothing was held")
    return sorted(set(found))
