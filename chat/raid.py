"""A crowd of accounts made a moment ago, all talking at once: when the shield goes up by itself. Pure, the time is given."""

from __future__ import annotations

from collections import OrderedDict

FRESH_MINUTES = 10  # an account younger than this counts
WINDOW = 30.0  # seconds
CROWD = 12  # different fresh accounts within the window
SHIELD_MINUTES = 60  # how old an account must be once the shield is up: raiders seldom keep accounts in stock
SHOWS = 1_000  # watched at once, the one that was quiet longest goes first


class RaidWatch:
    def __init__(self, crowd: int = CROWD) -> None:
        self._crowd = crowd
        self._shows: OrderedDict[str, dict[str, float]] = OrderedDict()

    def talked(self, show_id: str, account_id: str, age_ms: int, now: float) -> bool:
        """Whether the shield should go up: this fresh account makes the crowd complete."""
        if age_ms > FRESH_MINUTES * 60_000:
            return False
        fresh = self._shows.setdefault(show_id, {})
        self._shows.move_to_end(show_id)
        fresh[account_id] = now
        for who in [who for who, when in fresh.items() if now - when > WINDOW]:
            del fresh[who]
        while len(self._shows) > SHOWS:
            self._shows.popitem(last=False)
        if len(fresh) < self._crowd:
            return False
        del self._shows[show_id]
        return True
