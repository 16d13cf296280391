"""A request that claims or pays may be sent twice and takes effect once. Pure; ``idempotency_store`` keeps the rows.

Keys belong to an account. The same key with the same request gives the same answer; with another request it is an error.
What was refused without any effect is not remembered: asking again is a new attempt. A declined payment is remembered.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from cart import errors
from cart.errors import CartError, IdempotencyMismatch, InProgress

KEEP_MS = 7 * 24 * 3600 * 1000  # a phone that was off for a weekend still gets its answer
REMEMBERED: tuple[type[CartError], ...] = (errors.Declined, errors.HoldGone)


class Refusal(msgspec.Struct, frozen=True):
    """A remembered refusal."""

    kind: str
    code: str
    message: str
    details: dict[str, Any] | None = None

    def error(self) -> CartError:
        found = next(error for error in REMEMBERED if error.__name__ == self.kind)
        return found(self.message, code=self.code, **(self.details or {}))


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a key was answered: ``value`` is the JSON of the struct returned."""

    value: msgspec.Raw = msgspec.Raw(b"null")
    refusal: Refusal | None = None


def fingerprint(action: str, *parts: object) -> str:
    """Which request a key stands for. Give no card number: rows outlive the payment."""
    return hashlib.sha256(msgspec.json.encode([action, *parts])).hexdigest()


def answered(value: object) -> str:
    return msgspec.json.encode(Answer(msgspec.Raw(msgspec.json.encode(value)))).decode()


def refused(error: CartError) -> str:
    refusal = Refusal(type(error).__name__, error.code, error.message, error.details)
    return msgspec.json.encode(Answer(refusal=refusal)).decode()


def replay(stored_fingerprint: str, stored_answer: str | None, wanted: str) -> bytes:
    """The JSON of the earlier answer. Raises: IdempotencyMismatch, InProgress, or the refusal given then."""
    if stored_fingerprint != wanted:
        raise IdempotencyMismatch("This Idempotency-Key was used for another request. Take a new key for a new one.")
    if stored_answer is None:
        raise InProgress("This is being worked on. Ask again in a moment with the same Idempotency-Key.")
    answer = msgspec.json.decode(stored_answer, type=Answer)
    if answer.refusal is not None:
        raise answer.refusal.error()
    return bytes(answer.value)
