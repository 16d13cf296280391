"""What is being sold how, folded from a show's events: flash prices, auctions, giveaways, drops. Pure.

The page does the same in ``web/client/src/live/selling.ts``. The state is plain data, and the part of a snapshot that is
called ``selling``: ``{flash: {listing_id: ...}, auctions: [...], giveaways: [...], drops: [...]}``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Data = dict[str, Any]
CLOSED_KEPT = 3  # auctions and giveaways that are over: whoever joins sees how the last ones went


def nothing() -> Data:
    return {"flash": {}, "auctions": [], "giveaways": [], "drops": []}


def _flash_started(selling: Data, data: Data) -> Data:
    return {**selling, "flash": {**selling["flash"], data["listing_id"]: data}}


def _flash_ended(selling: Data, data: Data) -> Data:
    return {**selling, "flash": {key: one for key, one in selling["flash"].items() if key != data["listing_id"]}}


def _begin(name: str, key: str, one: Data, selling: Data) -> Data:
    """Add at the end; of those that are over the oldest go."""
    kept = [other for other in selling[name] if other[key] != one[key]]
    over = [other for other in kept if other["state"] != "open"]
    dropped = {other[key] for other in over[: max(0, len(over) - CLOSED_KEPT)]}
    return {**selling, name: [*(other for other in kept if other[key] not in dropped), one]}


def _change(name: str, key: str, change: Callable[[Data], Data], selling: Data, data: Data) -> Data:
    changed = [{**one, **change(one)} if one[key] == data[key] else one for one in selling[name]]
    return {**selling, name: changed}


def _auction_started(selling: Data, data: Data) -> Data:
    return _begin("auctions", "auction_id", {**data["auction"], "winner": None}, selling)


def _bid_placed(selling: Data, data: Data) -> Data:
    def change(one: Data) -> Data:
        standing = {name: data[name] for name in ("price", "next", "leader", "hash")}
        return {**standing, "ends_at": max(one["ends_at"], data["ends_at"]), "bids": data["number"]}

    return _change("auctions", "auction_id", change, selling, data)


def _auction_extended(selling: Data, data: Data) -> Data:
    return _change("auctions", "auction_id", lambda one: {"ends_at": data["ends_at"]}, selling, data)


def _auction_closed(selling: Data, data: Data) -> Data:
    ended = {name: data[name] for name in ("state", "price", "winner", "bids", "hash")}
    ended["second"] = data.get("second", False)  # told with an event of its own; older logs do not have it
    return _change("auctions", "auction_id", lambda one: ended, selling, data)


def _auction_cancelled(selling: Data, data: Data) -> Data:
    return {**selling, "auctions": [one for one in selling["auctions"] if one["auction_id"] != data["auction_id"]]}


def _giveaway_opened(selling: Data, data: Data) -> Data:
    opened = {**data["giveaway"], "winner": None, "entrants": None}
    return _begin("giveaways", "giveaway_id", opened, selling)


def _giveaway_drawn(selling: Data, data: Data) -> Data:
    drawn = {"state": "drawn", "winner": data["winner"], "entrants": data["entrants"]}
    return _change("giveaways", "giveaway_id", lambda one: drawn, selling, data)


def _drop_announced(selling: Data, data: Data) -> Data:
    others = [one for one in selling["drops"] if one["drop_id"] != data["drop_id"]]
    return {**selling, "drops": [*others, data]}


def _drop_closed(selling: Data, data: Data) -> Data:
    return {**selling, "drops": [one for one in selling["drops"] if one["drop_id"] != data["drop_id"]]}


FOLDS: dict[str, Callable[[Data, Data], Data]] = {
    "flash_started": _flash_started,
    "flash_ended": _flash_ended,
    "auction_started": _auction_started,
    "bid_placed": _bid_placed,
    "auction_extended": _auction_extended,
    "auction_closed": _auction_closed,
    "auction_cancelled": _auction_cancelled,
    "giveaway_opened": _giveaway_opened,
    "giveaway_drawn": _giveaway_drawn,
    "drop_announced": _drop_announced,
    "drop_closed": _drop_closed,
}
