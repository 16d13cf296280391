"""What a client may send: one struct per ``do``, checked for type and size before anything else looks at it.

Unknown fields are refused, which also ends deep nesting at its first level. Limits of meaning (how long a text, which
sanction) belong to chat; the ones here only bound what is carried there.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

MAX_BYTES = 16 * 1024  # of one message: eight times the longest text in its widest encoding

RequestId = Annotated[int, Meta(ge=0, le=2**53 - 1)]  # whole numbers that JavaScript keeps exactly
Offset = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")]  # an opaque id


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do"):
    id: RequestId


class Join(Message, frozen=True, tag="join"):
    offset: Offset | None = None  # the last one seen; with ``epoch`` what was missed follows, without it a snapshot
    epoch: Annotated[str, Meta(max_length=64)] | None = None


class Ping(Message, frozen=True, tag="ping"):
    pass


class Say(Message, frozen=True, tag="say"):
    text: str
    key: Annotated[str, Meta(max_length=256)]


class Delete(Message, frozen=True, tag="delete"):
    message_id: Name


class ImposeSanction(Message, frozen=True, tag="sanction"):
    account_id: Name
    kind: Literal["mute", "timeout", "ban"]
    seconds: int | None = None
    reason: str = ""


class Lift(Message, frozen=True, tag="lift"):
    account_id: Name


class Heart(Message, frozen=True, tag="heart"):
    count: Annotated[int, Meta(ge=1, le=10)] = 1


AnyMessage = Join | Ping | Say | Delete | ImposeSanction | Lift | Heart
_decoder: msgspec.msgpack.Decoder[AnyMessage] = msgspec.msgpack.Decoder(AnyMessage)


def decode(payload: bytes) -> AnyMessage:
    """Raises: ValueError with what is wrong, for everything that is not exactly one of these messages."""
    try:
        return _decoder.decode(payload)
    except msgspec.DecodeError as error:  # ValidationError too
        raise ValueError(str(error)) from None
    except (RecursionError, UnicodeDecodeError) as error:
        raise ValueError("not valid msgpack") from error
