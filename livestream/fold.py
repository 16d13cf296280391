"""What a show looks like, folded from its timeline: a snapshot for whoever joins.

The page folds the same events in the same way (``web/client/src/live/room.ts``), so a snapshot followed by events equals a
fresh snapshot. A kind that is not in the table only moves the offset: an older server meets a newer one's events.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from livestream import fold_selling
from livestream.events import Event
from livestream.visibility import CONFIDENTIAL, SKIPPED

MESSAGES = 100  # said events in a snapshot; older ones are read as history
QUESTIONS = 100  # that wait for the host; the oldest are given up
# The rules of a chat before anybody changed them.
RULES = {"slow_seconds": 0, "who": "everybody", "emoji_only": False, "links": "review", "shield_minutes": 0}

Data = dict[str, Any]


class Room:
    """The fold's state. ``apply`` takes events in order; ``snapshot`` gives plain data that later events do not change."""

    def __init__(self) -> None:
        self.offset = 0
        self._show: Data = {"state": "scheduled", "title": "", "description": "", "host": None}
        self._lineup: dict[str, Data] = {}  # in its order
        self._featured: list[str] = []
        self._messages: dict[str, Data] = {}  # by message id, oldest first
        self._moderators: list[str] = []
        self._selling = fold_selling.nothing()  # replaced with each change, never changed in place
        self._rules: Data = dict(RULES)
        self._pinned: Data | None = None
        self._questions: dict[str, Data] = {}  # said events that ask the host something, by message id, oldest first
        self._poll: Data | None = None

    @classmethod
    def from_snapshot(cls, snapshot: Data) -> Room:
        """A room that continues where a snapshot stands."""
        room = cls()
        room.offset = snapshot["offset"]
        room._show = dict(snapshot["show"])
        room._lineup = {item["listing_id"]: dict(item) for item in snapshot["lineup"]}
        room._featured = list(snapshot["featured"])
        room._messages = {said["data"]["message_id"]: said for said in snapshot["messages"]}
        room._moderators = list(snapshot["moderators"])
        room._selling = snapshot["selling"]
        room._rules = dict(snapshot["rules"])
        room._pinned = snapshot["pinned"]
        room._questions = {said["data"]["message_id"]: said for said in snapshot["questions"]}
        room._poll = snapshot["poll"]
        return room

    def apply(self, event: Event) -> None:
        """Raises: ValueError when an event is missing in between. One that was applied already changes nothing."""
        if event.offset <= self.offset:
            return
        if event.kind == SKIPPED and event.offset == self.offset + 1:  # messages that this reader was not sent
            self.offset = event.data["to"]
            return
        if event.offset != self.offset + 1:
            raise ValueError(f"event {event.offset} does not follow event {self.offset}")
        fold = _FOLDS.get(event.kind)
        if fold is not None:
            fold(self, event)
        self.offset = event.offset

    def snapshot(self) -> Data:
        """The ``snapshot`` of docs/protocol.md."""
        return {
            "offset": self.offset,
            "show": dict(self._show),
            "lineup": [dict(item) for item in self._lineup.values()],
            "featured": list(self._featured),
            "messages": list(self._messages.values()),
            "moderators": list(self._moderators),
            "selling": self._selling,
            "rules": dict(self._rules),
            "pinned": self._pinned,
            "questions": list(self._questions.values()),
            "poll": self._poll,
        }

    # -- the folds

    def _scheduled(self, event: Event) -> None:
        self._show = {**self._show, **event.data, "state": "scheduled"}

    def _edited(self, event: Event) -> None:
        self._show = {**self._show, **event.data}

    def _became(self, state: str, event: Event) -> None:
        self._show = {**self._show, "state": state, "until": event.data.get("until")}

    def _moderator_named(self, event: Event) -> None:
        account_id = event.data["person"]["id"]
        if account_id not in self._moderators:
            self._moderators.append(account_id)

    def _moderator_revoked(self, event: Event) -> None:
        self._moderators = [one for one in self._moderators if one != event.data["account_id"]]

    def _lineup_added(self, event: Event) -> None:
        listing = event.data["listing"]
        listing_id = listing["listing_id"]
        self._lineup.pop(listing_id, None)  # one that is added again goes to the end
        self._lineup[listing_id] = {**listing, "featured": listing_id in self._featured}

    def _lineup_removed(self, event: Event) -> None:
        listing_id = event.data["listing_id"]
        self._lineup.pop(listing_id, None)
        self._featured = [one for one in self._featured if one != listing_id]

    def _lineup_ordered(self, event: Event) -> None:
        place = {listing_id: index for index, listing_id in enumerate(event.data["listing_ids"])}
        in_order = sorted(self._lineup.items(), key=lambda item: place.get(item[0], len(place)))  # stable
        self._lineup = dict(in_order)

    def _card_changed(self, event: Event) -> None:
        self._change(event.data["listing"]["listing_id"], event.data["listing"])

    def _feature(self, featured: bool, event: Event) -> None:
        listing_id = event.data["listing_id"]
        self._featured = [one for one in self._featured if one != listing_id]
        if featured:
            self._featured.append(listing_id)
        self._change(listing_id, {"featured": featured})

    def _stock(self, held: bool, event: Event) -> None:
        data = event.data
        until = data.get("until") if held else None
        self._change(data["listing_id"], {"left": data["left"], "state": data["state"], "held_until": until})

    def _change(self, listing_id: str, change: Data) -> None:
        if listing_id in self._lineup:
            self._lineup[listing_id] = {**self._lineup[listing_id], **change}

    def _said(self, event: Event) -> None:
        message_id = event.data["message_id"]
        said = self._messages[message_id] = {
            "offset": event.offset,
            "at": event.at,
            "time": event.time,
            "kind": event.kind,
            "by": event.by,
            "data": event.data,
        }
        while len(self._messages) > MESSAGES:
            del self._messages[next(iter(self._messages))]
        if event.data.get("question"):
            self._ask(message_id, said)

    def _sell(self, fold: Callable[[Data, Data], Data], event: Event) -> None:
        self._selling = fold(self._selling, event.data)

    def _deleted(self, event: Event) -> None:
        for message_id in event.data["message_ids"]:
            self._messages.pop(message_id, None)
            self._questions.pop(message_id, None)
            if self._pinned is not None and self._pinned["data"]["message_id"] == message_id:
                self._pinned = None

    def _restored(self, event: Event) -> None:
        """Deleted by mistake: they are back where they were, as far as this list goes back."""
        for said in event.data["messages"]:
            self._messages[said["data"]["message_id"]] = said
            if said["data"].get("question"):
                self._ask(said["data"]["message_id"], said)
        in_order = sorted(self._messages.values(), key=lambda said: int(said["offset"]))[-MESSAGES:]
        self._messages = {said["data"]["message_id"]: said for said in in_order}

    def _ask(self, message_id: str, said: Data) -> None:
        self._questions[message_id] = said
        in_order = sorted(self._questions.values(), key=lambda said: int(said["offset"]))[-QUESTIONS:]
        self._questions = {said["data"]["message_id"]: said for said in in_order}

    def _question_done(self, event: Event) -> None:
        self._questions.pop(event.data["message_id"], None)

    def _pin(self, event: Event) -> None:
        self._pinned = event.data["messages"][0]

    def _unpin(self, event: Event) -> None:
        self._pinned = None

    def _set_rules(self, event: Event) -> None:
        self._rules = {**self._rules, **event.data["rules"]}

    def _poll_opened(self, event: Event) -> None:
        self._poll = {**event.data, "counts": None}

    def _poll_closed(self, event: Event) -> None:
        if self._poll is not None and self._poll["poll_id"] == event.data["poll_id"]:
            self._poll = {**self._poll, "counts": event.data["counts"]}


_FOLDS: dict[str, Callable[[Room, Event], None]] = {
    "scheduled": Room._scheduled,
    "edited": Room._edited,
    "cancelled": lambda room, event: room._became("cancelled", event),
    "went_live": lambda room, event: room._became("live", event),
    "interrupted": lambda room, event: room._became("interrupted", event),
    "resumed": lambda room, event: room._became("live", event),
    "ended": lambda room, event: room._became("ended", event),
    "moderator_named": Room._moderator_named,
    "moderator_revoked": Room._moderator_revoked,
    "lineup_added": Room._lineup_added,
    "lineup_removed": Room._lineup_removed,
    "lineup_ordered": Room._lineup_ordered,
    "card_changed": Room._card_changed,
    "featured": lambda room, event: room._feature(True, event),
    "unfeatured": lambda room, event: room._feature(False, event),
    "held": lambda room, event: room._stock(True, event),
    "released": lambda room, event: room._stock(False, event),
    "sold": lambda room, event: room._stock(False, event),
    "said": Room._said,
    "deleted": Room._deleted,
    # Whom a sanction concerns learns it from the channel itself; everybody else's snapshot does not name them.
    # Captions are shown as they come; whoever comes later reads them from their tracks.
    "captioned": lambda room, event: None,
    "sanctioned": lambda room, event: None,
    "sanction_lifted": lambda room, event: None,
    "restored": Room._restored,
    "question_done": Room._question_done,
    "pinned": Room._pin,
    "unpinned": Room._unpin,
    "rules_changed": Room._set_rules,
    "poll_opened": Room._poll_opened,
    "poll_closed": Room._poll_closed,
    # For moderators, and for whom they concern (visibility.py): nobody's snapshot has them.
    **{kind: lambda room, event: None for kind in CONFIDENTIAL},
}
for _kind, _fold in fold_selling.FOLDS.items():
    _FOLDS[_kind] = lambda room, event, fold=_fold: room._sell(fold, event)  # type: ignore[misc]
KINDS = frozenset(_FOLDS)
