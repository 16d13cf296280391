"""Taking words out of the record, and putting them back.

A deleted message is gone from chat and history at once; its words also leave the timeline, so that no replay, no late reader
and no backup made from now on has them: the ``said`` event stays with an empty text and ``deleted``. Events that repeat a
message (a pin, a restored one) lose it too. The message's own row keeps the text, for moderators' records and for undoing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from chat import act_store
from chat.store import MessageRow
from livestream import timeline_store

AT_ONCE = 500  # offsets per statement


async def redact(connection: AsyncConnection, show_id: str, rows: Sequence[MessageRow]) -> None:
    """Take the words of these messages out of the show's timeline. The caller holds the show's row."""
    gone = {row.message_id for row in rows}
    offsets = sorted({row.offset for row in rows})
    for start in range(0, len(offsets), AT_ONCE):
        found = await timeline_store.data_at(connection, show_id, offsets[start : start + AT_ONCE])
        await timeline_store.rewrite(
            connection, show_id, {at: _empty(data) for at, data in found.items() if data.get("message_id") in gone}
        )
    copies = await timeline_store.data_at(connection, show_id, await act_store.copies(connection, show_id))
    changed = {at: new for at, data in copies.items() if (new := _without(data, gone)) != data}
    await timeline_store.rewrite(connection, show_id, changed)


async def unredact(
    connection: AsyncConnection, show_id: str, rows: Sequence[MessageRow], persons: Mapping[str, Any]
) -> None:
    """Put the words back where they were said."""
    await timeline_store.rewrite(
        connection, show_id, {row.offset: row.data(persons.get(row.account_id)) for row in rows}
    )


def _empty(data: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: data[name] for name in ("message_id", "author", "role") if name in data}
    return {**kept, "text": "", "deleted": True}


def _without(data: dict[str, Any], gone: Collection[str]) -> dict[str, Any]:
    messages = [
        {**said, "data": _empty(said["data"])} if said["data"]["message_id"] in gone else said
        for said in data.get("messages", ())
    ]
    return {**data, "messages": messages}
