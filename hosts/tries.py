"""How often somebody may try: guessing passwords gets slow, and nobody fills the server with accounts.

Counted in this process's memory; with several servers each counts for itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from hosts.errors import TooManyTries

PER_EMAIL = RateLimitItemPerMinute(10, 5)  # ten wrong passwords in five minutes
PER_ADDRESS = RateLimitItemPerMinute(60, 5)  # a whole office or phone network shares one address
SIGN_UPS = RateLimitItemPerHour(30)  # per address


class Tries:
    def __init__(self, *, limits: bool = True, clock: Callable[[], float] = time.time) -> None:
        self._on = limits
        self._clock = clock
        self._limiter = FixedWindowRateLimiter(MemoryStorage()) if limits else None
        self.refused = 0

    def log_in(self, email_key: str, address: str) -> None:
        """Count one try before the password is looked at, so that many at once are counted too. Raises: TooManyTries."""
        self._hit(PER_ADDRESS, "address", address)
        self._hit(PER_EMAIL, "email", email_key)

    def logged_in(self, email_key: str) -> None:
        """The password was right: the email's count starts again; the address's does not, it may hold one good account."""
        if self._limiter is not None:
            self._limiter.clear(PER_EMAIL, "email", email_key)

    def sign_up(self, address: str) -> None:
        """Raises: TooManyTries."""
        self._hit(SIGN_UPS, "sign-up", address)

    def _hit(self, limit: RateLimitItem, kind: str, key: str) -> None:
        if self._limiter is None or self._limiter.hit(limit, kind, key):
            return
        self.refused += 1
        left = self._limiter.get_window_stats(limit, kind, key).reset_time - self._clock()
        seconds = max(1, int(left) + 1)
        wait = f"{seconds} seconds" if seconds < 120 else f"{(seconds + 59) // 60} minutes"
        raise TooManyTries(f"Too many tries. Please wait {wait} and try again.", seconds)
