"""Whether a message is said, waits for a moderator, is heard by its author only, or is refused.

Inside the writing transaction, for all messages of a batch at once: facts about people are read only where a rule of the show
asks for them, and rules themselves are read with every batch, so that a change holds from its commit on, on every server.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncConnection

from chat import house_rules_store, store
from chat.blocked_words import BlockedWords
from chat.errors import BlockedWord, ChatError, HouseRule, NotAllowed, Repeated
from chat.house_rules import HouseRules, Speaker, refusal
from chat.house_rules_store import Versioned
from chat.links import has_link
from chat.people import Circles
from chat.raid import RaidWatch
from chat.repeats import Repeats
from chat.store import MessageState, ShowRow

if TYPE_CHECKING:
    from chat.saying import Saying

MENTIONS = 5  # per message: the sixth @ is text
WORD_LISTS = 64  # automatons in memory, the least used goes first; some 100 KB each at the most
_MENTION = re.compile(r"(?<![\w@/.])@([a-z0-9_]{3,24})(?![\w@])", re.IGNORECASE)


@dataclass(slots=True)
class Verdict:
    state: MessageState = "visible"
    held_for: str | None = None
    error: ChatError | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    raid: bool = False  # the shield of the show should go up


@dataclass(slots=True)
class _Facts:
    """What the rules of these messages' shows ask about people."""

    since: Mapping[str, int] = field(default_factory=dict)
    follows: set[tuple[str, str]] = field(default_factory=set)  # (show id, account id)
    bought: set[tuple[str, str]] = field(default_factory=set)
    said: dict[tuple[str, str], int] = field(default_factory=dict)
    handles: Mapping[str, str] = field(default_factory=dict)
    replied: dict[str, store.MessageRow] = field(default_factory=dict)


class Judge:
    """``limits`` off: no look at repeats and raids (tests, benchmarks); what a show's own rules say holds always."""

    def __init__(self, circles: Circles, *, limits: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        self._circles = circles
        self._repeats = Repeats() if limits else None
        self._raids = RaidWatch() if limits else None
        self._clock = clock
        self._words: OrderedDict[str, BlockedWords] = OrderedDict()
        self.counters = {"messages_held": 0, "messages_in_shadow": 0, "raids": 0}

    async def shows(self, connection: AsyncConnection, shows: dict[str, ShowRow]) -> dict[str, ShowRow]:
        """The same with the sellers of what each features."""
        sellers = await self._circles.featured_sellers(connection, list(shows))
        return {
            show_id: ShowRow(show.state, show.host_id, show.moderators, frozenset(sellers.get(show_id, ())))
            for show_id, show in shows.items()
        }

    async def verdicts(
        self,
        connection: AsyncConnection,
        shows: Mapping[str, ShowRow],
        sayings: Sequence[Saying],
        shadowed: Sequence[bool],
        now: int,
    ) -> list[Verdict]:
        """One verdict per message, in their order. ``now``: Unix ms by the database."""
        if not sayings:
            return []
        concerned = {saying.show_id: shows[saying.show_id] for saying in sayings}
        rules = await house_rules_store.of_shows(connection, concerned, now)
        facts = await self._facts(connection, concerned, rules, sayings)
        verdicts = []
        for saying, in_shadow in zip(sayings, shadowed, strict=True):
            show = concerned[saying.show_id]
            verdict = self._judge(saying, show, rules[saying.show_id], facts, now)
            if in_shadow and verdict.error is None:
                verdict.state, verdict.held_for, verdict.raid = "shadow", None, False
            self.counters["messages_held"] += verdict.state == "held"
            self.counters["messages_in_shadow"] += verdict.state == "shadow"
            if verdict.error is None:
                facts.said[saying.show_id, saying.account_id] = now  # for the next of the same batch
            verdicts.append(verdict)
        return verdicts

    async def _facts(
        self,
        connection: AsyncConnection,
        shows: Mapping[str, ShowRow],
        rules: Mapping[str, Versioned],
        sayings: Sequence[Saying],
    ) -> _Facts:
        facts, circles = _Facts(), self._circles
        viewers: dict[str, set[str]] = {}
        for saying in sayings:
            if shows[saying.show_id].role(saying.account_id) is None:
                viewers.setdefault(saying.show_id, set()).add(saying.account_id)
        everybody = {who for people in viewers.values() for who in people}
        if everybody and (self._raids is not None or any(rule.shield_minutes for _, rule in rules.values())):
            facts.since = await circles.accounts_since(connection, everybody)
        slow = []
        for show_id, people in viewers.items():
            rule, host_id = rules[show_id][1], shows[show_id].host_id
            if rule.who != "everybody":
                facts.bought |= {(show_id, who) for who in await circles.buyers(connection, host_id, people)}
            if rule.who == "followers":
                facts.follows |= {(show_id, who) for who in await circles.followers(connection, host_id, people)}
            if rule.slow_seconds:
                slow += [(show_id, who) for who in people]
        if slow:
            facts.said = await store.last_said(connection, slow)
        handles = {handle for saying in sayings for handle in mentioned(saying.text)}
        if handles:
            facts.handles = await circles.by_handle(connection, handles)
        for show_id in shows:
            replies = {one.reply_to for one in sayings if one.show_id == show_id and one.reply_to is not None}
            if replies:
                facts.replied |= await store.messages_by_id(connection, show_id, replies)
        return facts

    def _judge(self, saying: Saying, show: ShowRow, versioned: Versioned, facts: _Facts, now: int) -> Verdict:
        version, rules = versioned
        place = (saying.show_id, saying.account_id)
        role = show.role(saying.account_id)
        helps = role in ("host", "moderator")
        if saying.announcement and not helps:
            return Verdict(error=NotAllowed("Only the host and moderators announce something."))
        speaker = Speaker(
            role,
            place in facts.follows,
            place in facts.bought,
            facts.since.get(saying.account_id),
            facts.said.get(place),
        )
        error = refusal(rules, speaker, saying.text, now)
        if error is not None:
            return Verdict(error=error)
        link = has_link(saying.text)
        trusted = role is not None
        verdict = Verdict(extra=self._extra(saying, facts, link and (trusted or rules.links == "everybody")))
        if helps:
            return verdict
        if link and not trusted and rules.links != "everybody":
            if rules.links == "nobody":
                return Verdict(error=HouseRule("Links are not welcome in this chat.", rule="links"))
            verdict.state, verdict.held_for = "held", "link"
        if rules.blocked_words and self._word_list(version, rules).find(saying.text) is not None:
            if rules.blocked == "refuse":
                return Verdict(error=BlockedWord("Your message has a word that is not used in this chat."))
            verdict.state, verdict.held_for = "held", "word"
        if self._repeats is not None:
            again = self._repeats.heard(saying.show_id, saying.account_id, saying.text, self._clock())
            if again == "own":
                return Verdict(error=Repeated("You have just said that."))
            if again == "chorus" and verdict.state == "visible":
                verdict.state, verdict.held_for = "held", "chorus"
        if self._raids is not None and not rules.shield_minutes and speaker.account_since is not None:
            age = now - speaker.account_since
            verdict.raid = self._raids.talked(saying.show_id, saying.account_id, age, self._clock())
            self.counters["raids"] += verdict.raid
        return verdict

    def _extra(self, saying: Saying, facts: _Facts, links: bool) -> dict[str, Any]:
        """What the message's event carries beside its text; nothing that is not so."""
        extra: dict[str, Any] = {}
        named = {handle: facts.handles[handle] for handle in mentioned(saying.text) if handle in facts.handles}
        if named:
            extra["mentions"] = [{"id": account_id, "handle": handle} for handle, account_id in named.items()]
        replied = facts.replied.get(saying.reply_to or "")
        if replied is not None and replied.state == "visible" and not replied.deleted:
            # No words of the other message: they would outlive it.
            extra["reply"] = {"message_id": replied.message_id, "account_id": replied.account_id}
        for name, so in (("question", saying.question), ("announcement", saying.announcement), ("links", links)):
            if so:
                extra[name] = True
        return extra

    def _word_list(self, version: str, rules: HouseRules) -> BlockedWords:
        words = self._words.get(version)
        if words is None:
            words = self._words[version] = BlockedWords(rules.blocked_words)
            if len(self._words) > WORD_LISTS:
                self._words.popitem(last=False)
        self._words.move_to_end(version)
        return words


def mentioned(text: str) -> list[str]:
    """Handles that a text calls, in lower case, each once, at most ``MENTIONS``."""
    if "@" not in text:
        return []
    found = (match.group(1).lower() for match in _MENTION.finditer(text))
    return list(dict.fromkeys(found))[:MENTIONS]
