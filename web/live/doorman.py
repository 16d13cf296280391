"""How many sockets a person, an address and the server may have."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

PER_ACCOUNT = 20  # devices and tabs of one person
PER_ADDRESS = 500  # a household or an office; also a phone network's shared address
PER_SERVER = 20_000  # at 40 KB each


@dataclass(frozen=True, slots=True)
class Limits:
    per_account: int = PER_ACCOUNT
    per_address: int = PER_ADDRESS
    per_server: int = PER_SERVER


UNLIMITED = Limits(per_account=100_000, per_address=100_000, per_server=100_000)  # benchmarks come from one address


class Doorman:
    """Counts; every ``enter`` that returned None is followed by one ``leave`` with the same arguments."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._accounts: Counter[str] = Counter()
        self._addresses: Counter[str] = Counter()
        self.inside = 0
        self.refused = 0

    def enter(self, account_id: str | None, address: str) -> str | None:
        """None: come in. Else the reason why not."""
        reason = None
        if self.inside >= self._limits.per_server:
            reason = "the server is full"
        elif self._addresses[address] >= self._limits.per_address:
            reason = "too many connections from this address"
        elif account_id is not None and self._accounts[account_id] >= self._limits.per_account:
            reason = "too many open pages of this account"
        if reason is not None:
            self.refused += 1
            self._tidy(account_id, address)
            return reason
        self.inside += 1
        self._addresses[address] += 1
        if account_id is not None:
            self._accounts[account_id] += 1
        return None

    def leave(self, account_id: str | None, address: str) -> None:
        self.inside -= 1
        self._addresses[address] -= 1
        if account_id is not None:
            self._accounts[account_id] -= 1
        self._tidy(account_id, address)

    def _tidy(self, account_id: str | None, address: str) -> None:
        """Counters of nobody are forgotten, or a scan from many addresses would stay in memory."""
        if self._addresses[address] <= 0:
            del self._addresses[address]
        if account_id is not None and self._accounts[account_id] <= 0:
            del self._accounts[account_id]
