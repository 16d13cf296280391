"""How many pictures may be on their way to us at once: each waits in memory as a whole, up to 12 MiB.

Drop policy: one more is refused at once with 503 and a time to come back; ``refused`` counts them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from web.errors import WebError

AT_ONCE = 24  # 288 MiB at the most
PER_ACCOUNT = 4  # the pages send one after the other; a second tab and a phone fit
RETRY_AFTER = 5  # seconds


class Uploads:
    def __init__(self) -> None:
        self._of_account: Counter[str] = Counter()
        self.refused = 0

    @contextmanager
    def room(self, account_id: str) -> Iterator[None]:
        """While a body is read. Raises: WebError 503."""
        if self._of_account.total() >= AT_ONCE or self._of_account[account_id] >= PER_ACCOUNT:
            self.refused += 1
            error = WebError(
                "Many pictures are on their way right now. Please try again in a moment.", code="busy", status=503
            )
            error.headers["Retry-After"] = str(RETRY_AFTER)
            raise error
        self._of_account[account_id] += 1
        try:
            yield
        finally:
            self._of_account[account_id] -= 1
            if not self._of_account[account_id]:
                del self._of_account[account_id]

    def statistics(self) -> dict[str, int]:
        return {"refused": self.refused, "reading_now": self._of_account.total()}
