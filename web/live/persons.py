"""Which events change what one person is and may in a show: pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from livestream.events import Event


@dataclass(frozen=True, slots=True)
class Change:
    account_id: str
    you: dict[str, Any]  # the fields of ``you`` that are new
    banned: bool = False
    reason: str = ""


def concerns(event: Event) -> Change | None:
    """The person whom an event concerns, and how; None for all others."""
    data = event.data
    match event.kind:
        case "sanctioned":
            sanction = {"kind": data["kind"], "until": data["until"], "reason": data["reason"]}
            return Change(
                data["account_id"], {"sanction": sanction}, banned=data["kind"] == "ban", reason=data["reason"]
            )
        case "sanction_lifted":
            return Change(data["account_id"], {"sanction": None})
        case "moderator_named":
            return Change(data["person"]["id"], {"role": "moderator"})
        case "moderator_revoked":
            return Change(data["account_id"], {"role": None})
    return None
