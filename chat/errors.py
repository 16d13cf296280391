"""What chat refuses. ``code`` is stable; the message is a sentence for the person; ``details`` is plain data for the page."""

from __future__ import annotations

from typing import Any


class ChatError(Exception):
    """Base of this package's errors."""

    code = "chat"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details or None


class InvalidMessage(ChatError):
    """The text or its key was refused; the message says what is accepted."""

    code = "invalid_message"


class InvalidSanction(ChatError):
    """Kind, length or reason of a sanction was refused."""

    code = "invalid_sanction"


class Sanctioned(ChatError):
    """Whoever asks is muted, timed out or banned. ``details``: kind, until (Unix ms or None), reason."""

    code = "sanctioned"


class NotAllowed(ChatError):
    """The rules (``chat/rules.py``) do not let this person do that to that person."""

    code = "not_allowed"


class ShowClosed(ChatError):
    """The show has ended or was cancelled: nothing is said there any more."""

    code = "show_closed"


class ShowUnknown(ChatError):
    code = "show_not_found"


class PersonUnknown(ChatError):
    code = "person_not_found"


class MessageNotFound(ChatError):
    code = "message_not_found"


class SanctionNotFound(ChatError):
    code = "sanction_not_found"


class TooFast(ChatError):
    """The account's limit is used up. ``details``: retry_after in seconds."""

    code = "too_fast"

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message, retry_after=round(retry_after, 3))
        self.retry_after = retry_after


class Busy(ChatError):
    """More is being said than the database can take down; the message was not written. ``details``: retry_after."""

    code = "busy"

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        super().__init__(message, retry_after=retry_after)
        self.retry_after = retry_after


class HouseRule(ChatError):
    """A rule of this show's chat keeps the message out. ``details``: rule, until?"""

    code = "house_rule"


class Repeated(ChatError):
    """The same was said a moment ago."""

    code = "repeated"


class BlockedWord(ChatError):
    """The message has a word that this show does not want; which one is not said."""

    code = "blocked_word"


class InvalidRules(ChatError):
    code = "invalid_rules"


class InvalidReport(ChatError):
    code = "invalid_report"


class AppealRefused(ChatError):
    """There is nothing to appeal against, or it was done already."""

    code = "appeal_refused"


class NothingToSettle(ChatError):
    """What should be reviewed, appealed or undone is not there, or has been settled already."""

    code = "nothing_to_settle"


class InvalidPoll(ChatError):
    code = "invalid_poll"


class PollClosed(ChatError):
    code = "poll_closed"
