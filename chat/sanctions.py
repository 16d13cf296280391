"""What a sanction is and when it ends: pure, the time is given.

At most one sanction per person and show: a new one replaces the old one, a lift ends it. Beside it there may be a ban from
every show of the host, which weighs more. A person in the shadow is told nothing: they say what they like, and only they
and the moderators see it. Every change is an event of the show's timeline with who did it and why, and an entry of the audit.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from chat.errors import InvalidSanction, Sanctioned

Kind = Literal["mute", "timeout", "ban", "shadow"]
Scope = Literal["show", "closet"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MAX_SECONDS = 30 * 24 * 3600
MAX_REASON = 200  # code points
SECOND_CLICK = 3_000  # ms: whoever means a longer time-out has read by then that there is one


@dataclass(frozen=True, slots=True)
class Sanction:
    account_id: str
    kind: Kind
    until: int | None  # Unix milliseconds by the database; None: until lifted
    reason: str
    scope: Scope = "show"
    by: str = ""
    since: int = 0  # Unix ms

    def holds(self, now: int) -> bool:
        """Whether it is in force at ``now`` (Unix ms): it ends at ``until`` exactly."""
        return self.until is None or now < self.until

    def repeats(self, before: Sanction) -> bool:
        """Whether this is a second click on ``before``, which is in force: then nothing is to be done. Were it imposed again,
        undoing it would put back the first, and an appeal against the first would be void."""
        if self.until is None or before.until is None:
            return self == replace(before, since=self.since)
        apart = self.since - before.since
        return apart <= SECOND_CLICK and self == replace(before, since=self.since, until=before.until + apart)

    def refusal(self) -> Sanctioned:
        return Sanctioned(REFUSALS[self.kind], kind=self.kind, until=self.until, reason=self.reason)

    def view(self) -> dict[str, Any]:
        view: dict[str, Any] = {"kind": self.kind, "until": self.until, "reason": self.reason}
        return {**view, "scope": "closet"} if self.scope == "closet" else view


REFUSALS: dict[Kind, str] = {
    "mute": "You are muted in this show.",
    "timeout": "You are in a time-out in this show.",
    "ban": "You are banned from this show.",
    "shadow": "You are muted in this show.",  # never said: who is in the shadow is not refused
}


def in_force(sanction: Sanction | None, now: int) -> Sanction | None:
    return sanction if sanction is not None and sanction.holds(now) else None


def told(sanction: Sanction | None) -> Sanction | None:
    """What its person hears of a sanction."""
    return None if sanction is None or sanction.kind == "shadow" else sanction


def new_sanction(
    account_id: str,
    kind: str,
    seconds: int | None,
    reason: str,
    now: int,
    scope: str = "show",
    by: str = "",
) -> Sanction:
    """Check what a moderator asks for. A time-out needs its length; the others may have one. Raises: InvalidSanction."""
    if kind not in KINDS:
        raise InvalidSanction("A sanction is a mute, a timeout, a ban or a shadow.")
    if scope not in ("show", "closet") or (scope == "closet" and kind != "ban"):
        raise InvalidSanction("Only a ban can reach beyond one show.")
    if kind == "timeout" and seconds is None:
        raise InvalidSanction("A time-out needs a length in seconds.")
    if seconds is not None and not 1 <= seconds <= MAX_SECONDS:
        raise InvalidSanction(f"A sanction lasts 1 to {MAX_SECONDS} seconds.")
    until = None if seconds is None else now + seconds * 1000
    return Sanction(account_id, kind, until, one_line(reason), "closet" if scope == "closet" else "show", by, now)


def one_line(raw: str) -> str:
    reason = unicodedata.normalize("NFC", raw[: 4 * MAX_REASON]).strip()
    if len(reason) > MAX_REASON:
        raise InvalidSanction(f"A reason is at most {MAX_REASON} characters long.")
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in reason):
        raise InvalidSanction("A reason is one line of plain text, without control characters.")
    return reason
