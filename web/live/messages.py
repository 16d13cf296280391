"""What a client may send: one struct per ``do``, checked for type and size before anything else looks at it.

Unknown fields are refused, which also ends deep nesting at its first level. ``at`` is what the sender had on the screen:
events that the message causes belong to that moment (``livestream/moments.py``), and it says how far behind this viewer
is. Limits of meaning (how long a text, which sanction) belong to chat; the ones here only bound what is carried there.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

MOST_BEHIND = 20_000  # ms that a joining page's picture may be behind: as far as snapshots of the past go
MAX_BYTES = 16 * 1024  # of one message: eight times the longest text in its widest encoding

RequestId = Annotated[int, Meta(ge=0, le=2**53 - 1)]  # whole numbers that JavaScript keeps exactly
Offset = Annotated[int, Meta(ge=0, le=2**53 - 1)]
ShowMs = Annotated[float, Meta(ge=0, le=2**53 - 1)]  # show clock, milliseconds
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")]  # an opaque id


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do"):
    id: RequestId


class Seen(Message, frozen=True, kw_only=True):
    """Sent by somebody who sees the show: what it causes belongs to the moment on their screen."""

    at: ShowMs | None = None  # the picture on the sender's screen


class Join(Message, frozen=True, tag="join"):
    offset: Offset | None = None  # the last one seen; with ``epoch`` what was missed follows, without it a snapshot
    epoch: Annotated[str, Meta(max_length=64)] | None = None
    behind: Annotated[int, Meta(ge=0, le=MOST_BEHIND)] = (
        0  # ms: the snapshot may be so old, what came since follows as events
    )


class Ping(Seen, frozen=True, tag="ping"):
    via: Literal["webrtc", "hls"] | None = None  # the way it came


class Say(Seen, frozen=True, tag="say"):
    text: str
    key: Annotated[str, Meta(max_length=256)]
    reply_to: Name | None = None
    question: bool = False  # to the host: it stands in the queue until it is ticked off
    announcement: bool = False  # host and moderators


class Delete(Seen, frozen=True, tag="delete"):
    message_id: Name
    reason: str = ""


class DeleteAll(Seen, frozen=True, tag="delete_all"):
    account_id: Name
    reason: str = ""


class ImposeSanction(Seen, frozen=True, tag="sanction"):
    account_id: Name
    kind: Literal["mute", "timeout", "ban", "shadow"]
    seconds: int | None = None
    reason: str = ""
    scope: Literal["show", "closet"] = "show"  # "closet": a ban from every show of the host


class Lift(Seen, frozen=True, tag="lift"):
    account_id: Name


class Undo(Seen, frozen=True, tag="undo"):
    act_id: Name


class Report(Seen, frozen=True, tag="report"):
    message_id: Name
    reason: str = ""


class Settle(Seen, frozen=True, tag="settle"):
    """A held message is said or rejected; reports are set aside, or the message is deleted."""

    message_id: Name
    approve: bool
    reason: str = ""


class SettleAppeal(Seen, frozen=True, tag="settle_appeal"):
    appeal_id: Name
    lift: bool
    answer: str = ""


class SetRules(Seen, frozen=True, tag="set_rules"):
    rules: dict[str, Any]  # the fields that change
    reason: str = ""


class Pin(Seen, frozen=True, tag="pin"):
    message_id: Name


class PlaceBid(Seen, frozen=True, tag="bid"):
    auction_id: Name
    amount: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    key: Annotated[str, Meta(min_length=1, max_length=64)]
    maximum: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None
    seen: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0  # the number of the newest bid on the bidder's screen


class Unpin(Seen, frozen=True, tag="unpin"):
    pass


class QuestionDone(Seen, frozen=True, tag="question_done"):
    message_id: Name


class OpenPoll(Seen, frozen=True, tag="open_poll"):
    question: str
    options: Annotated[list[str], Meta(max_length=10)]
    seconds: int | None = None


class ClosePoll(Seen, frozen=True, tag="close_poll"):
    poll_id: Name


class Vote(Seen, frozen=True, tag="vote"):
    poll_id: Name
    choice: Annotated[int, Meta(ge=0, le=9)]


class Heart(Seen, frozen=True, tag="heart"):
    count: Annotated[int, Meta(ge=1, le=10)] = 1
    kind: Literal["heart", "fire", "clap", "love", "laugh"] = "heart"


class Caption(Message, frozen=True, tag="caption"):
    language: Annotated[str, Meta(min_length=2, max_length=35)]
    text: str
    starts_ms: ShowMs
    ends_ms: ShowMs


AnyMessage = (
    Join
    | Ping
    | Say
    | Delete
    | DeleteAll
    | ImposeSanction
    | Lift
    | Undo
    | Report
    | Settle
    | SettleAppeal
    | SetRules
    | Pin
    | Unpin
    | QuestionDone
    | OpenPoll
    | ClosePoll
    | Vote
    | Heart
    | PlaceBid
    | Caption
)
_decoder: msgspec.msgpack.Decoder[AnyMessage] = msgspec.msgpack.Decoder(AnyMessage)


def decode(payload: bytes) -> AnyMessage:
    """Raises: ValueError with what is wrong, for everything that is not exactly one of these messages."""
    try:
        return _decoder.decode(payload)
    except msgspec.DecodeError as error:  # ValidationError too
        raise ValueError(str(error)) from None
    except (RecursionError, UnicodeDecodeError) as error:
        raise ValueError("not valid msgpack") from error
