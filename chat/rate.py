"""How fast one account may talk: a sliding window, the time is given."""

from __future__ import annotations

from collections import OrderedDict, deque

MESSAGES = 5  # per window: a person types no faster; a resend after a reconnect fits too
WINDOW = 5.0  # seconds
MAX_ACCOUNTS = 50_000  # remembered; the one that was quiet longest is forgotten first, about 10 MB at the most


class TalkRate:
    """Remembers when each account last talked. One per process: an account with sockets to several has as many windows."""

    def __init__(self, messages: int = MESSAGES, window: float = WINDOW, accounts: int = MAX_ACCOUNTS) -> None:
        self._messages = messages
        self._window = window
        self._accounts = accounts
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, account_id: str, now: float) -> float:
        """0 when the account may talk at ``now`` (counted), else the seconds until it may (not counted)."""
        times = self._times.setdefault(account_id, deque())
        while times and times[0] <= now - self._window:
            times.popleft()
        if len(times) >= self._messages:
            return times[0] + self._window - now
        times.append(now)
        self._times.move_to_end(account_id)
        if len(self._times) > self._accounts:
            self._times.popitem(last=False)
        return 0.0

    def give_back(self, account_id: str) -> None:
        """The message was refused for another reason: it does not count."""
        times = self._times.get(account_id)
        if times:
            times.pop()

    def __len__(self) -> int:
        return len(self._times)
