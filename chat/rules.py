"""Who may do what to whom in a show's chat: one table, no I/O.

A role is what somebody is in this show; whoever is neither host nor moderator is a viewer. Somebody's own messages are
theirs to delete whatever their role. Nobody sanctions the host, and moderators do not sanction each other: only the host
settles that, by revoking one. Whoever is under a sanction moderates nobody until it ends.
"""

from __future__ import annotations

import enum
from typing import Literal

Role = Literal["host", "moderator", "seller"] | None  # "seller": of a listing that the show features at this moment


class Standing(enum.StrEnum):
    HOST = "host"
    MODERATOR = "moderator"
    VIEWER = "viewer"


class Act(enum.StrEnum):
    DELETE = "delete"
    SANCTION = "sanction"
    LIFT = "lift"
    SHADOW = "shadow"  # a sanction that its target is not told: never against somebody who helps to keep order
    CLOSET_BAN = "closet_ban"  # from every show of the host
    STEER = "steer"  # rules, pins, announcements, questions, polls: acts that concern nobody in particular
    REVIEW = "review"  # held and reported messages, appeals, the audit


H, M, V = Standing.HOST, Standing.MODERATOR, Standing.VIEWER

# (act, who does it) -> whose message, or which person
MAY: dict[tuple[Act, Standing], frozenset[Standing]] = {
    (Act.DELETE, H): frozenset({H, M, V}),
    (Act.DELETE, M): frozenset({H, M, V}),
    (Act.DELETE, V): frozenset(),
    (Act.SANCTION, H): frozenset({M, V}),
    (Act.SANCTION, M): frozenset({V}),
    (Act.SANCTION, V): frozenset(),
    (Act.LIFT, H): frozenset({M, V}),
    (Act.LIFT, M): frozenset({V}),
    (Act.LIFT, V): frozenset(),
    (Act.SHADOW, H): frozenset({V}),
    (Act.SHADOW, M): frozenset({V}),
    (Act.SHADOW, V): frozenset(),
    (Act.CLOSET_BAN, H): frozenset({M, V}),
    (Act.CLOSET_BAN, M): frozenset(),  # a moderator's word counts in this show, not in the host's others
    (Act.CLOSET_BAN, V): frozenset(),
    (Act.STEER, H): frozenset({H, M, V}),
    (Act.STEER, M): frozenset({H, M, V}),
    (Act.STEER, V): frozenset(),
    (Act.REVIEW, H): frozenset({H, M, V}),
    (Act.REVIEW, M): frozenset({H, M, V}),
    (Act.REVIEW, V): frozenset(),
}


def standing(role: Role) -> Standing:
    """What a role weighs here: selling a piece is no office."""
    return Standing(role) if role in ("host", "moderator") else Standing.VIEWER


def may(act: Act, actor: Standing, target: Standing, *, own: bool) -> bool:
    """Whether ``actor`` may do this to ``target``; ``own``: actor and target are the same person.

    Deleting one's own message is always allowed; sanctioning oneself, or lifting one's own sanction, never.
    """
    if own:
        return act is Act.DELETE or (act in (Act.STEER, Act.REVIEW) and actor in MAY[act, actor])
    return target in MAY[act, actor]


def refusal(act: Act, actor: Standing, target: Standing, *, own: bool) -> str:
    """The sentence that goes with a refusal."""
    if actor is V:
        return "Only the host and moderators of this show can do this."
    if own:
        return "You cannot do this to yourself."
    if target is H:
        return "Nobody can sanction the host of a show."
    if act is Act.CLOSET_BAN:
        return "Only the host can ban somebody from all their shows."
    if act is Act.SHADOW:
        return "A moderator cannot be muted in secret: revoke them first."
    return "Only the host can do this to a moderator."
