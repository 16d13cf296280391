"""Giveaways: who may enter and who is present. Pure.

open -> drawn   at its end; without entrants who are present nobody wins
"""

from __future__ import annotations

from typing import Literal, get_args

Rule = Literal["everyone", "followers", "buyers"]
RULES: tuple[Rule, ...] = get_args(Rule)
SHORTEST, LONGEST = 10, 1_800  # seconds
PRESENT_MS = 45_000  # a page says every fifteen seconds that somebody watches; two of these may be lost
MOST_ENTRANTS = 20_000


def eligible(rule: Rule, *, follows: bool, has_bought: bool) -> bool:
    return rule == "everyone" or (rule == "followers" and follows) or (rule == "buyers" and has_bought)


def is_present(seen_at: int, ends_at: int) -> bool:
    """Whether somebody who was last seen then counts as there at the draw: judged at the end, however late it is drawn."""
    return seen_at >= ends_at - PRESENT_MS


def is_open(state: str, ends_at: int, now: int) -> bool:
    return state == "open" and now < ends_at
