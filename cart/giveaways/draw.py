"""The draw of a giveaway: fixed before anybody enters, and repeatable by anybody afterwards. Pure.

When a giveaway opens, the server picks a secret ``seed`` and publishes its ``commitment``, SHA-256 of the seed's text. Everybody
who enters sends a ``salt`` of their own choice. At the draw the seed is shown, and the winner is

    place = SHA-256(seed + "\\n" + lines) as a number, modulo the number of entrants

of the entrants sorted by account id, where ``lines`` is one line ``account_id:salt`` for each of them, joined by line feeds.
The server cannot choose the seed after it knew the entrants, and no entrant can choose a salt after having seen the seed.
The modulo favours nobody noticeably: 2^256 is larger than any number of entrants by seventy digits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def commitment(seed: str) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()


def lines(entrants: Sequence[tuple[str, str]]) -> str:
    """``entrants``: (account id, salt)."""
    return "\n".join(f"{account_id}:{salt}" for account_id, salt in sorted(entrants))


def winner(seed: str, entrants: Sequence[tuple[str, str]]) -> str | None:
    """The account that wins; None: nobody entered."""
    if not entrants:
        return None
    number = int.from_bytes(hashlib.sha256(f"{seed}\n{lines(entrants)}".encode()).digest())
    return sorted(entrants)[number % len(entrants)][0]
