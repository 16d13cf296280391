"""Who may do what to whom in a show's chat: one table, no I/O.

A role is what somebody is in this show; whoever is neither host nor moderator is a viewer. Somebody's own messages are
theirs to delete whatever their role. Nobody sanctions the host, and moderators do not sanction each other: only the host
settles that, by revoking one. Whoever is under a sanction moderates nobody until it ends.
"""

from __future__ import annotations

import enum
from typing import Literal

Role = Literal["host", "moderator"] | None


class Standing(enum.StrEnum):
    HOST = "host"
    MODERATOR = "moderator"
    VIEWER = "viewer"


class Act(enum.StrEnum):
    DELETE = "delete"
    SANCTION = "sanction"
    LIFT = "lift"


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
}


def standing(role: Role) -> Standing:
    return Standing(role) if role else Standing.VIEWER


def may(act: Act, actor: Standing, target: Standing, *, own: bool) -> bool:
    """Whether ``actor`` may do this to ``target``; ``own``: actor and target are the same person.

    Deleting one's own message is always allowed; sanctioning oneself, or lifting one's own sanction, never.
    """
    if own:
        return act is Act.DELETE
    return target in MAY[act, actor]


def refusal(act: Act, actor: Standing, target: Standing, *, own: bool) -> str:
    """The sentence that goes with a refusal."""
    if actor is V:
        return "Only the host and moderators of this show can do this."
    if own:
        return "You cannot do this to yourself."
    if target is H:
        return "Nobody can sanction the host of a show."
    return "Only the host can do this to a moderator."
