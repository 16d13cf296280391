"""The rules of one show's chat, as its host and moderators set them: pure, the facts about a person are given.

They bind viewers. Host and moderators are above them; the seller of the listing that is being shown is above those that keep
people from talking at all (slow mode, followers or buyers only, the raid shield).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from chat.blocked_words import MAX_WORD, MAX_WORDS
from chat.emoji import emoji_only
from chat.errors import ChatError, HouseRule, InvalidRules, TooFast
from chat.rules import Role

Who = Literal["everybody", "followers", "buyers"]
Links = Literal["nobody", "review", "everybody"]
MAX_SLOW = 600  # seconds: what is slower is no chat
MAX_SHIELD = 7 * 24 * 60  # minutes


class HouseRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``blocked_words`` is for moderators only; everything else is told to everybody."""

    slow_seconds: Annotated[int, Meta(ge=0, le=MAX_SLOW)] = 0  # between two messages of one viewer
    who: Who = "everybody"
    emoji_only: bool = False
    links: Links = "review"  # of viewers; "nobody": refused
    shield_minutes: Annotated[int, Meta(ge=0, le=MAX_SHIELD)] = 0  # accounts younger than this wait
    blocked_words: tuple[Annotated[str, Meta(min_length=1, max_length=MAX_WORD)], ...] = ()
    blocked: Literal["review", "refuse"] = "review"  # what happens to a message with a blocked word

    def public(self) -> dict[str, Any]:
        return {
            "slow_seconds": self.slow_seconds,
            "who": self.who,
            "emoji_only": self.emoji_only,
            "links": self.links,
            "shield_minutes": self.shield_minutes,
        }

    def inherited(self) -> HouseRules:
        """What the host's next show begins with: the lasting part, not the measures of one evening."""
        return HouseRules(links=self.links, blocked_words=self.blocked_words, blocked=self.blocked)


def changed(rules: HouseRules, change: dict[str, Any]) -> HouseRules:
    """The rules with some fields replaced. Raises: InvalidRules."""
    if isinstance(change.get("blocked_words"), (list, tuple)):
        words = change["blocked_words"]
        if not all(isinstance(word, str) for word in words):
            raise InvalidRules("Blocked words are words.")
        tidy = [" ".join(unicodedata.normalize("NFC", word[: 4 * MAX_WORD]).split()) for word in words]
        change = {**change, "blocked_words": list(dict.fromkeys(word for word in tidy if word))}
        if len(change["blocked_words"]) > MAX_WORDS:
            raise InvalidRules(f"At most {MAX_WORDS} words can be blocked.")
    try:
        return msgspec.convert({**msgspec.to_builtins(rules), **change}, HouseRules)
    except msgspec.ValidationError as error:
        raise InvalidRules(f"These rules are not understood: {error}.") from None


@dataclass(frozen=True, slots=True)
class Speaker:
    """What the rules ask about somebody; times in Unix ms by the database, None: not known or never."""

    role: Role
    follows: bool = False
    has_bought: bool = False
    account_since: int | None = None
    last_said: int | None = None


def refusal(rules: HouseRules, speaker: Speaker, text: str, now: int) -> ChatError | None:
    """Why this person may not say this now; None: they may."""
    if speaker.role in ("host", "moderator"):
        return None
    if rules.emoji_only and not emoji_only(text):
        return HouseRule("Only emoji for a moment.", rule="emoji_only")
    if speaker.role == "seller":
        return None
    if rules.who == "followers" and not (speaker.follows or speaker.has_bought):
        return HouseRule("Only followers of the host can chat in this show right now.", rule="followers")
    if rules.who == "buyers" and not speaker.has_bought:
        return HouseRule("Only people who have bought from the host can chat right now.", rule="buyers")
    if rules.shield_minutes and speaker.account_since is not None:
        wait = speaker.account_since + rules.shield_minutes * 60_000 - now
        if wait > 0:
            return HouseRule("New accounts wait a little before they can chat here.", rule="shield", until=now + wait)
    if rules.slow_seconds and speaker.last_said is not None:
        wait = speaker.last_said + rules.slow_seconds * 1_000 - now
        if wait > 0:
            return TooFast(f"Slow mode: one message every {rules.slow_seconds} seconds.", wait / 1_000)
    return None
