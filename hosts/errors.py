"""What goes wrong with people and closets. ``code`` is stable; the message is a sentence for the person."""

from __future__ import annotations

from typing import Any


class HostsError(Exception):
    """Base of this package's errors. Keyword arguments that are not None become ``details``, plain data for the page."""

    code = "hosts"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = {name: value for name, value in details.items() if value is not None} or None


class AccountNotFound(HostsError):
    code = "account_not_found"


class ListingNotFound(HostsError):
    code = "listing_not_found"


class PhotoNotFound(HostsError):
    code = "photo_not_found"


class InvalidField(HostsError):
    """A field was refused; the message names it and says what is accepted. ``details``: ``field``."""

    code = "invalid_field"

    def __init__(self, field: str, accepted: str) -> None:
        super().__init__(f"{field} {accepted}", field=field)
        self.field = field


class EmailTaken(HostsError):
    code = "email_taken"


class HandleTaken(HostsError):
    code = "handle_taken"


class WrongCredentials(HostsError):
    """Email and password do not belong together; which of them is wrong is not said."""

    code = "wrong_credentials"


class TooManyTries(HostsError):
    """A limit on guessing; ``retry_after`` in seconds."""

    code = "too_many_tries"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message, retry_after=retry_after)
        self.retry_after = retry_after


class Busy(HostsError):
    """More work waits for a pool of threads than may wait; ``retry_after`` in seconds."""

    code = "busy"
    retry_after = 2


class QuantityInUse(HostsError):
    """A quantity below what is held and sold already. ``details``: ``least``."""

    code = "quantity_in_use"


class InvalidPhoto(HostsError):
    """Not a picture that can be taken: another format, broken, or too many pixels."""

    code = "invalid_photo"


class PhotosFull(HostsError):
    code = "photos_full"


class OwnCloset(HostsError):
    """Nobody follows themselves."""

    code = "own_closet"
