"""Who may send which message: one table. What somebody may do to whom is judged again by chat, inside its transaction."""

from __future__ import annotations

from typing import Literal

from web.live.messages import (
    Caption,
    ClosePoll,
    Delete,
    DeleteAll,
    Heart,
    ImposeSanction,
    Join,
    Lift,
    Message,
    OpenPoll,
    Pin,
    Ping,
    PlaceBid,
    QuestionDone,
    Report,
    Say,
    SetRules,
    Settle,
    SettleAppeal,
    Undo,
    Unpin,
    Vote,
)

Role = Literal["anonymous", "viewer", "moderator", "host"]
ROLES: tuple[Role, ...] = ("anonymous", "viewer", "moderator", "host")

EVERYBODY: frozenset[Role] = frozenset(ROLES)
SIGNED_IN: frozenset[Role] = EVERYBODY - {"anonymous"}
MODERATORS: frozenset[Role] = frozenset({"moderator", "host"})

MAY_SEND: dict[type[Message], frozenset[Role]] = {
    Join: EVERYBODY,
    Ping: EVERYBODY,
    Heart: EVERYBODY,
    Say: SIGNED_IN,
    Delete: SIGNED_IN,  # one's own
    DeleteAll: SIGNED_IN,  # one's own
    Report: SIGNED_IN,
    Vote: SIGNED_IN,
    Undo: MODERATORS,
    Settle: MODERATORS,
    SettleAppeal: MODERATORS,
    SetRules: MODERATORS,
    Pin: MODERATORS,
    Unpin: MODERATORS,
    QuestionDone: MODERATORS,
    OpenPoll: MODERATORS,
    ClosePoll: MODERATORS,
    ImposeSanction: MODERATORS,
    Lift: MODERATORS,
    PlaceBid: SIGNED_IN,
    Caption: MODERATORS,
}
BEFORE_JOINING: frozenset[type[Message]] = frozenset({Join, Ping})


class Refused(Exception):
    """An answer to one message; the socket stays open."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def authorize(message: Message, role: Role, *, joined: bool) -> None:
    """Raises: Refused."""
    kind = type(message)
    if not joined and kind not in BEFORE_JOINING:
        raise Refused("not_joined", "Join the show first.")
    if role in MAY_SEND[kind]:
        return
    if role == "anonymous":
        raise Refused("signed_out", "Please sign in first.")
    raise Refused("forbidden", "Only the host and moderators of this show can do this.")
