"""Changing the rules of a show's chat, inside a transaction that holds the show's row."""

from __future__ import annotations

import msgspec

from chat import act_store, house_rules_store
from chat.house_rules import HouseRules
from chat.raid import SHIELD_MINUTES
from livestream.timeline import Transaction

RAID = "Many new accounts talk at once."


async def set_rules(
    transaction: Transaction,
    show_id: str,
    host_id: str,
    before: HouseRules,
    after: HouseRules,
    by: str | None,
    now: int,
    reason: str = "",
) -> str:
    """Write the rules, tell the show, note it in the audit; the act's id."""
    connection = transaction.connection
    await house_rules_store.put(connection, show_id, host_id, after, now)
    if after.public() != before.public():
        await transaction.append(show_id, "rules_changed", {"rules": after.public()}, by=by)
    detail = {"before": _plain(before), "after": _plain(after)}
    return await act_store.add(connection, show_id, now, "rules", by, reason=reason, detail=detail)


async def raise_shield(transaction: Transaction, show_id: str, host_id: str, now: int) -> None:
    """The server itself makes new accounts wait; a moderator may undo it."""
    found = await house_rules_store.read(transaction.connection, [show_id])
    before = found[show_id][1] if show_id in found else HouseRules()
    if before.shield_minutes:
        return
    after = msgspec.structs.replace(before, shield_minutes=SHIELD_MINUTES)
    await set_rules(transaction, show_id, host_id, before, after, None, now, RAID)


def _plain(rules: HouseRules) -> dict[str, object]:
    return {name: getattr(rules, name) for name in rules.__struct_fields__}
